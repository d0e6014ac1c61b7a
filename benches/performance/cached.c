/* What a cached token costs, beside what the machine can do at best and what people write by hand. Needs the stand-in:
 * SPOTIFY_TOKEN_URL, CLIENT_ID, CLIENT_SECRET. Argument: threads. Prints one line an operation: its name and the median
 * over rounds of nanoseconds per call and thread. The operations take turns in each round, so that the machine's moods
 * meet all of them.
 */
#define _GNU_SOURCE
#include <spotify_token.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 21, CALLS = 200000, MAX_THREADS = 64, LENGTH = 150 };

static spotify_client *client;
static _Atomic uint64_t shared_counter = 1;
static _Atomic uint64_t own_counters[MAX_THREADS][16];
static _Atomic uint64_t sequence;
static char source[LENGTH];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static char *kept;
static time_t kept_until;

static void token_and_clear(size_t thread)
{
    (void)thread;
    spotify_token token = spotify_client_token(client);
    spotify_token_clear(&token);
}

static void authorization(size_t thread)
{
    char buffer[256];
    (void)thread;
    spotify_client_authorization(client, buffer, sizeof buffer, NULL);
    __asm__ volatile("" : : "r"(buffer) : "memory");
}

static void atomic_load_only(size_t thread)
{
    (void)thread;
    uint64_t seen = atomic_load(&shared_counter);
    __asm__ volatile("" : : "r"(seen) : "memory");
}

static void copy_150_bytes(size_t thread)
{
    char buffer[256];
    (void)thread;
    memcpy(buffer, source, LENGTH);
    __asm__ volatile("" : : "r"(buffer) : "memory");
}

static void coarse_clock(size_t thread)
{
    struct timespec now;
    (void)thread;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    __asm__ volatile("" : : "r"(&now) : "memory");
}

static void own_count_up_and_down(size_t thread)
{
    atomic_fetch_add(&own_counters[thread][0], 1);
    atomic_fetch_sub(&own_counters[thread][0], 1);
}

static void shared_count_up_and_down(size_t thread)
{
    (void)thread;
    atomic_fetch_add(&shared_counter, 1);
    atomic_fetch_sub(&shared_counter, 1);
}

/* By hand: a lock, an expiry check, a copy that the caller frees. */
static void copy_kept(void)
{
    char *copy = time(NULL) < kept_until ? strdup(kept) : NULL;
    __asm__ volatile("" : : "r"(copy) : "memory");
    free(copy);
}

static void mutex_and_strdup(size_t thread)
{
    (void)thread;
    pthread_mutex_lock(&mutex);
    copy_kept();
    pthread_mutex_unlock(&mutex);
}

static void rwlock_and_strdup(size_t thread)
{
    (void)thread;
    pthread_rwlock_rdlock(&rwlock);
    copy_kept();
    pthread_rwlock_unlock(&rwlock);
}

/* A sequence lock (no writer comes here), and an expiry check: what a reader pays at least who copies a text. */
static void copy_under_sequence_lock(size_t thread)
{
    char buffer[256];
    struct timespec now;
    uint64_t before, after;
    (void)thread;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    do {
        before = atomic_load_explicit(&sequence, memory_order_acquire);
        if (now.tv_sec < kept_until)
            memcpy(buffer, source, LENGTH);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&sequence, memory_order_relaxed);
    } while (before != after || before % 2 != 0);
    __asm__ volatile("" : : "r"(buffer) : "memory");
}

static const struct operation {
    const char *name;
    void (*run)(size_t thread);
} operations[] = {
    {"token+clear", token_and_clear},
    {"authorization", authorization},
    {"atomic load", atomic_load_only},
    {"memcpy 150", copy_150_bytes},
    {"coarse clock", coarse_clock},
    {"own count up+down", own_count_up_and_down},
    {"shared count up+down", shared_count_up_and_down},
    {"sequence lock", copy_under_sequence_lock},
    {"mutex+strdup", mutex_and_strdup},
    {"rwlock+strdup", rwlock_and_strdup},
};
enum { OPERATIONS = sizeof operations / sizeof operations[0] };

static pthread_barrier_t barrier;
static const struct operation *current;
static double thread_ns[MAX_THREADS];

static void *work(void *argument)
{
    size_t thread = (size_t)argument;
    struct timespec start, end;

    pthread_barrier_wait(&barrier);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < CALLS; i++)
        current->run(thread);
    clock_gettime(CLOCK_MONOTONIC, &end);
    thread_ns[thread] = ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) / CALLS;
    return NULL;
}

static double round_of(const struct operation *operation, size_t threads)
{
    pthread_t running[MAX_THREADS];
    double sum = 0;

    current = operation;
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (size_t i = 0; i < threads; i++)
        pthread_create(&running[i], NULL, work, (void *)i);
    for (size_t i = 0; i < threads; i++) {
        pthread_join(running[i], NULL);
        sum += thread_ns[i];
    }
    pthread_barrier_destroy(&barrier);
    return sum / (double)threads;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

int main(int count, char **arguments)
{
    size_t threads = count > 1 ? strtoul(arguments[1], NULL, 10) : 1;
    static double rounds[OPERATIONS][ROUNDS];

    client = spotify_client_new(NULL);
    spotify_token token = spotify_client_token(client);
    if (token.error_code != SPOTIFY_OK || threads < 1 || threads > MAX_THREADS) {
        fprintf(stderr, "%s\n", token.error_code ? token.error_message : "threads: 1 to 64");
        return 1;
    }
    kept = strdup(spotify_token_authorization(&token));
    kept_until = (time_t)token.expires_at;
    spotify_token_clear(&token);

    for (size_t i = 0; i < ROUNDS; i++)
        for (size_t j = 0; j < OPERATIONS; j++)
            rounds[j][i] = round_of(&operations[j], threads);
    for (size_t j = 0; j < OPERATIONS; j++) {
        qsort(rounds[j], ROUNDS, sizeof rounds[j][0], by_size);
        printf("%s\t%.1f\n", operations[j].name, rounds[j][ROUNDS / 2]);
    }
    free(kept);
    spotify_client_free(client);
    return 0;
}
