/* The simplest use: ask once, print the token. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
 *
 *     cc fetch.c $(pkg-config --cflags --libs spotify_token) -o fetch
 */
#include <spotify_token.h>

#include <stdio.h>

int main(void)
{
    spotify_token token = spotify_fetch_token(NULL, NULL);
    int failed = token.error_code != SPOTIFY_OK;

    if (failed)
        fprintf(stderr, "%s: %s\n", spotify_error_name(token.error_code), token.error_message);
    else
        printf("%s\n", token.access_token);

    spotify_token_clear(&token);
    return failed;
}
