/* What most programs want: one client for the life of the program, a header for every request to the Web API. The token is
 * fetched when it must be and cached in between. This prints the header line, as `curl -H @-` reads it.
 *
 *     cc header.c $(pkg-config --cflags --libs spotify_token) -o header
 *     ./header | curl -H @- https://api.spotify.com/v1/artists/0TnOYISbd1XYRBk9myaseg
 */
#include <spotify_token.h>

#include <stdio.h>

int main(void)
{
    spotify_client *client = spotify_client_new(NULL);

    /* For every request: */
    spotify_token token = spotify_client_token(client);
    int failed = token.error_code != SPOTIFY_OK;
    if (failed)
        fprintf(stderr, "%s: %s\n", spotify_error_name(token.error_code), token.error_message);
    else
        printf("Authorization: %s\n", spotify_token_authorization(&token));
    spotify_token_clear(&token);

    spotify_client_free(client);
    return failed;
}
