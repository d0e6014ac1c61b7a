/* A program that loads a plugin, uses it and unloads it, twice. The argument is the plugin's file. Prints nothing when the plugin
 * stays in memory, because threads of the library run in it.
 */
#include <spotify_token.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments)
{
    int round;

    if (count != 2)
        return 1;
    for (round = 0; round < 2; round++) {
        void *plugin = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        void *found;
        int32_t (*ask)(void);
        if (plugin == NULL) {
            puts(dlerror());
            return 1;
        }
        found = dlsym(plugin, "ask");
        memcpy(&ask, &found, sizeof ask);
        if (ask() != SPOTIFY_ERROR_TIMEOUT)
            puts("the server answered in time");
        dlclose(plugin);
        if (dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD) == NULL) {
            puts("the plugin was unloaded while a thread ran in it");
            return 1;
        }
    }
    return 0;
}
