/* Every exported function with a panic in it: the host lives, and is told. The library is one that panics where
 * SPOTIFY_TOKEN_PANIC says. The arguments are the names of all exported functions; a name that stands in no table here is a
 * failure, so that none is forgotten. Needs the stand-in: SPOTIFY_TOKEN_URL, CLIENT_ID, CLIENT_SECRET, and a directory for
 * a cache in CACHE. Prints nothing but what failed.
 */
#define _POSIX_C_SOURCE 200112L
#include <spotify_token.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;
static const char *checked;

#define CHECK(condition)                                                        \
    do {                                                                        \
        if (!(condition)) {                                                     \
            printf("%s: line %d: %s\n", checked, __LINE__, #condition);         \
            failures++;                                                         \
        }                                                                       \
    } while (0)

static spotify_config *config;
static spotify_client *client;

static void panic_in(const char *place)
{
    if (place != NULL)
        setenv("SPOTIFY_TOKEN_PANIC", place, 1);
    else
        unsetenv("SPOTIFY_TOKEN_PANIC");
}

static void check_fault(spotify_token *token)
{
    CHECK(token->error_code == SPOTIFY_ERROR_INTERNAL);
    CHECK(token->error_message != NULL && strstr(token->error_message, "report it") != NULL);
    CHECK(token->access_token == NULL && token->http_status == 0 && token->expires_in == 0);
    spotify_token_clear(token);
}

/* A call that finds a token in memory runs nothing that could panic; one without has the panic in it. */
static void forget_token(void)
{
    panic_in(NULL);
    spotify_client_invalidate(client, NULL);
    panic_in("call");
}

/* Those that a panic can happen in: all that do more than read a field. */

static void client_authorization(void)
{
    char buffer[8] = "xxxxxxx";
    size_t length = 7;
    forget_token();
    CHECK(spotify_client_authorization(client, buffer, sizeof buffer, &length) == SPOTIFY_ERROR_INTERNAL);
    CHECK(buffer[0] == '\0' && length == 0);
}

static void client_cached_into(void)
{
    spotify_token token;
    CHECK(spotify_client_cached_into(client, &token) == SPOTIFY_ERROR_INTERNAL);
    check_fault(&token);
}

static void client_cancel(void)
{
    spotify_client_cancel(client);
}

static void client_free(void)
{
    spotify_client *other;
    panic_in(NULL);
    other = spotify_client_new(config);
    panic_in("call");
    spotify_client_free(other); /* which stays: better lost than released twice */
    panic_in(NULL);
    spotify_client_free(other);
}

static void client_invalidate(void)
{
    spotify_client_invalidate(client, NULL);
}

static void client_new(void)
{
    spotify_token token;
    spotify_client *broken = spotify_client_new(config);
    CHECK(broken != NULL);
    panic_in(NULL);
    token = spotify_client_token(broken);
    check_fault(&token);
    spotify_client_free(broken);
}

static void client_stat(void)
{
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_REQUESTS) == 0);
    panic_in(NULL);
    CHECK(spotify_client_stat(client, SPOTIFY_STAT_REQUESTS) > 0);
}

static void client_token(void)
{
    spotify_token token;
    forget_token();
    token = spotify_client_token(client);
    check_fault(&token);
}

static void client_token_into(void)
{
    spotify_token token;
    forget_token();
    CHECK(spotify_client_token_into(client, &token) == SPOTIFY_ERROR_INTERNAL);
    check_fault(&token);
}

static void config_free(void)
{
    spotify_config *other;
    panic_in(NULL);
    other = spotify_config_new();
    panic_in("call");
    spotify_config_free(other);
    panic_in(NULL);
    spotify_config_free(other);
}

static void config_new(void)
{
    CHECK(spotify_config_new() == NULL);
}

static void config_set(void)
{
    CHECK(spotify_config_set(config, "timeout_ms", "1") == SPOTIFY_ERROR_INTERNAL);
    CHECK(spotify_config_error(config) != NULL);
    panic_in(NULL);
    CHECK(spotify_config_set(config, "timeout_ms", "20000") == SPOTIFY_OK);
}

