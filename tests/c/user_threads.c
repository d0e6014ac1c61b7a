/* Eight threads ask one client for the user's token at the same time. Prints what each got: the token, or the message. */
#include <spotify_token.h>

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 8 };

static spotify_client *client;

static void *ask(void *result)
{
    spotify_client_token_into(client, result);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    spotify_token tokens[THREADS];
    int failed = 0;

    client = spotify_client_new(NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, ask, &tokens[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (tokens[i].error_code == SPOTIFY_OK)
            puts(tokens[i].access_token);
        else
            puts(tokens[i].error_message);
        failed |= tokens[i].error_code != SPOTIFY_OK;
        spotify_token_clear(&tokens[i]);
    }
    spotify_client_free(client);
    return failed;
}
