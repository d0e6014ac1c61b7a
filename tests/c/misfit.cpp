// Runs with a library that does not fit the header: each call says so, and no function of that library is called but those that
// tell.
#include <spotify_token.hpp>

#include "check.hpp"

template <class T> static void says_so(const spotify::result<T> &result)
{
    check(!result && result.error().code() == SPOTIFY_ERROR_INTERNAL && result.error().name() == "SPOTIFY_ERROR_INTERNAL" &&
              std::string_view(result.error().what()).find("spotify-token 9.0.0") != std::string_view::npos,
          "the call says that the library does not fit");
}

int main()
{
    says_so(spotify::try_fetch());
    says_so(spotify::try_fetch("id", "secret"));
    spotify::config config;
    says_so(config.try_set("timeout_ms", "1"));
    says_so(config.try_set_logger([](std::int32_t, std::string_view) {}));
    for (const spotify::client &client : {spotify::client(), spotify::client(config)}) {
        says_so(client.try_token());
        says_so(client.try_cached());
        client.invalidate();
        client.cancel();
        check(client.stat(SPOTIFY_STAT_REQUESTS) == 0, "a counter");
    }
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    try {
        static_cast<void>(spotify::client().token());
        check(false, "token() throws");
    } catch (const spotify::error &error) {
        check(error.code() == SPOTIFY_ERROR_INTERNAL, "the code that it throws");
    }
#endif
    return failed_checks;
}