static void config_set_logger(void)
{
    CHECK(spotify_config_set_logger(config, NULL, NULL) == SPOTIFY_ERROR_INTERNAL);
}

static void config_set_refresh_token_fn(void)
{
    CHECK(spotify_config_set_refresh_token_fn(config, NULL, NULL) == SPOTIFY_ERROR_INTERNAL);
}

/* A login that waits for its user. */
static spotify_login *begun_login(void)
{
    spotify_config *logins;
    spotify_login *login;
    panic_in(NULL);
    logins = spotify_config_new();
    CHECK(spotify_config_set(logins, "logins", getenv("CACHE")) == SPOTIFY_OK);
    login = spotify_login_new(logins);
    spotify_config_free(logins);
    CHECK(spotify_login_error(login) == NULL && spotify_login_url(login) != NULL);
    panic_in("call");
    return login;
}

static void end_login(spotify_login *login)
{
    panic_in(NULL);
    spotify_login_free(login);
}

static void login_new(void)
{
    spotify_login *login = spotify_login_new(config);
    CHECK(login != NULL && spotify_login_url(login) == NULL);
    CHECK(strstr(spotify_login_error(login), "internal error") != NULL);
    end_login(login);
}

static void login_wait_into(void)
{
    spotify_login *login = begun_login();
    spotify_token token;
    CHECK(spotify_login_wait_into(login, 0, &token) == SPOTIFY_ERROR_INTERNAL);
    check_fault(&token);
    end_login(login);
}

static void login_finish_into(void)
{
    spotify_login *login = begun_login();
    spotify_token token;
    CHECK(spotify_login_finish_into(login, "code", &token) == SPOTIFY_ERROR_INTERNAL);
    check_fault(&token);
    end_login(login);
}

static void login_cancel(void)
{
    spotify_login *login = begun_login();
    spotify_login_cancel(login);
    end_login(login);
}

static void login_free(void)
{
    spotify_login *login = begun_login();
    spotify_login_free(login); /* which stays, as a client does */
    end_login(login);
}

/* They read a field and have no guard. */
static void of_a_login(void)
{
    end_login(begun_login());
}

static void logout(void)
{
    CHECK(spotify_logout(config) == SPOTIFY_ERROR_INTERNAL);
}

static void fetch_token(void)
{
    spotify_token token = spotify_fetch_token(NULL, NULL);
    check_fault(&token);
}

static void fetch_token_into(void)
{
    spotify_token token;
    CHECK(spotify_fetch_token_into(NULL, NULL, &token) == SPOTIFY_ERROR_INTERNAL);
    check_fault(&token);
}

/* The others read a field or a table and have no guard: they answer as ever. spotify_token_clear counts a reference down,
 * and is half of what a cached token costs. */

static void config_error(void)
{
    CHECK(spotify_config_error(config) == NULL);
}

static void error_description(void)
{
    CHECK(strlen(spotify_error_description(SPOTIFY_ERROR_INTERNAL)) > 0);
}

static void error_name(void)
{
    CHECK(strcmp(spotify_error_name(SPOTIFY_ERROR_INTERNAL), "SPOTIFY_ERROR_INTERNAL") == 0);
}

static void of_a_token(void)
{
    spotify_token token;
    panic_in(NULL);
    token = spotify_client_token(client);
    panic_in("call");
    CHECK(token.error_code == SPOTIFY_OK);
    CHECK(strncmp(spotify_token_authorization(&token), "Bearer ", 7) == 0);
    CHECK(spotify_token_oauth_error(&token) == NULL);
    CHECK(spotify_token_retry_after(&token) == 0);
    spotify_token_clear(&token);
    CHECK(token.owner == NULL && token.access_token == NULL);
}

static void abi_version(void)
{
    CHECK(spotify_abi_version() == 0);
}

static void token_size(void)
{
    CHECK(spotify_token_size() == sizeof(spotify_token));
}

static void version(void)
{
    CHECK(strcmp(spotify_version(), SPOTIFY_TOKEN_VERSION) == 0);
}

