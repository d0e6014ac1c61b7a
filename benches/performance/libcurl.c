/* A peer: one token with libcurl and cJSON, printed. Takes TOKEN_URL, CLIENT_ID, CLIENT_SECRET and CA_FILE from the
 * environment.
 */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct body {
    char text[65536];
    size_t length;
};

static size_t append(char *data, size_t size, size_t count, void *target)
{
    struct body *body = target;
    size_t more = size * count;
    if (body->length + more >= sizeof body->text)
        return 0;
    memcpy(body->text + body->length, data, more);
    body->length += more;
    return more;
}

int main(void)
{
    static struct body body;
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, getenv("TOKEN_URL"));
    curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("CA_FILE"));
    curl_easy_setopt(curl, CURLOPT_USERNAME, getenv("CLIENT_ID"));
    curl_easy_setopt(curl, CURLOPT_PASSWORD, getenv("CLIENT_SECRET"));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "grant_type=client_credentials");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);

    CURLcode result = curl_easy_perform(curl);
    cJSON *answer = cJSON_ParseWithLength(body.text, body.length);
    const char *token = cJSON_GetStringValue(cJSON_GetObjectItem(answer, "access_token"));
    if (token != NULL)
        puts(token);
    else
        fprintf(stderr, "%s\n", curl_easy_strerror(result));
    cJSON_Delete(answer);
    curl_easy_cleanup(curl);
    return token == NULL;
}
