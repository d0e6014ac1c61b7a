/* Windows: two copies of the DLL in one process, one.dll and two.dll. Both get the same token, by the cache that they share; and
 * neither goes away when it is unloaded, because its threads may still run. Prints only what failed.
 */
#include <spotify_token.h>

#include <stdio.h>
#include <string.h>
#include <windows.h>

static int failures;

static void check(int holds, const char *what, const char *library)
{
    if (!holds) {
        printf("%s: %s\n", library, what);
        failures++;
    }
}

/* A function of a DLL, by way of memcpy because ISO C does not convert pointers to functions. */
#define LOAD(module, name)                                        \
    do {                                                          \
        FARPROC found = GetProcAddress(module, "spotify_" #name); \
        memcpy(&name, &found, sizeof name);                       \
    } while (0)

/* Copies the token of a client of this DLL. */
static void token_of(const char *library, char *copy, size_t capacity)
{
    HMODULE module = LoadLibraryA(library);
    spotify_client *(*client_new)(const spotify_config *);
    spotify_token (*client_token)(spotify_client *);
    void (*token_clear)(spotify_token *);
    void (*client_free)(spotify_client *);
    spotify_client *client;
    spotify_token token;

    check(module != NULL, "cannot be loaded", library);
    if (module == NULL)
        return;
    LOAD(module, client_new);
    LOAD(module, client_token);
    LOAD(module, token_clear);
    LOAD(module, client_free);
    client = client_new(NULL);
    token = client_token(client);
    check(token.error_code == SPOTIFY_OK, token.error_message != NULL ? token.error_message : "no token", library);
    if (token.access_token != NULL)
        snprintf(copy, capacity, "%s", token.access_token);
    token_clear(&token);
    client_free(client);
    FreeLibrary(module);
    check(GetModuleHandleA(library) == module, "is gone", library);
}

int main(void)
{
    char one[1024] = "", two[1024] = "";
    token_of("one.dll", one, sizeof one);
    token_of("two.dll", two, sizeof two);
    check(one[0] != '\0' && strcmp(one, two) == 0, "has another token", "two.dll");
    return failures != 0;
}
