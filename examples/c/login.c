/* Prints the names of the user's playlists, with libcurl. The user logs in once, in a browser; CLIENT_ID names the app, whose
 * redirect URI is http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
 *
 *     cc login.c $(pkg-config --cflags --libs spotify_token libcurl) -pthread -o login
 */
#include <spotify_token.h>

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "playlist-read-private"

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

/* Takes pasted addresses, while the main thread waits for the browser. The first of the two to succeed ends the other. */
static void *take_pasted(void *argument)
{
    spotify_login *login = argument;
    char line[8192];
    while (fgets(line, sizeof line, stdin) != NULL) {
        spotify_token token;
        int code = spotify_login_finish_into(login, line, &token);
        if (code != SPOTIFY_OK)
            fprintf(stderr, "%s\n", token.error_message);
        spotify_token_clear(&token);
        if (code == SPOTIFY_OK)
            break;
    }
    return NULL;
}

/* Lets the user log in. The login is freed by the end of the process: the other thread may still read. */
static int log_in(const spotify_config *config)
{
    spotify_login *login = spotify_login_new(config);
    if (spotify_login_url(login) == NULL) {
        fprintf(stderr, "%s\n", spotify_login_error(login));
        spotify_login_free(login);
        return 1;
    }
    fprintf(stderr, "Open this address in a browser, and agree:\n%s\n", spotify_login_url(login));

    pthread_t reader;
    if (pthread_create(&reader, NULL, take_pasted, login) == 0)
        pthread_detach(reader);

    spotify_token token;
    int code = spotify_login_wait_into(login, -1, &token);
    if (code != SPOTIFY_OK)
        fprintf(stderr, "%s: %s\n", spotify_error_name(code), token.error_message);
    spotify_token_clear(&token);
    return code != SPOTIFY_OK;
}

/* Prints each "name". A program would use a JSON library: C has none of its own. */
static void print_names(const char *json)
{
    const char *name = json;
    while ((name = strstr(name, "\"name\"")) != NULL) {
        const char *start = strchr(name + strlen("\"name\""), '"');
        const char *end = start == NULL ? NULL : strchr(start + 1, '"');
        if (end == NULL)
            return;
        printf("%.*s\n", (int)(end - start - 1), start + 1);
        name = end;
    }
}

static int print_playlists(const spotify_token *token)
{
    const char *api = getenv("SPOTIFY_API_URL");
    char url[512];
    snprintf(url, sizeof url, "%s/me/playlists", api == NULL ? "https://api.spotify.com/v1" : api);

    buffer body = {NULL, 0};
    long status = 0;
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return 1;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token->access_token);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    CURLcode result = curl_easy_perform(curl);
    if (result != CURLE_OK)
        fprintf(stderr, "the Web API: %s\n", curl_easy_strerror(result));
    else
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);

    if (status == 200 && body.text != NULL)
        print_names(body.text);
    else if (status != 0)
        fprintf(stderr, "the Web API responded with %ld\n", status);
    free(body.text);
    return status != 200;
}

int main(void)
{
    if (spotify_token_size() != sizeof(spotify_token)) {
        fprintf(stderr, "the library is spotify-token %s; this program is for %s\n", spotify_version(),
                SPOTIFY_TOKEN_VERSION);
        return 1;
    }

    curl_global_init(CURL_GLOBAL_DEFAULT);
    spotify_config *config = spotify_config_new();
    spotify_config_set(config, "grant", "user");
    spotify_config_set(config, "scope", SCOPE);
    spotify_client *client = spotify_client_new(config);

    spotify_token token = spotify_client_token(client);
    if (token.error_code == SPOTIFY_ERROR_LOGIN_REQUIRED && log_in(config) == 0) {
        spotify_token_clear(&token);
        token = spotify_client_token(client);
    }
    int failed = 1;
    if (token.error_code == SPOTIFY_OK)
        failed = print_playlists(&token);
    else if (token.error_code != SPOTIFY_ERROR_LOGIN_REQUIRED)
        fprintf(stderr, "%s: %s\n", spotify_error_name(token.error_code), token.error_message);

    spotify_token_clear(&token);
    spotify_client_free(client);
    spotify_config_free(config);
    curl_global_cleanup();
    return failed;
}
