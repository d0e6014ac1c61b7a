/* The rules of the header, one by one: NULL everywhere, every output written, clear is idempotent, nothing is consumed.
 * Needs the stand-in: SPOTIFY_TOKEN_URL, CLIENT_ID, CLIENT_SECRET. Prints nothing but what failed.
 */
#include <spotify_token.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failures;

#define CHECK(condition)                                                  \
    do {                                                                  \
        if (!(condition)) {                                               \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);        \
            failures++;                                                   \
        }                                                                 \
    } while (0)

static int is_empty(const spotify_token *token)
{
    return token->access_token == NULL && token->token_type == NULL && token->scope == NULL &&
           token->error_message == NULL && token->expires_at == 0 && token->expires_in == 0 && token->error_code == 0 &&
           token->http_status == 0 && token->owner == NULL;
}

static void check_success(const spotify_token *token, int http_status)
{
    long long now = (long long)time(NULL);

    CHECK(token->error_code == SPOTIFY_OK);
    CHECK(token->error_message == NULL);
    CHECK(token->access_token != NULL && strncmp(token->access_token, "BQ", 2) == 0);
    CHECK(token->token_type != NULL && strcmp(token->token_type, "Bearer") == 0);
    CHECK(token->scope != NULL && strcmp(token->scope, "") == 0);
    CHECK(token->expires_in > 3590 && token->expires_in <= 3600);
    CHECK(token->expires_at > now + 3590 && token->expires_at <= now + 3601);
    CHECK(token->http_status == http_status);
    CHECK(spotify_token_oauth_error(token) == NULL);
    CHECK(spotify_token_retry_after(token) == 0);
    CHECK(strncmp(spotify_token_authorization(token), "Bearer BQ", 9) == 0);
    CHECK(strcmp(spotify_token_authorization(token) + 7, token->access_token) == 0);
}

static void check_failure(const spotify_token *token, int code, int http_status)
{
    CHECK(token->error_code == code);
    CHECK(token->error_message != NULL && strchr(token->error_message, '\n') == NULL);
    CHECK(token->access_token == NULL && token->token_type == NULL && token->scope == NULL);
    CHECK(token->expires_at == 0 && token->expires_in == 0);
    CHECK(token->http_status == http_status);
    CHECK(spotify_token_authorization(token) == NULL);
}

static void one_shot(void)
{
    spotify_token token;
    spotify_token zeroed;

    memset(&token, 0xff, sizeof token);
    CHECK(spotify_fetch_token_into(NULL, NULL, &token) == SPOTIFY_OK);
    check_success(&token, 200);
    spotify_token_clear(&token);
    CHECK(is_empty(&token));
    spotify_token_clear(&token);
    CHECK(is_empty(&token));
    memset(&zeroed, 0, sizeof zeroed);
    spotify_token_clear(&zeroed);
    spotify_token_clear(NULL);

    token = spotify_fetch_token(getenv("CLIENT_ID"), "wrong");
    check_failure(&token, SPOTIFY_ERROR_INVALID_CLIENT, 400);
    CHECK(strcmp(spotify_token_oauth_error(&token), "invalid_client") == 0);
    CHECK(strstr(token.error_message, getenv("CLIENT_SECRET")) == NULL);
    spotify_token_clear(&token);

    memset(&token, 0xff, sizeof token);
    CHECK(spotify_fetch_token_into("id", NULL, &token) == SPOTIFY_ERROR_MISSING_CREDENTIALS);
    check_failure(&token, SPOTIFY_ERROR_MISSING_CREDENTIALS, 0);
    spotify_token_clear(&token);
    token = spotify_fetch_token(NULL, "secret");
    check_failure(&token, SPOTIFY_ERROR_MISSING_CREDENTIALS, 0);
    spotify_token_clear(&token);
    token = spotify_fetch_token("", "secret");
    check_failure(&token, SPOTIFY_ERROR_MALFORMED_CREDENTIALS, 0);
    spotify_token_clear(&token);
    token = spotify_fetch_token("\xff", "secret");
    check_failure(&token, SPOTIFY_ERROR_INVALID_ARGUMENT, 0);
    spotify_token_clear(&token);
    CHECK(spotify_fetch_token_into(NULL, NULL, NULL) == SPOTIFY_ERROR_INVALID_ARGUMENT);
}

static void accessors_take_null(void)
{
    CHECK(spotify_token_authorization(NULL) == NULL);
    CHECK(spotify_token_oauth_error(NULL) == NULL);
    CHECK(spotify_token_retry_after(NULL) == 0);
    CHECK(strcmp(spotify_error_name(SPOTIFY_ERROR_TLS), "SPOTIFY_ERROR_TLS") == 0);
    CHECK(strcmp(spotify_error_name(12345), "SPOTIFY_ERROR_UNKNOWN") == 0);
    CHECK(spotify_error_description(-1) != NULL && spotify_error_description(0) != NULL);
}

static void count(void *user_data, int32_t level, const char *message)
{
    if (level >= 1 && level <= 4 && message != NULL && strstr(message, getenv("CLIENT_SECRET")) == NULL)
        ++*(int *)user_data;
}