static const struct {
    const char *name;
    void (*check)(void);
} functions[] = {
    {"spotify_abi_version", abi_version},
    {"spotify_client_authorization", client_authorization},
    {"spotify_client_cached_into", client_cached_into},
    {"spotify_client_cancel", client_cancel},
    {"spotify_client_free", client_free},
    {"spotify_client_invalidate", client_invalidate},
    {"spotify_client_new", client_new},
    {"spotify_client_stat", client_stat},
    {"spotify_client_token", client_token},
    {"spotify_client_token_into", client_token_into},
    {"spotify_config_error", config_error},
    {"spotify_config_free", config_free},
    {"spotify_config_new", config_new},
    {"spotify_config_set", config_set},
    {"spotify_config_set_logger", config_set_logger},
    {"spotify_config_set_refresh_token_fn", config_set_refresh_token_fn},
    {"spotify_error_description", error_description},
    {"spotify_error_name", error_name},
    {"spotify_fetch_token", fetch_token},
    {"spotify_fetch_token_into", fetch_token_into},
    {"spotify_login_cancel", login_cancel},
    {"spotify_login_error", of_a_login},
    {"spotify_login_finish_into", login_finish_into},
    {"spotify_login_free", login_free},
    {"spotify_login_new", login_new},
    {"spotify_login_url", of_a_login},
    {"spotify_login_wait_into", login_wait_into},
    {"spotify_logout", logout},
    {"spotify_token_authorization", of_a_token},
    {"spotify_token_clear", of_a_token},
    {"spotify_token_oauth_error", of_a_token},
    {"spotify_token_retry_after", of_a_token},
    {"spotify_token_size", token_size},
    {"spotify_version", version},
};

static void check_function(const char *name)
{
    checked = name;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            panic_in("call");
            functions[i].check();
            panic_in(NULL);
            return;
        }
    }
    CHECK(!"this program knows the function");
}

/* The thread that asks the server has a fault: who waits for it is told, and the next call works. */
static void check_request(void)
{
    spotify_client *other = spotify_client_new(NULL);
    spotify_token token;

    checked = "a request";
    panic_in("request");
    token = spotify_client_token(other);
    check_fault(&token);
    panic_in(NULL);
    token = spotify_client_token(other);
    CHECK(token.error_code == SPOTIFY_OK);
    spotify_token_clear(&token);
    spotify_client_free(other);
}

/* A store with a fault is like one that fails: the token comes from the server. */
static void check_store(void)
{
    spotify_config *stored = spotify_config_new();
    spotify_client *other;
    spotify_token token;

    checked = "a store";
    CHECK(spotify_config_set(stored, "cache", getenv("CACHE")) == SPOTIFY_OK);
    other = spotify_client_new(stored);
    spotify_config_free(stored);
    panic_in("store");
    token = spotify_client_token(other);
    CHECK(token.error_code == SPOTIFY_OK && token.http_status == 200);
    spotify_token_clear(&token);
    spotify_client_invalidate(other, NULL);
    panic_in(NULL);
    spotify_client_free(other);
}

/* The handlers around fork() are ours as well. */
static void check_fork(void)
{
    spotify_token token;
    int status = -1;
    pid_t child;

    checked = "fork";
    token = spotify_client_token(client);
    CHECK(token.error_code == SPOTIFY_OK);
    spotify_token_clear(&token);
    panic_in("call");
    child = fork();
    panic_in(NULL);
    if (child == 0) {
        token = spotify_client_token(client);
        _exit(token.error_code != SPOTIFY_OK);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    token = spotify_client_token(client);
    CHECK(token.error_code == SPOTIFY_OK);
    spotify_token_clear(&token);
}

int main(int argc, char **argv)
{
    spotify_token token;

    checked = "before any panic";
    config = spotify_config_new();
    client = spotify_client_new(config);
    token = spotify_client_token(client);
    CHECK(token.error_code == SPOTIFY_OK);
    spotify_token_clear(&token);
    for (int i = 1; i < argc; i++)
        check_function(argv[i]);
    check_request();
    check_store();
    check_fork();
    spotify_client_free(client);
    spotify_config_free(config);
    return failures != 0;
}
