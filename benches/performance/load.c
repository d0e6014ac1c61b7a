/* How long a program waits for the library: from dlopen to the return of the first call. Argument: the library. Prints
 * microseconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

int main(int count, char **arguments)
{
    struct timespec start, end;

    if (count != 2)
        return 64;
    clock_gettime(CLOCK_MONOTONIC, &start);
    void *library = dlopen(arguments[1], RTLD_NOW);
    void *(*client_new)(const void *config) = NULL;
    if (library != NULL)
        *(void **)&client_new = dlsym(library, "spotify_client_new");
    if (client_new == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    void *client = client_new(NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);

    printf("%.1f\n", (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3);
    return client == NULL;
}
