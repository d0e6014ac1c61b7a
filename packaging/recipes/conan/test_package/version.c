/* Fails unless the library has the version of the header. */
#include <spotify_token.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    puts(spotify_version());
    return strcmp(spotify_version(), SPOTIFY_TOKEN_VERSION) != 0;
}
