/* A child goes on with its parent's client. Argument: what the parent does when it forks: "rest", "token" (it has one), or
 * "asking" (a thread of it is in the middle of a request). Prints the child's error code, and its token or its message.
 */
#include <spotify_token.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEBUG = 4, PATIENCE_S = 60 };

static spotify_client *client;
static atomic_int asking;

/* The line about the request comes when it is about to leave. */
static void hear(void *unused, int32_t level, const char *line)
{
    (void)unused;
    if (level == DEBUG && strncmp(line, "POST", 4) == 0)
        atomic_store(&asking, 1);
}

static void *ask(void *unused)
{
    (void)unused;
    spotify_token token = spotify_client_token(client);
    spotify_token_clear(&token);
    return NULL;
}

int main(int count, char **arguments)
{
    const char *parent = count > 1 ? arguments[1] : "rest";
    spotify_config *config = spotify_config_new();
    pthread_t thread;
    int threaded = strcmp(parent, "asking") == 0;

    spotify_config_set_logger(config, hear, NULL);
    client = spotify_client_new(config);
    spotify_config_free(config);

    if (strcmp(parent, "token") == 0)
        ask(NULL);
    if (threaded) {
        pthread_create(&thread, NULL, ask, NULL);
        while (!atomic_load(&asking))
            usleep(1000);
    }
    if (fork() == 0) {
        alarm(PATIENCE_S);
        spotify_token token = spotify_client_token(client);
        printf("%d %s\n", (int)token.error_code,
               token.error_code == SPOTIFY_OK ? token.access_token : token.error_message);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    if (threaded)
        pthread_join(thread, NULL);
    spotify_client_free(client);
    return 0;
}
