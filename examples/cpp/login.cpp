// Prints the names of the user's playlists, with libcurl. The user logs in once, in a browser; CLIENT_ID names the app, whose
// redirect URI is http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
//
//     c++ -std=c++17 login.cpp $(pkg-config --cflags --libs spotify_token libcurl) -pthread -o login
#include <spotify_token.hpp>

#include <curl/curl.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

std::size_t append(char *data, std::size_t size, std::size_t count, void *target)
{
    static_cast<std::string *>(target)->append(data, size * count);
    return size * count;
}

std::string get(const std::string &url, const spotify::token &token)
{
    std::string body;
    long status = 0;
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl.get(), CURLOPT_XOAUTH2_BEARER, token.access_token().data());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 30L);
    if (const CURLcode result = curl_easy_perform(curl.get()); result != CURLE_OK)
        throw std::runtime_error(std::string("the Web API: ") + curl_easy_strerror(result));
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        throw std::runtime_error("the Web API responded with " + std::to_string(status));
    return body;
}

// Prints each "name". A real program would use a JSON library.
void print_names(const std::string &json)
{
    const std::string key = "\"name\"";
    for (auto name = json.find(key); name != std::string::npos; name = json.find(key, name + 1)) {
        const auto start = json.find('"', name + key.size());
        const auto end = json.find('"', start + 1);
        if (start == std::string::npos || end == std::string::npos)
            return;
        std::cout << json.substr(start + 1, end - start - 1) << '\n';
    }
}

// Lets the user log in. Another thread takes pasted addresses meanwhile, and shares the login with this one.
void log_in(const spotify::config &settings)
{
    const auto login = std::make_shared<spotify::login>(settings);
    std::cerr << "Open this address in a browser, and agree:\n" << login->url() << '\n';
    std::thread([login] {
        for (std::string line; std::getline(std::cin, line);) {
            const auto token = login->try_finish(line);
            if (token)
                return;
            std::cerr << token.error().what() << '\n';
        }
    }).detach();
    login->wait();
}

spotify::token token_of_user(const spotify::client &client, const spotify::config &settings)
{
    auto token = client.try_token();
    if (token || token.error().code() != SPOTIFY_ERROR_LOGIN_REQUIRED)
        return std::move(token).value();
    log_in(settings);
    return client.token();
}

} // namespace

int main()
try {
    spotify::config settings;
    settings.set("grant", "user").set("scope", "playlist-read-private");
    const spotify::client client(settings);
    const char *api = std::getenv("SPOTIFY_API_URL");
    const std::string url = std::string(api == nullptr ? "https://api.spotify.com/v1" : api) + "/me/playlists";
    print_names(get(url, token_of_user(client, settings)));
    return 0;
} catch (const spotify::error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
