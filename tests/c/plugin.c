/* A plugin with the static library in it. Its host is plugin_host.c. */
#include <spotify_token.h>

#include <stddef.h>

/* Returns the code of a call that asks for a token. The client is not freed, and its request may go on. */
int32_t ask(void)
{
    spotify_client *client = spotify_client_new(NULL);
    spotify_token token;
    int32_t code = spotify_client_token_into(client, &token);
    spotify_token_clear(&token);
    return code;
}
