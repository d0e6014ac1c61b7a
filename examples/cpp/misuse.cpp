// Does what a program must not do. The result is an exception or nothing, and never a crash.
#include <spotify_token.hpp>

#include <iostream>
#include <stdexcept>
#include <utility>

int main()
{
    // C++ objects cannot be cleared or closed twice. The C structs inside can.
    spotify_token raw = spotify_fetch_token(nullptr, nullptr);
    spotify_token_clear(&raw);
    spotify_token_clear(&raw);
    std::cout << "token cleared twice: " << (raw.access_token == nullptr ? "NULL" : "still there") << '\n';

    spotify::client client;
    static_cast<void>(client.token());
    const spotify::client owner = std::move(client);
    std::cout << "client closed twice: not possible, its destructor closes it\n";

    try {
        static_cast<void>(client.token()); // moved from
    } catch (const spotify::error &error) {
        std::cout << "used after close: " << error.what() << '\n';
    }

    spotify::config config;
    try {
        config.set("timeout_ms", "soon");
    } catch (const spotify::error &error) {
        std::cout << "bad option: " << error.name() << '\n';
    }

    config.set_logger([](std::int32_t, std::string_view) { throw std::runtime_error("thrown by the logger"); });
    static_cast<void>(spotify::client(config).token());
    std::cout << "logger raised: there is a token all the same\n";
}
