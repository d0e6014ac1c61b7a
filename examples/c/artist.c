/* Prints the name of an artist, with libcurl. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
 *
 *     cc artist.c $(pkg-config --cflags --libs spotify_token libcurl) -o artist
 */
#include <spotify_token_curl.h>

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARTIST "0TnOYISbd1XYRBk9myaseg"

typedef struct {
    char *text;
    size_t length;
} buffer;

static size_t append(char *data, size_t size, size_t count, void *target)
{
    buffer *body = target;
    char *text = realloc(body->text, body->length + size * count + 1);
    if (text == NULL)
        return 0;
    memcpy(text + body->length, data, size * count);
    body->text = text;
    body->length += size * count;
    body->text[body->length] = '\0';
    return size * count;
}

static void forget(void *target) { ((buffer *)target)->length = 0; }

/* Prints the first "name". A program would use a JSON library: C has none of its own. */
static int print_name(const char *json)
{
    const char *name = strstr(json, "\"name\"");
    const char *start = name == NULL ? NULL : strchr(name + strlen("\"name\""), '"');
    const char *end = start == NULL ? NULL : strchr(start + 1, '"');
    if (end == NULL) {
        fprintf(stderr, "the Web API's response has no name\n");
        return 1;
    }
    printf("%.*s\n", (int)(end - start - 1), start + 1);
    return 0;
}

static int print_artist(spotify_client *client, const char *url)
{
    buffer body = {NULL, 0};
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return 1;
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);

    curl_easy_setopt(curl, CURLOPT_URL, url);

    /* If the token was revoked before it expired, this tries once more with a new one. */
    spotify_token token;
    long status = 0;
    CURLcode result = spotify_curl_perform(curl, client, forget, &body, &token);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    int failed = 1;
    if (token.error_code != SPOTIFY_OK)
        fprintf(stderr, "%s: %s\n", spotify_error_name(token.error_code), token.error_message);
    else if (result != CURLE_OK)
        fprintf(stderr, "the Web API: %s\n", curl_easy_strerror(result));
    else if (status == 200 && body.text != NULL)
        failed = print_name(body.text);
    else
        fprintf(stderr, "the Web API responded with %ld\n", status);
    spotify_token_clear(&token);

    curl_easy_cleanup(curl);
    free(body.text);
    return failed;
}

int main(void)
{
    /* The header that this was compiled with, and the library that the loader found. */
    if (spotify_token_size() != sizeof(spotify_token)) {
        fprintf(stderr, "the library is spotify-token %s; this program is for %s\n", spotify_version(),
                SPOTIFY_TOKEN_VERSION);
        return 1;
    }

    const char *api = getenv("SPOTIFY_API_URL");
    char url[512];
    snprintf(url, sizeof url, "%s/artists/" ARTIST, api == NULL ? "https://api.spotify.com/v1" : api);

    curl_global_init(CURL_GLOBAL_DEFAULT);
    spotify_client *client = spotify_client_new(NULL);
    int failed = print_artist(client, url);
    spotify_client_free(client);
    curl_global_cleanup();
    return failed;
}
