/* Takes over the locale of the environment, as programs with windows do, and prints what the library says then: of a token, of
 * a CA file that is not there (SPOTIFY_CA_FILE names one), of a port that nobody listens at, of a number that is none, of half a
 * pair of credentials. Exits with 2 where there is no such locale.
 */
#include <spotify_token.h>

#include <locale.h>
#include <stddef.h>
#include <stdio.h>

static void show(const spotify_token *token)
{
    printf("%d %s %s %d\n", (int)token->error_code, token->error_message != NULL ? token->error_message : "",
           token->token_type != NULL ? token->token_type : "", token->expires_in > 3590);
}

/* A call with one more option. */
static void call(const char *option, const char *value)
{
    spotify_config *config = spotify_config_new();

    if (spotify_config_set(config, option, value) != SPOTIFY_OK) {
        printf("%s\n", spotify_config_error(config));
    } else {
        spotify_client *client = spotify_client_new(config);
        spotify_token token = spotify_client_token(client);
        show(&token);
        spotify_token_clear(&token);
        spotify_client_free(client);
    }
    spotify_config_free(config);
}

int main(void)
{
    if (setlocale(LC_ALL, "") == NULL)
        return 2;
    call("user_agent", "locale");
    call("token_url", "https://127.0.0.1:1/");
    call("proxy", "http://127.0.0.1:1");
    call("timeout_ms", "1.000,5");
    call("client_secret", "half");
    return 0;
}
