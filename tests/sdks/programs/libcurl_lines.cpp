// Runs the lines of docs/sdks.md.
#include "response.hpp"

#include <spotify_token_curl.hpp>

#include <iostream>
#include <nlohmann/json.hpp>

int main()
{
    std::string body;
    CURL *curl = curl_easy_init();
    prepare(curl, body);
    const spotify::client client;
#include "lines.inc"
    curl_easy_cleanup(curl);
    if (result == CURLE_OK)
        std::cout << nlohmann::json::parse(body)["name"].get<std::string>() << '\n';
}
