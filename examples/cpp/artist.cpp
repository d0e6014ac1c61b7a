// Prints the name of an artist, with libcurl. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//     c++ -std=c++17 artist.cpp $(pkg-config --cflags --libs spotify_token libcurl) -o artist
#include <spotify_token_curl.hpp>

#include <curl/curl.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

constexpr const char *artist_id = "0TnOYISbd1XYRBk9myaseg";

struct response {
    long status = 0;
    std::string body;
};

std::size_t append(char *data, std::size_t size, std::size_t count, void *target)
{
    static_cast<std::string *>(target)->append(data, size * count);
    return size * count;
}

response get(const spotify::client &client, const std::string &url)
{
    response got;
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &got.body);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 30L);
    // If the token was revoked before it expired, this tries once more with a new one.
    const CURLcode result = spotify::perform(curl.get(), client, [&got] { got.body.clear(); });
    if (result != CURLE_OK)
        throw std::runtime_error(std::string("the Web API: ") + curl_easy_strerror(result));
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &got.status);
    return got;
}

// Returns the first "name". A real program would use a JSON library.
std::string name_in(const std::string &json)
{
    const std::string key = "\"name\"";
    const auto start = json.find('"', json.find(key) + key.size());
    const auto end = json.find('"', start + 1);
    if (json.find(key) == std::string::npos || start == std::string::npos || end == std::string::npos)
        throw std::runtime_error("the Web API's response has no name");
    return json.substr(start + 1, end - start - 1);
}

std::string artist_name(const spotify::client &client, const std::string &id)
{
    const char *api = std::getenv("SPOTIFY_API_URL");
    const std::string url = std::string(api == nullptr ? "https://api.spotify.com/v1" : api) + "/artists/" + id;

    const response got = get(client, url);
    if (got.status != 200)
        throw std::runtime_error("the Web API responded with " + std::to_string(got.status));
    return name_in(got.body);
}

} // namespace

int main()
try {
    const spotify::client client;
    std::cout << artist_name(client, artist_id) << '\n';
    return 0;
} catch (const spotify::error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
