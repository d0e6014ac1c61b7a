/* Two copies of the library in one process, as when two plugins bring one each. The arguments are their files. Each gets a
 * token, before a fork and in the child; then the first is closed, and the second goes on. Prints nothing when all is well.
 */
#include <spotify_token.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct copy {
    void *file;
    spotify_client *(*client_new)(const spotify_config *);
    int32_t (*token_into)(spotify_client *, spotify_token *);
    void (*clear)(spotify_token *);
    void (*client_free)(spotify_client *);
    spotify_client *client;
};

/* POSIX gives functions as void pointers, C does not convert those. */
static void find(void *file, const char *name, void *function)
{
    void *found = dlsym(file, name);
    memcpy(function, &found, sizeof found);
}

static int open_copy(struct copy *copy, const char *path)
{
    copy->file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (copy->file == NULL) {
        puts(dlerror());
        return 0;
    }
    find(copy->file, "spotify_client_new", &copy->client_new);
    find(copy->file, "spotify_client_token_into", &copy->token_into);
    find(copy->file, "spotify_token_clear", &copy->clear);
    find(copy->file, "spotify_client_free", &copy->client_free);
    copy->client = copy->client_new(NULL);
    return 1;
}

static int gets_token(struct copy *copy)
{
    spotify_token token;
    int32_t code = copy->token_into(copy->client, &token);
    if (code != SPOTIFY_OK)
        puts(token.error_message);
    copy->clear(&token);
    return code == SPOTIFY_OK;
}

int main(int count, char **paths)
{
    struct copy first, second;
    int status, good;
    pid_t child;

    if (count != 3 || !open_copy(&first, paths[1]) || !open_copy(&second, paths[2]))
        return 1;
    if (first.client_new == second.client_new) {
        puts("both files are one library");
        return 1;
    }
    good = gets_token(&first) && gets_token(&second);
    fflush(stdout);
    child = fork();
    if (child == 0)
        _exit(!(gets_token(&first) && gets_token(&second)));
    waitpid(child, &status, 0);
    first.client_free(first.client);
    dlclose(first.file);
    good = gets_token(&second) && good;
    second.client_free(second.client);
    dlclose(second.file);
    return !(good && status == 0);
}
