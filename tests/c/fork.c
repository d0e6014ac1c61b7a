/* Forks children while eight threads keep one client busy with requests and name lookups. Every child uses the client that
 * was made before the fork; half of them have to ask the server themselves. Arguments: how many children.
 * Prints how many children got a token; a child that hangs is ended by its alarm, and counts as one that did not.
 */
#include <spotify_token.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, AT_ONCE = 16, PATIENCE_S = 60 };

static spotify_client *client;
static atomic_int stop;

static int got_token(void)
{
    spotify_token token = spotify_client_token(client);
    int good = token.error_code == SPOTIFY_OK;
    if (!good)
        fprintf(stderr, "%s: %s\n", spotify_error_name(token.error_code), token.error_message);
    spotify_token_clear(&token);
    return good;
}

static void *hammer(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        spotify_client_invalidate(client, NULL);
        got_token();
    }
    return NULL;
}

static int reap(void)
{
    int status = 0;
    wait(&status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int count, char **arguments)
{
    int children = count > 1 ? atoi(arguments[1]) : 1000;
    int good = 0;
    pthread_t threads[THREADS];

    client = spotify_client_new(NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, hammer, NULL);

    for (int i = 0; i < children; i++) {
        if (i >= AT_ONCE)
            good += reap();
        if (fork() == 0) {
            alarm(PATIENCE_S);
            if (i % 2)
                spotify_client_invalidate(client, NULL);
            _exit(!got_token());
        }
    }
    for (int i = 0; i < (children < AT_ONCE ? children : AT_ONCE); i++)
        good += reap();

    atomic_store(&stop, 1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    spotify_client_free(client);
    printf("%d of %d\n", good, children);
    return good != children;
}
