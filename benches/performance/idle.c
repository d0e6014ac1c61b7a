/* What many clients weigh while nobody asks them. Needs a server: SPOTIFY_TOKEN_URL, CLIENT_ID, CLIENT_SECRET. Prints bytes
 * of resident memory for each client: as they are made, and when each holds a token.
 */
#include <spotify_token.h>

#include <stdio.h>
#include <unistd.h>

enum { CLIENTS = 10000 };

static spotify_client *clients[CLIENTS];

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

int main(void)
{
    /* What the first client costs once for all. */
    spotify_client *first = spotify_client_new(NULL);
    if (ask(first) != SPOTIFY_OK)
        return 1;

    long before = resident_bytes();
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = spotify_client_new(NULL);
    printf("made\t%ld\n", (resident_bytes() - before) / CLIENTS);

    for (int i = 0; i < CLIENTS; i++)
        if (ask(clients[i]) != SPOTIFY_OK)
            return 1;
    printf("with a token\t%ld\n", (resident_bytes() - before) / CLIENTS);

    for (int i = 0; i < CLIENTS; i++)
        spotify_client_free(clients[i]);
    spotify_client_free(first);
    return 0;
}
