/* Forks while a thread waits for the server's response, with the cache's lock. The child lives on and does nothing.
 * Prints the child's process id, and waits to be killed.
 */
#include <spotify_token.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_S = 120 };

static spotify_client *client;
static atomic_int asking;

/* This line comes when the request is about to be sent. */
static void on_log(void *unused, int32_t level, const char *line)
{
    (void)unused;
    if (level == SPOTIFY_LOG_DEBUG && strncmp(line, "POST", 4) == 0)
        atomic_store(&asking, 1);
}

static void *ask(void *unused)
{
    (void)unused;
    spotify_token token = spotify_client_token(client);
    spotify_token_clear(&token);
    return NULL;
}

int main(void)
{
    spotify_config *config = spotify_config_new();
    pthread_t thread;
    pid_t child;

    spotify_config_set_logger(config, on_log, NULL);
    client = spotify_client_new(config);
    spotify_config_free(config);
    pthread_create(&thread, NULL, ask, NULL);
    while (!atomic_load(&asking))
        usleep(1000);
    child = fork();
    alarm(PATIENCE_S);
    if (child != 0) {
        printf("%d\n", (int)child);
        fflush(stdout);
    }
    pause();
    return 0;
}
