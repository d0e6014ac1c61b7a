/* Asks for a token: without arguments as spotify_fetch_token finds it, with NAME=VALUE arguments through a client with these
 * options. Prints the error's name and message. The test runs it with more rights than its caller has. */
#include <spotify_token.h>

#include <stdio.h>
#include <string.h>

static spotify_token ask(int count, char **options)
{
    spotify_token token;
    if (count == 0) {
        return spotify_fetch_token(NULL, NULL);
    }
    spotify_config *config = spotify_config_new();
    for (int at = 0; at < count; at++) {
        char *value = strchr(options[at], '=');
        *value++ = '\0';
        if (spotify_config_set(config, options[at], value) != SPOTIFY_OK) {
            fprintf(stderr, "%s\n", spotify_config_error(config));
        }
    }
    spotify_client *client = spotify_client_new(config);
    spotify_client_token_into(client, &token);
    spotify_client_free(client);
    spotify_config_free(config);
    return token;
}

int main(int argc, char **argv)
{
    spotify_token token = ask(argc - 1, argv + 1);
    printf("%s %s\n", spotify_error_name(token.error_code), token.error_message ? token.error_message : "");
    spotify_token_clear(&token);
    return 0;
}
