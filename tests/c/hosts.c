/* What hosts do to a thread or a process while the library is at work. The credentials and the token URL come from the
 * environment. The first argument says what is done; each prints nothing when all is well.
 *
 *   logger     frees a client whose request still logs: no call of the logger is under way afterwards, and none comes
 *   in-logger  frees a client inside of its logger
 *   cancel     cancels a thread (pthread_cancel) that is in a call
 *   first      forks while another thread is in the first call of the library that this process makes
 *   namespace  forks into a new PID namespace, where parent and child are both number 1
 *   stats      reads the counters in a child
 */
#define _GNU_SOURCE
#include <spotify_token.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static spotify_client *client;
static atomic_int lines, inside, unused, freed;

static void sleep_ms(long milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void slow_logger(void *user_data, int32_t level, const char *message)
{
    (void)user_data, (void)level, (void)message;
    atomic_fetch_add(&inside, 1);
    atomic_fetch_add(&lines, 1);
    sleep_ms(2);
    atomic_fetch_sub(&inside, 1);
}

/* Waits until no call uses the client, and frees it. */
static void freeing_logger(void *user_data, int32_t level, const char *message)
{
    (void)user_data, (void)level, (void)message;
    if (atomic_fetch_add(&lines, 1) > 0)
        return;
    while (!atomic_load(&unused))
        sched_yield();
    spotify_client_free(client);
    atomic_store(&freed, 1);
}

static spotify_client *new_client(spotify_log_fn logger)
{
    spotify_config *config = spotify_config_new();
    spotify_client *made;
    spotify_config_set_logger(config, logger, NULL);
    made = spotify_client_new(config);
    spotify_config_free(config);
    return made;
}

static void *ask(void *result)
{
    spotify_token token = spotify_client_token(client);
    if (result != NULL)
        *(int32_t *)result = token.error_code;
    spotify_token_clear(&token);
    return NULL;
}

static int logger_is_quiet_after_free(void)
{
    for (int round = 0; round < 50; round++) {
        pthread_t thread;
        int seen;
        atomic_store(&lines, 0);
        client = new_client(slow_logger);
        pthread_create(&thread, NULL, ask, NULL);
        while (atomic_load(&lines) == 0)
            sched_yield();
        spotify_client_cancel(client);
        pthread_join(thread, NULL); /* no call uses the client now, but its request has not ended */
        spotify_client_free(client);
        seen = atomic_load(&lines);
        if (atomic_load(&inside) != 0)
            return printf("round %d: the logger is running after free\n", round);
        sleep_ms(10);
        if (atomic_load(&lines) != seen)
            return printf("round %d: the logger was called after free\n", round);
    }
    return 0;
}

/* The request's thread frees the client when its caller has given up. */
static int logger_may_free(void)
{
    pthread_t thread;

    client = new_client(freeing_logger);
    pthread_create(&thread, NULL, ask, NULL);
    while (atomic_load(&lines) == 0)
        sched_yield();
    spotify_client_cancel(client);
    pthread_join(thread, NULL);
    atomic_store(&unused, 1);
    while (!atomic_load(&freed))
        sched_yield();
    sleep_ms(50);
    return atomic_load(&lines) == 1 ? 0 : printf("%d lines\n", atomic_load(&lines));
}

static void *fetch_for_ever(void *unused)
{
    (void)unused;
    for (;;) {
        spotify_token token = client == NULL ? spotify_fetch_token(NULL, NULL) : spotify_client_token(client);
        spotify_token_clear(&token);
        if (client != NULL)
            spotify_client_invalidate(client, NULL);
        pthread_testcancel();
    }
    return NULL;
}

static int cancelled_threads_do_no_harm(void)
{
    for (int with_client = 0; with_client < 2; with_client++) {
        client = with_client ? spotify_client_new(NULL) : NULL;
        for (int round = 0; round < 20; round++) {
            pthread_t thread;
            void *result;
            pthread_create(&thread, NULL, fetch_for_ever, NULL);
            sleep_ms(round);
            pthread_cancel(thread);
            pthread_join(thread, &result);
            if (result != PTHREAD_CANCELED)
                return printf("round %d: the thread ended by itself\n", round);
        }
        spotify_client_free(client);
    }
    return 0;
}

static void *first_call(void *barrier)
{
    pthread_barrier_wait(barrier);
    spotify_client_free(spotify_client_new(NULL));
    return NULL;
}

static int fork_in_the_first_call(void)
{
    pthread_barrier_t barrier;
    pthread_t thread;
    pid_t child;
    int status = 0;

    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, first_call, &barrier);
    pthread_barrier_wait(&barrier);
    child = fork();
    if (child == 0) {
        int32_t code = -1;
        alarm(20);
        client = spotify_client_new(NULL);
        ask(&code);
        spotify_client_free(client);
        _exit(code != SPOTIFY_OK);
    }
    pthread_join(thread, NULL);
    waitpid(child, &status, 0);
    return status == 0 ? 0 : printf("the child ended with %d\n", status);
}

/* Runs as number 1 of a namespace. A request is under way when its child becomes number 1 of another. */
static void parent_in_namespace(void)
{
    pthread_t thread;
    pid_t child;
    int status = 0;

    client = new_client(slow_logger);
    pthread_create(&thread, NULL, ask, NULL);
    while (atomic_load(&lines) == 0)
        sched_yield();
    if (unshare(CLONE_NEWPID) != 0)
        _exit(4);
    child = fork();
    if (child == 0) {
        int32_t code = -1;
        alarm(20);
        ask(&code);
        _exit(getpid() != 1 ? 3 : code != SPOTIFY_OK);
    }
    waitpid(child, &status, 0);
    pthread_join(thread, NULL);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
}

static int fork_into_a_namespace(void)
{
    int status = 0;
    pid_t child;

    if (unshare(CLONE_NEWPID) != 0)
        return printf("not allowed\n");
    child = fork();
    if (child == 0)
        parent_in_namespace();
    waitpid(child, &status, 0);
    return status == 0 ? 0 : printf("the child ended with %d\n", status);
}

static int counters_go_on_in_a_child(void)
{
    int status = 0;
    pid_t child;

    client = spotify_client_new(NULL);
    for (int i = 0; i < 10; i++)
        ask(NULL);
    child = fork();
    if (child == 0) {
        int inherited = spotify_client_stat(client, SPOTIFY_STAT_HITS) == 9;
        for (int i = 0; i < 5; i++)
            ask(NULL);
        _exit(!(inherited && spotify_client_stat(client, SPOTIFY_STAT_HITS) == 14));
    }
    waitpid(child, &status, 0);
    if (spotify_client_stat(client, SPOTIFY_STAT_HITS) != 9)
        return printf("the parent counts what the child does\n");
    spotify_client_free(client);
    return status == 0 ? 0 : printf("the child ended with %d\n", status);
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } cases[] = {
        {"logger", logger_is_quiet_after_free}, {"in-logger", logger_may_free},
        {"cancel", cancelled_threads_do_no_harm}, {"first", fork_in_the_first_call},
        {"namespace", fork_into_a_namespace},  {"stats", counters_go_on_in_a_child},
    };
    for (size_t i = 0; count == 2 && i < sizeof cases / sizeof *cases; i++)
        if (strcmp(arguments[1], cases[i].name) == 0)
            return cases[i].run() != 0;
    return 2;
}
