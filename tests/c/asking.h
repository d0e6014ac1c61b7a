/* A client whose request is under way in a thread of its own: what the programs that fork in the middle of one share. */
#ifndef ASKING_H
#define ASKING_H

#include <spotify_token.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

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

/* Makes the client, with the settings of the environment. */
static void make_client(void)
{
    spotify_config *config = spotify_config_new();

    spotify_config_set_logger(config, on_log, NULL);
    client = spotify_client_new(config);
    spotify_config_free(config);
}

/* Returns the thread that asks, once its request is under way. */
static pthread_t ask_in_a_thread(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, ask, NULL);
    while (!atomic_load(&asking))
        usleep(1000);
    return thread;
}

#endif
