/* Forks while a thread waits for the server's response, with the cache's lock. The child lives on and does nothing.
 * Prints the child's process id, and waits to be killed.
 */
#include "asking.h"

#include <stdio.h>

enum { PATIENCE_S = 120 };

int main(void)
{
    pid_t child;

    make_client();
    ask_in_a_thread();
    child = fork();
    alarm(PATIENCE_S);
    if (child != 0) {
        printf("%d\n", (int)child);
        fflush(stdout);
    }
    pause();
    return 0;
}
