// Runs the lines of docs/sdks.md.
#include <spotify_token_curl.hpp>

#include <iostream>
#include <nlohmann/json.hpp>

namespace {

std::size_t append(char *data, std::size_t size, std::size_t count, void *target)
{
    static_cast<std::string *>(target)->append(data, size * count);
    return size * count;
}

} // namespace

int main()
{
    std::string body;
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_CAINFO, std::getenv("SSL_CERT_FILE"));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    const spotify::client client;
#include "lines.inc"
    curl_easy_cleanup(curl);
    if (result == CURLE_OK)
        std::cout << nlohmann::json::parse(body)["name"].get<std::string>() << '\n';
}
