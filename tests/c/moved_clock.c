/*
 * A clock that a test moves, for a program that is started with this library in LD_PRELOAD. The file that MOVED_CLOCK names has, in
 * nanoseconds, by how much each clock is ahead of the system's. A machine that was suspended has moved the first two.
 *
 * If `step` is not 0, time passes by itself, in such steps at most, whenever the program has nothing to do: its first thread waits for
 * a time, and no other thread runs or waits for the network. Such a wait then takes next to no time.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
/* How long to look for something to do, before each step. */
#define LOOK (SECOND / 20000)
/* The threads of a program that has nothing to do. */
#define THREADS 2

struct ahead {
    int64_t wall, boot, monotonic, step;
};

static volatile struct ahead *ahead;

/* The system call itself: the function `syscall` is this library's. */
static long raw(long number, long a, long b, long c, long d, long e, long f)
{
    static long (*original)(long, ...);
    if (original == NULL)
        original = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return original(number, a, b, c, d, e, f);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("MOVED_CLOCK");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *mapped = mmap(NULL, sizeof(struct ahead), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
        abort();
    close(file);
    ahead = mapped;
}

static int64_t nanoseconds(const struct timespec *time)
{
    return time->tv_sec * SECOND + time->tv_nsec;
}

static struct timespec timespec(int64_t nanoseconds)
{
    return (struct timespec){.tv_sec = nanoseconds / SECOND, .tv_nsec = nanoseconds % SECOND};
}

static int64_t system_clock(clockid_t clock)
{
    struct timespec now = {0, 0};
    raw(SYS_clock_gettime, clock, (long)&now, 0, 0, 0, 0);
    return nanoseconds(&now);
}

static int64_t ahead_of(clockid_t clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return ahead->wall;
    case CLOCK_BOOTTIME:
        return ahead->boot;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
        return ahead->monotonic;
    default:
        return 0;
    }
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (ahead == NULL)
        return (int)raw(SYS_clock_gettime, clock, (long)now, 0, 0, 0, 0);
    *now = timespec(system_clock(clock) + ahead_of(clock));
    return 0;
}

/* Whether this thread sleeps. One that was woken does not, although it may not have run yet. */
static int sleeps(const char *thread)
{
    char path[300], status[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/stat", thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, status, sizeof status - 1);
    close(file);
    const char *name_end = length > 0 ? strrchr(status, ')') : NULL;
    return name_end != NULL && name_end[2] == 'S';
}

static int has_nothing_to_do(void)
{
    DIR *threads = opendir("/proc/self/task");
    int count = 0, sleeping = 1;
    for (struct dirent *thread; (thread = readdir(threads)) != NULL;) {
        if (thread->d_name[0] == '.')
            continue;
        count++;
        if (atoi(thread->d_name) != getpid())
            sleeping = sleeping && sleeps(thread->d_name);
    }
    closedir(threads);
    return count == THREADS && sleeping;
}

static void pass(int64_t time)
{
    ahead->monotonic += time;
    ahead->boot += time;
    ahead->wall += time;
}

/* Waits until the moved clock says `end`. */
static long wait_until(long number, long word, long operation, long value, int64_t end, long e, long f)
{
    for (;;) {
        int64_t now = system_clock(CLOCK_MONOTONIC), left = end - now - ahead->monotonic;
        if (left <= 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        struct timespec until = timespec(now + (ahead->step ? LOOK : left));
        long result = raw(number, word, operation, value, (long)&until, e, f);
        if (result == 0 || errno != ETIMEDOUT || !ahead->step)
            return result;
        if (has_nothing_to_do())
            pass(left < ahead->step ? left : ahead->step);
    }
}

long syscall(long number, ...)
{
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
    long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    if (number != SYS_futex || (b & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET || d == 0 || ahead == NULL)
        return raw(number, a, b, c, d, e, f);
    int64_t end = nanoseconds((const struct timespec *)d);
    if (getpid() == gettid())
        return wait_until(number, a, b, c, end, e, f);
    struct timespec until = timespec(end - ahead->monotonic);
    return raw(number, a, b, c, (long)&until, e, f);
}
