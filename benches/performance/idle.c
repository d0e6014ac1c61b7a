/* What many clients weigh while nobody asks them: idle CLIENTS. Needs a server: SPOTIFY_TOKEN_URL, CLIENT_ID, CLIENT_SECRET.
 * Prints bytes of resident memory for all of them: as they are made, and when each holds a token; and the microseconds
 * until the last has its token.
 */
#include <spotify_token.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long resident_bytes(void)
{
    long size = 0, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm == NULL || fscanf(statm, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (statm != NULL)
        fclose(statm);
    return resident * sysconf(_SC_PAGESIZE);
}

static int ask(spotify_client *client)
{
    spotify_token token;
    int code = spotify_client_token_into(client, &token);
    spotify_token_clear(&token);
    return code;
}

static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int count, char **arguments)
{
    int number = count > 1 ? atoi(arguments[1]) : 0;
    spotify_client **clients = calloc((size_t)number, sizeof *clients);
    if (clients == NULL)
        return 1;

    /* What the first client costs once for all. */
    spotify_client *first = spotify_client_new(NULL);
    if (ask(first) != SPOTIFY_OK)
        return 1;

    long before = resident_bytes();
    for (int i = 0; i < number; i++)
        clients[i] = spotify_client_new(NULL);
    printf("%ld\t", resident_bytes() - before);

    double start = microseconds();
    for (int i = 0; i < number; i++)
        if (ask(clients[i]) != SPOTIFY_OK)
            return 1;
    double took = microseconds() - start;
    printf("%ld\t%.1f\n", resident_bytes() - before, took);

    for (int i = 0; i < number; i++)
        spotify_client_free(clients[i]);
    spotify_client_free(first);
    free(clients);
    return 0;
}
