/* A process that does what host processes do, and sees what the library does there. Argument, and what is printed:
 *   lookups      100 calls, one after the other: how many lookups run then
 *   forks        five forks while a lookup hangs: the longest, in milliseconds
 *   threadless   no thread can be made: the error code, and the token or the message
 *   environment  a client asks twice: how often the environment was read after spotify_client_new
 *   workers      six workers are forked after a first call: how long each one's call takes, in milliseconds
 * Compile with -rdynamic, so that the library meets the functions here instead of those of libc.
 */
#define _GNU_SOURCE
#include <spotify_token.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 100, FORKS = 5, WORKERS = 6, PATIENCE_S = 60 };

static atomic_int threadless;
static atomic_int watched;
static atomic_int reads;

/* As libc's, until the process is out of threads. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    return atomic_load(&threadless) ? EAGAIN : create(thread, attributes, run, argument);
}

/* As libc's, and counted. */
char *getenv(const char *name)
{
    char *(*get)(const char *);
    *(void **)&get = dlsym(RTLD_NEXT, "getenv");
    if (atomic_load(&watched)) {
        atomic_fetch_add(&reads, 1);
        fprintf(stderr, "getenv(%s)\n", name);
    }
    return get(name);
}

static void fetch_and_drop(void)
{
    spotify_token token = spotify_fetch_token(NULL, NULL);
    spotify_token_clear(&token);
}

static int print(spotify_token token)
{
    int code = (int)token.error_code;
    printf("%d %s\n", code, code == SPOTIFY_OK ? token.access_token : token.error_message);
    spotify_token_clear(&token);
    return 0;
}

/* How many threads have this name. */
static int threads_named(const char *wanted)
{
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;

    while ((task = readdir(tasks)) != NULL) {
        char path[300], name[32] = "";
        FILE *file;
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        if ((file = fopen(path, "r")) == NULL)
            continue;
        if (fgets(name, sizeof name, file) != NULL && strncmp(name, wanted, strlen(wanted)) == 0)
            found++;
        fclose(file);
    }
    closedir(tasks);
    return found;
}

static int lookups(void)
{
    for (int i = 0; i < CALLS; i++)
        fetch_and_drop();
    printf("%d\n", threads_named("spotify-lookup"));
    return 0;
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int forks(void)
{
    double longest = 0;

    fetch_and_drop();
    for (int i = 0; i < FORKS; i++) {
        double start = milliseconds();
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        double took = milliseconds() - start;
        if (took > longest)
            longest = took;
        waitpid(child, NULL, 0);
    }
    printf("%d\n", (int)longest);
    return 0;
}

static int environment(void)
{
    spotify_client *client = spotify_client_new(NULL);
    int failed = 0;

    atomic_store(&watched, 1);
    for (int i = 0; i < 2; i++) {
        spotify_token token = spotify_client_token(client);
        failed += token.error_code != SPOTIFY_OK;
        spotify_token_clear(&token);
        spotify_client_invalidate(client, NULL);
    }
    atomic_store(&watched, 0);
    printf("%d\n", atomic_load(&reads));
    spotify_client_free(client);
    return failed;
}

/* The caller's thread does the work of a one-shot call, so that a child goes on with what this thread had. */
static int workers(void)
{
    fetch_and_drop();
    for (int i = 0; i < WORKERS; i++) {
        if (fork() == 0) {
            char line[32];
            double start = milliseconds();
            alarm(PATIENCE_S);
            fetch_and_drop();
            snprintf(line, sizeof line, "%d\n", (int)(milliseconds() - start));
            _exit(write(STDOUT_FILENO, line, strlen(line)) < 0);
        }
    }
    for (int i = 0; i < WORKERS; i++)
        wait(NULL);
    return 0;
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";

    if (strcmp(what, "lookups") == 0)
        return lookups();
    if (strcmp(what, "forks") == 0)
        return forks();
    if (strcmp(what, "environment") == 0)
        return environment();
    if (strcmp(what, "workers") == 0)
        return workers();
    if (strcmp(what, "threadless") == 0) {
        atomic_store(&threadless, 1);
        return print(spotify_fetch_token(NULL, NULL));
    }
    if (strcmp(what, "threadless client") == 0) {
        spotify_client *client = spotify_client_new(NULL);
        atomic_store(&threadless, 1);
        print(spotify_client_token(client));
        spotify_client_free(client);
        return 0;
    }
    return 2;
}
