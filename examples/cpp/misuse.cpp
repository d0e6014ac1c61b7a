// What a program must not do, and what then happens: an error in C++'s manner, or nothing. Never a crash.
#include <spotify_token.hpp>

#include <iostream>
#include <stdexcept>
#include <utility>

int main()
{
    // Owners cannot be cleared twice, or closed; the C structs inside can.
    spotify_token raw = spotify_fetch_token(nullptr, nullptr);
    spotify_token_clear(&raw);
    spotify_token_clear(&raw);
    std::cout << "token cleared twice: " << (raw.access_token == nullptr ? "NULL" : "still there") << '\n';

    spotify::client client;
    static_cast<void>(client.get());
    const spotify::client owner = std::move(client);
    std::cout << "client closed twice: an owner closes, once\n";

    try {
        static_cast<void>(client.get()); // moved from
    } catch (const spotify::error &error) {
        std::cout << "used after close: " << error.what() << '\n';
    }

    spotify::config config;
    try {
        config.set("timeout_ms", "soon");
    } catch (const spotify::error &error) {
        std::cout << "bad option: " << error.why().name() << '\n';
    }

    config.set_logger([](std::int32_t, std::string_view) { throw std::runtime_error("thrown by the logger"); });
    static_cast<void>(spotify::client(config).get());
    std::cout << "logger raised: the token came all the same\n";
}
