#include <spotify_token.h>

#include "_cgo_export.h"

/* cgo has no const. A function is a number for C, and Go must not take it for a pointer. */
static void log_to_go(void *user_data, int32_t level, const char *message)
{
    goSpotifyLog((uintptr_t)user_data, level, (char *)message);
}

static void refresh_token_to_go(void *user_data, const char *refresh_token)
{
    goSpotifyRefreshToken((uintptr_t)user_data, (char *)refresh_token);
}

void set_logger(spotify_config *config, uintptr_t logger)
{
    spotify_config_set_logger(config, log_to_go, (void *)logger);
}

void set_refresh_token_fn(spotify_config *config, uintptr_t keeper)
{
    spotify_config_set_refresh_token_fn(config, refresh_token_to_go, (void *)keeper);
}
