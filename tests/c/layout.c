/* The struct as a C compiler lays it out; the numbers are those of the frozen ABI. */
#include <spotify_token.h>

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define AT(member, offset) static_assert(offsetof(spotify_token, member) == (offset), #member)

AT(access_token, 0);
AT(token_type, 8);
AT(scope, 16);
AT(error_message, 24);
AT(expires_at, 32);
AT(expires_in, 40);
AT(error_code, 48);
AT(http_status, 52);
AT(owner, 56);
static_assert(sizeof(spotify_token) == 64, "size");

int main(void)
{
    if (spotify_token_size() != sizeof(spotify_token))
        return 1;
    return strcmp(spotify_version(), SPOTIFY_TOKEN_VERSION) != 0;
}
