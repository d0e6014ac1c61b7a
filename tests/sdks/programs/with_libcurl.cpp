// Uses libcurl as tests/sdks/sdk.rs wants it, with spotify_token_curl.hpp.
#include "response.hpp"

#include <spotify_token_curl.hpp>

#include <nlohmann/json.hpp>

#include <future>
#include <iostream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using nlohmann::json;

constexpr int callers = 32;

json get(const spotify::client &client, const std::string &path)
{
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    std::string body;
    const std::string url = "https://api.spotify.com/v1/" + path;
    prepare(curl.get(), body);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_VERBOSE, 1L);
    const CURLcode result = spotify::perform(curl.get(), client, [&body] { body.clear(); });
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK || status != 200)
        throw std::runtime_error(path + ": " + curl_easy_strerror(result) + ", HTTP " + std::to_string(status));
    return json::parse(body);
}

// Asks for the artist in as many threads at once, and returns each name once.
std::set<std::string> artists_of(const spotify::client &client, int threads)
{
    std::vector<std::future<std::string>> calls;
    for (int i = 0; i < threads; i++)
        calls.push_back(std::async(std::launch::async, [&client] {
            return get(client, "artists/0TnOYISbd1XYRBk9myaseg")["name"].get<std::string>();
        }));
    std::set<std::string> names;
    for (auto &call : calls)
        names.insert(call.get());
    return names;
}

void wait_for_a_line()
{
    std::string line;
    std::getline(std::cin, line);
}

void app(const spotify::client &client)
{
    std::cout << "artist:";
    for (const std::string &name : artists_of(client, callers))
        std::cout << ' ' << name;
    const json found = get(client, "search?type=artist&q=pit");
    std::cout << "\nsearch: " << found["artists"]["items"][0]["name"].get<std::string>() << std::endl;
}

void user(const spotify::client &client)
{
    std::cout << "me: " << get(client, "me")["display_name"].get<std::string>() << "\nplaylists: ";
    const json playlists = get(client, "me/playlists");
    const char *separator = "";
    for (const json &playlist : playlists["items"])
        std::cout << std::exchange(separator, ", ") << playlist["name"].get<std::string>();
    std::cout << std::endl;
}

} // namespace

int main(int, char **arguments)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::string mode = arguments[1];
    if (mode == "with") {
        const spotify::client client;
        std::cout << "ready" << std::endl;
        wait_for_a_line();
        return artists_of(client, std::stoi(arguments[2])) == std::set<std::string>{"Pitbull"} ? 0 : 1;
    }
    const bool for_user = mode == "user";
    spotify::config config;
    config.set("grant", for_user ? "user" : "app");
    const spotify::client client(config);
    const auto show = for_user ? user : app;
    show(client);
    std::cout << "expire" << std::endl;
    wait_for_a_line();
    show(client);
}
