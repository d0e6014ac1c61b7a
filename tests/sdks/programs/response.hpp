// What the programs with libcurl share: where a response goes.
#include <curl/curl.h>

#include <cstdlib>
#include <string>

inline std::size_t append(char *data, std::size_t size, std::size_t count, void *target)
{
    static_cast<std::string *>(target)->append(data, size * count);
    return size * count;
}

// Has a transfer trust the CA of the test, and write its response to `body`.
inline void prepare(CURL *curl, std::string &body)
{
    curl_easy_setopt(curl, CURLOPT_CAINFO, std::getenv("SSL_CERT_FILE"));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
}
