// What the objects of spotify_token.hpp promise: views, moves, text, times. The argument is the URL of a server whose tokens
// live for longer than system_clock can express.
#include <spotify_token.hpp>

#include "check.hpp"

#include <type_traits>
#include <utility>

using namespace std::chrono_literals;

template <class T, class = void> struct gives_a_view : std::false_type {};
template <class T>
struct gives_a_view<T, std::void_t<decltype(std::declval<T>().access_token()), decltype(std::declval<T>().authorization())>>
    : std::true_type {};

static_assert(gives_a_view<const spotify::token &>::value, "a token that lives gives views");
static_assert(!gives_a_view<spotify::token>::value, "a temporary token does not");

template <class T>
constexpr bool only_moves = !std::is_copy_constructible<T>::value && !std::is_copy_assignable<T>::value &&
                            std::is_nothrow_move_constructible<T>::value && std::is_nothrow_move_assignable<T>::value;
static_assert(only_moves<spotify::token> && only_moves<spotify::client> && only_moves<spotify::config>,
              "objects move and are not copied");

template <class T> static std::int32_t code(const spotify::result<T> &result)
{
    return result ? SPOTIFY_OK : result.error().code();
}

static void tokens(const char *long_lived_url)
{
    spotify::client client;
    auto got = client.try_token();
    if (!got) {
        check(false, got.error().what());
        return;
    }
    const auto left = got->expires_at() - std::chrono::system_clock::now();
    check(left > 3000s && left < 4000s, "the token expires in an hour");
    check(got->authorization().substr(0, 7) == "Bearer ", "the header's value");
    check(client.try_cached().has_value(), "the token is cached");

    spotify::token token = *std::move(got);
    spotify::token other = std::move(token);
    client.invalidate(token); // holds no token, so it rejects none
    check(client.try_cached().has_value(), "a token that was moved from rejects none");
    token = std::move(other);
    check(other.access_token().empty() && !token.access_token().empty(), "what was moved from is empty, after = too");
    client.invalidate(token);
    check(code(client.try_cached()) == SPOTIFY_ERROR_NOT_CACHED, "a rejected token is dropped");

    spotify::config config;
    check(config.try_set("token_url", long_lived_url).has_value(), "the URL is set");
    auto lasting = spotify::client(config).try_token();
    check(lasting && lasting->expires_in() > 9'000'000'000s, "a token for 290 years");
    check(lasting && lasting->expires_at() == std::chrono::system_clock::time_point::max(), "its end saturates");
}

static void moves()
{
    spotify::config gone;
    spotify::config config(std::move(gone));
    check(code(gone.try_set("timeout_ms", "1")) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a config that was moved from");
    check(code(gone.try_set_logger(nullptr)) == SPOTIFY_ERROR_INVALID_ARGUMENT, "and its logger");
    check(code(spotify::client(gone).try_token()) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a client made from it");
    check(code(spotify::client(gone).try_cached()) == SPOTIFY_ERROR_INVALID_ARGUMENT, "its cache");

    spotify::client client(config);
    spotify::client owner(std::move(client));
    check(code(client.try_token()) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a client that was moved from");
    client.invalidate();
    client.cancel();
    check(client.stat(SPOTIFY_STAT_REQUESTS) == 0 && client.c_handle() == nullptr, "it holds nothing");
    check(owner.try_token().has_value(), "the client that it was moved to");

    spotify::client assigned;
    assigned = std::move(owner);
    check(code(owner.try_token()) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a client that was assigned from");
    check(assigned.try_cached().has_value(), "the client that it was assigned to");
    gone = std::move(config);
    check(gone.try_set("timeout_ms", "30000").has_value(), "a config that was assigned to");
    check(code(config.try_set("timeout_ms", "1")) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a config that was assigned from");
}

static void text_and_times()
{
    using namespace std::string_literals;
    spotify::config config;
    check(code(config.try_set("timeout_ms"s, "50\0 00"s)) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a NUL in a value");
    check(code(config.try_set("timeout_ms\0x"s, "5000"s)) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a NUL in a name");
    check(code(spotify::try_fetch("id\0more"s, "secret"s)) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a NUL in an id");
    check(code(spotify::try_fetch("id"s, "secret\0more"s)) == SPOTIFY_ERROR_INVALID_ARGUMENT, "a NUL in a secret");
    check(config.try_set("timeout_ms", 5s).has_value(), "seconds for an option in milliseconds");
    check(config.try_set("refresh_before_s", 2min).has_value(), "minutes for an option in seconds");
    check(code(config.try_set("refresh_before_s", 1500ms)) == SPOTIFY_ERROR_INVALID_ARGUMENT, "half a second of it");
    const auto refused = config.try_set("timeout_ms", "soon");
    check(code(refused) == SPOTIFY_ERROR_INVALID_ARGUMENT && refused.error().name() == "SPOTIFY_ERROR_INVALID_ARGUMENT" &&
              std::string_view(refused.error().what()).find("timeout_ms") != std::string_view::npos,
          "a bad value says which option");
}

#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
template <class Call> static std::int32_t thrown(Call call)
{
    try {
        call();
    } catch (const spotify::error &error) {
        return error.code();
    }
    return SPOTIFY_OK;
}

static void exceptions()
{
    spotify::config config;
    config.set("timeout_ms", 5s).set("max_retries", "0").set_logger(nullptr);
    check(thrown([&] { config.set("timeout_ms", "soon"); }) == SPOTIFY_ERROR_INVALID_ARGUMENT, "set() throws");
    const spotify::client client(config);
    check(thrown([&] { static_cast<void>(client.cached()); }) == SPOTIFY_ERROR_NOT_CACHED, "cached() throws");
    const spotify::token token = client.token(), cached = client.cached(), fetched = spotify::fetch();
    check(token.access_token() == cached.access_token() && token.access_token() != fetched.access_token(), "what they return");
    check(thrown([] { static_cast<void>(spotify::fetch("", "")); }) == SPOTIFY_ERROR_MALFORMED_CREDENTIALS, "fetch() throws");
}
#endif

int main(int, char **arguments)
{
    tokens(arguments[1]);
    moves();
    text_and_times();
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    exceptions();
#endif
    return failed_checks;
}
