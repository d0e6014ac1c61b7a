/* A child goes on with its parent's client. Argument: what the parent does when it forks: "rest", "token" (it has one), or
 * "asking" (a thread of it is in the middle of a request). Prints the child's error code, and its token or its message.
 */
#include "asking.h"

#include <stdio.h>
#include <sys/wait.h>

enum { PATIENCE_S = 60 };

int main(int count, char **arguments)
{
    const char *parent = count > 1 ? arguments[1] : "rest";
    pthread_t thread;
    int threaded = strcmp(parent, "asking") == 0;

    make_client();
    if (strcmp(parent, "token") == 0)
        ask(NULL);
    if (threaded)
        thread = ask_in_a_thread();
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