static void settings(void)
{
    spotify_config *config = spotify_config_new();
    spotify_client *client;
    int messages = 0;

    CHECK(config != NULL && spotify_config_error(config) == NULL);
    CHECK(spotify_config_set(NULL, "timeout_ms", "1") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set(config, NULL, "1") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_error(config) != NULL);
    CHECK(spotify_config_set(config, "timeout_ms", NULL) == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set(config, "no_such_option", "1") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(strstr(spotify_config_error(config), "timeout_ms") != NULL);
    CHECK(spotify_config_set(config, "timeout_ms", "0") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set(config, "timeout_ms", "9223372036854775808") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set(config, "token_url", "http://example.org/") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set(config, "token_url", "https:///x") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set(config, "token_url", "https://example.org/#x") == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set(config, "timeout_ms", "20000") == SPOTIFY_OK);
    CHECK(spotify_config_error(config) == NULL && spotify_config_error(NULL) == NULL);
    CHECK(spotify_config_set_logger(NULL, count, &messages) == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_config_set_logger(config, count, &messages) == SPOTIFY_OK);

    client = spotify_client_new(config);
    spotify_config_free(config);
    spotify_config_free(NULL);
    {
        spotify_token token = spotify_client_token(client);
        check_success(&token, 200);
        spotify_token_clear(&token);
    }
    CHECK(messages > 0);
    spotify_client_free(client);
}

static void client_calls(void)
{
    spotify_client *client = spotify_client_new(NULL);
    spotify_token first, second;
    char small[8], large[512];
    size_t length = 99;

    CHECK(spotify_client_cached_into(client, &first) == SPOTIFY_ERROR_NOT_CACHED);
    check_failure(&first, SPOTIFY_ERROR_NOT_CACHED, 0);
    spotify_token_clear(&first);

    CHECK(spotify_client_authorization(client, NULL, 0, &length) == SPOTIFY_ERROR_BUFFER_TOO_SMALL);
    CHECK(length > 80 && length < sizeof large);
    memset(small, 'x', sizeof small);
    CHECK(spotify_client_authorization(client, small, sizeof small, &length) == SPOTIFY_ERROR_BUFFER_TOO_SMALL);
    CHECK(small[0] == '\0' && small[1] == 'x');
    CHECK(spotify_client_authorization(client, large, length, NULL) == SPOTIFY_ERROR_BUFFER_TOO_SMALL);
    CHECK(spotify_client_authorization(client, large, length + 1, &length) == SPOTIFY_OK);
    CHECK(strlen(large) == length);
    CHECK(spotify_client_authorization(client, NULL, 5, &length) == SPOTIFY_ERROR_INVALID_ARGUMENT && length == 0);
    CHECK(spotify_client_authorization(NULL, large, sizeof large, &length) == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(length == 0 && large[0] == '\0');

    CHECK(spotify_client_token_into(client, &first) == SPOTIFY_OK);
    check_success(&first, 0);
    CHECK(spotify_client_cached_into(client, &second) == SPOTIFY_OK);
    CHECK(first.access_token == second.access_token);
    spotify_client_invalidate(client, "some other token");
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_REQUESTS) == 1);
    spotify_client_invalidate(client, first.access_token);
    spotify_token_clear(&second);
    second = spotify_client_token(client);
    check_success(&second, 200);
    CHECK(strcmp(first.access_token, second.access_token) != 0);
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_REQUESTS) == 2);
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_HITS) >= 4);
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_FAILURES) == 0 && spotify_client_stat(client, SPOTIFY_STAT_REFUSED) == 0);
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_TOKEN_SECONDS) - 3500 <= 100);
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_LOGIN_SECONDS) == 0);
    CHECK((uint64_t)time(NULL) - spotify_client_stat(client, SPOTIFY_STAT_LAST_SUCCESS) <= 100);
    CHECK(spotify_client_stat(client, 15) == 0 && spotify_client_stat(client, -1) == 0 && spotify_client_stat(NULL, 0) == 0);
    spotify_client_invalidate(client, NULL);
    spotify_client_invalidate(NULL, "x");
    spotify_client_cancel(client);
    spotify_client_cancel(NULL);

    /* A token outlives its client. */
    spotify_client_free(client);
    spotify_client_free(NULL);
    check_success(&first, 0);
    spotify_token_clear(&first);
    spotify_token_clear(&second);

    CHECK(spotify_client_token_into(NULL, &first) == SPOTIFY_ERROR_INVALID_ARGUMENT);
    check_failure(&first, SPOTIFY_ERROR_INVALID_ARGUMENT, 0);
    spotify_token_clear(&first);
    CHECK(spotify_client_token_into(NULL, NULL) == SPOTIFY_ERROR_INVALID_ARGUMENT);
    CHECK(spotify_client_cached_into(NULL, NULL) == SPOTIFY_ERROR_INVALID_ARGUMENT);
    first = spotify_client_token(NULL);
    check_failure(&first, SPOTIFY_ERROR_INVALID_ARGUMENT, 0);
    spotify_token_clear(&first);
}

int main(void)
{
    one_shot();
    accessors_take_null();
    settings();
    client_calls();
    return failures != 0;
}
