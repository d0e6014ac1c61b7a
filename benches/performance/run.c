/* Runs a command, its output thrown away, and prints what it cost: wall time and CPU time in microseconds, peak memory in
 * KiB. So small because a process's peak counts that of whoever started it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double microseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

int main(int count, char **arguments)
{
    posix_spawn_file_actions_t actions;
    struct timespec start, end;
    struct rusage used;
    pid_t child;
    int status;

    if (count < 2)
        return 64;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);

    clock_gettime(CLOCK_MONOTONIC, &start);
    if (posix_spawnp(&child, arguments[1], &actions, NULL, arguments + 1, environ) != 0)
        return 127;
    if (wait4(child, &status, 0, &used) != child || !WIFEXITED(status))
        return 70;
    clock_gettime(CLOCK_MONOTONIC, &end);

    printf("%.1f\t%.1f\t%ld\n",
           (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3,
           microseconds(used.ru_utime) + microseconds(used.ru_stime), used.ru_maxrss);
    return WEXITSTATUS(status);
}
