/* What is left of a secret in this process after everything was cleared and freed. The credentials come in masked, so that
 * this program holds them in clear only while a call borrows them; what it looks for is compared masked, too.
 *
 *   memory WAY ID SECRET BASIC, each masked with 0x5a and in hexadecimal digits
 *
 * WAY is how the library gets the credentials: "options", "arguments", or "found" for wherever it looks by itself; or
 * "idle", which is "options" with a second thread that has asked for the token too and is still there. Options come from the
 * environment. Prints the error code, then a line for each find: what, and in which kind of memory; log
 * messages of every level go to stderr.
 */
#define _GNU_SOURCE
#include <spotify_token.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MASK = 0x5a, LONGEST = 512, PIECE = 1 << 16 };

/* The end of a text is looked for: an allocator writes over the beginning of what was freed. */
struct needle {
    const char *name;
    unsigned char masked[LONGEST];
    size_t length;
    size_t tail;
};

static struct needle id = {"id", {0}, 0, 0}, secret = {"secret", {0}, 0, 0}, basic = {"basic", {0}, 0, 0},
                     token = {"token", {0}, 0, 0};
static unsigned char piece[PIECE];

static void wipe(void *memory, size_t length)
{
    volatile unsigned char *bytes = memory;
    while (length-- > 0)
        *bytes++ = 0;
}

static void learn(struct needle *needle, const char *hexadecimal)
{
    unsigned int byte;
    for (; sscanf(hexadecimal, "%2x", &byte) == 1; hexadecimal += 2)
        needle->masked[needle->length++] = (unsigned char)byte;
    needle->tail = needle->length / 2;
}

static void unmask(const struct needle *needle, char *text)
{
    for (size_t i = 0; i < needle->length; i++)
        text[i] = (char)(needle->masked[i] ^ MASK);
    text[needle->length] = '\0';
}

static int is_at(const struct needle *needle, const unsigned char *bytes)
{
    size_t from = needle->length - needle->tail;
    for (size_t i = 0; i < needle->tail; i++)
        if ((bytes[i] ^ MASK) != needle->masked[from + i])
            return 0;
    return needle->tail > 0;
}

static void search(int memory, unsigned long from, unsigned long to, const char *where)
{
    const struct needle *needles[] = {&id, &secret, &basic, &token};
    unsigned long own = (unsigned long)piece;

    for (unsigned long at = from; at < to; at += PIECE - LONGEST) {
        size_t wanted = to - at < PIECE ? to - at : PIECE;
        ssize_t got = pread(memory, piece, wanted, (off_t)at);
        for (ssize_t i = 0; i < got; i++) {
            if (at + (unsigned long)i >= own && at + (unsigned long)i < own + PIECE)
                continue;
            if (i >= PIECE - LONGEST && wanted == PIECE)
                break; /* the next piece has it */
            for (size_t n = 0; n < sizeof needles / sizeof *needles; n++)
                if (i + (ssize_t)needles[n]->tail <= got && is_at(needles[n], piece + i))
                    printf("%s in %s\n", needles[n]->name, where);
        }
        wipe(piece, sizeof piece);
    }
}

static void search_everywhere(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    char line[1024];

    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        char permissions[8];
        int name = 0;
        if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &from, &to, permissions, &name) != 3 || permissions[1] != 'w')
            continue;
        line[strcspn(line, "\n")] = '\0';
        search(memory, from, to, line[name] == '\0' ? "anonymous memory" : line + name);
    }
    close(memory);
    fclose(maps);
}

/* A request's thread ends a moment after its answer was given. */
static void wait_for_threads(int others)
{
    const struct timespec moment = {0, 1000000};
    for (int i = 0; i < 10000; i++) {
        DIR *tasks = opendir("/proc/self/task");
        int count = 0;
        while (readdir(tasks) != NULL)
            count++;
        closedir(tasks);
        if (count == 3 + others) /* ".", ".." and this one */
            return;
        nanosleep(&moment, NULL);
    }
    printf("threads in /proc/self/task\n");
}

static void remember(const spotify_token *result)
{
    if (result->error_code != SPOTIFY_OK)
        return;
    token.length = strlen(result->access_token);
    if (token.length > LONGEST)
        token.length = LONGEST;
    for (size_t i = 0; i < token.length; i++)
        token.masked[i] = (unsigned char)(result->access_token[i] ^ MASK);
    token.tail = token.length / 2;
}

static void log_line(void *user_data, int32_t level, const char *message)
{
    (void)user_data;
    fprintf(stderr, "%d %s\n", (int)level, message);
}

struct idler {
    spotify_client *client;
    pthread_barrier_t asked, searched;
};

static void *ask_and_idle(void *argument)
{
    struct idler *idler = argument;
    for (int i = 0; i < 3; i++) {
        spotify_token result = spotify_client_token(idler->client);
        spotify_token_clear(&result);
    }
    pthread_barrier_wait(&idler->asked);
    pthread_barrier_wait(&idler->searched);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct idler idler;
    pthread_t thread;
    int with_idler = argc == 5 && strcmp(argv[1], "idle") == 0;

    char *id_text = malloc(LONGEST + 1), *secret_text = malloc(LONGEST + 1);
    spotify_token result;

    if (argc != 5)
        return 2;
    setvbuf(stdout, NULL, _IONBF, 0);
    learn(&id, argv[2]);
    learn(&secret, argv[3]);
    learn(&basic, argv[4]);
    if (strcmp(argv[1], "found") != 0) {
        unmask(&id, id_text);
        unmask(&secret, secret_text);
    }
    if (strcmp(argv[1], "arguments") == 0) {
        result = spotify_fetch_token(id_text, secret_text);
        remember(&result);
        printf("code %d\n", (int)result.error_code);
        spotify_token_clear(&result);
    } else {
        spotify_config *config = spotify_config_new();
        spotify_client *client;
        if (strcmp(argv[1], "found") != 0 && (spotify_config_set(config, "client_id", id_text) != SPOTIFY_OK ||
                                                spotify_config_set(config, "client_secret", secret_text) != SPOTIFY_OK))
            return 3;
        spotify_config_set_logger(config, log_line, NULL);
        client = spotify_client_new(config);
        spotify_config_free(config);
        result = spotify_client_token(client);
        remember(&result);
        printf("code %d\n", (int)result.error_code);
        spotify_token_clear(&result);
        if (with_idler) {
            idler.client = client;
            pthread_barrier_init(&idler.asked, NULL, 2);
            pthread_barrier_init(&idler.searched, NULL, 2);
            pthread_create(&thread, NULL, ask_and_idle, &idler);
            pthread_barrier_wait(&idler.asked);
        }
        spotify_client_free(client);
    }
    wipe(id_text, LONGEST + 1);
    wipe(secret_text, LONGEST + 1);
    free(id_text);
    free(secret_text);
    wait_for_threads(with_idler);
    search_everywhere();
    if (with_idler) {
        pthread_barrier_wait(&idler.searched);
        pthread_join(thread, NULL);
    }
    return 0;
}
