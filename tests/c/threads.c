/* One client in many threads: everybody asks, some reject what they got, one cancels, one looks at the counters. For thread
 * sanitizers: what matters is that they stay quiet. Prints nothing.
 */
#include <spotify_token.h>

#include <pthread.h>
#include <stddef.h>

enum { THREADS = 8, ROUNDS = 200 };

static spotify_client *client;

static void *ask(void *argument)
{
    size_t number = (size_t)argument;
    for (int i = 0; i < ROUNDS; i++) {
        char buffer[512];
        spotify_token token = spotify_client_token(client);
        if (number == 0 && i % 50 == 49)
            spotify_client_invalidate(client, token.access_token);
        if (number == 1 && i % 100 == 99)
            spotify_client_cancel(client);
        if (number == 2)
            spotify_client_stat(client, SPOTIFY_STAT_HITS);
        spotify_client_authorization(client, buffer, sizeof buffer, NULL);
        spotify_token_clear(&token);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    client = spotify_client_new(NULL);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, ask, (void *)i);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    spotify_client_free(client);
    return 0;
}
