/* Logs a user in while the process is in trouble. Its argument says which:
 *   fork    children that were forked while a thread waits for the browser: one uses the login in every way, one stays
 *   files   hardly any descriptor is free
 * Prints the address of the login, then the error code of the wait. What it finds wrong is said on stderr.
 */
#include <spotify_token.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, FREE_DESCRIPTORS = 12 };

static spotify_login *login;

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void *wait_for_browser(void *unused)
{
    spotify_token token;
    (void)unused;
    printf("%d\n", (int)spotify_login_wait_into(login, PATIENCE_MS, &token));
    if (token.error_message != NULL)
        fprintf(stderr, "%s\n", token.error_message);
    spotify_token_clear(&token);
    return NULL;
}

/* Every call fails, none hangs, and none is felt in the parent. */
static int is_refused_in_child(void)
{
    spotify_token token;
    int waited = spotify_login_wait_into(login, -1, &token);
    spotify_token_clear(&token);
    int finished = spotify_login_finish_into(login, "AQcode", &token);
    spotify_token_clear(&token);
    spotify_login_cancel(login);
    spotify_login_free(login);
    return waited == SPOTIFY_ERROR_INVALID_ARGUMENT && finished == SPOTIFY_ERROR_INVALID_ARGUMENT;
}

static pid_t forked(int stays)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_MS / 1000);
        if (stays) {
            /* Nobody waits for its output. */
            close(1);
            close(2);
            pause();
        }
        _exit(is_refused_in_child() ? 0 : 1);
    }
    return child;
}

static void limit_descriptors(void)
{
    int next = open("/dev/null", O_RDONLY);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = (rlim_t)(next + FREE_DESCRIPTORS);
    close(next);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        fail("setrlimit");
}

int main(int count, char **arguments)
{
    const char *trouble = count > 1 ? arguments[1] : "";
    pthread_t waiting;
    pid_t staying = 0;

    login = spotify_login_new(NULL);
    if (spotify_login_url(login) == NULL)
        fail(spotify_login_error(login));
    if (strcmp(trouble, "files") == 0)
        limit_descriptors();
    pthread_create(&waiting, NULL, wait_for_browser, NULL);
    if (strcmp(trouble, "fork") == 0) {
        const struct timespec moment = {0, 50 * 1000 * 1000};
        int status = 0;
        nanosleep(&moment, NULL);
        staying = forked(1);
        pid_t child = forked(0);
        if (waitpid(child, &status, 0) != child || status != 0)
            fail("the child hung, or its calls did not fail as they should");
    }
    printf("%s\n", spotify_login_url(login));
    fflush(stdout);
    pthread_join(waiting, NULL);
    fflush(stdout);
    if (staying != 0) {
        /* The test looks who listens, then closes stdin. */
        (void)getchar();
        kill(staying, SIGKILL);
        waitpid(staying, NULL, 0);
    }
    spotify_login_free(login);
    return 0;
}
