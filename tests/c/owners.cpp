// What spotify_token.hpp promises: no view of a token that is going away, loggers that may throw, owners that move.
#include <spotify_token.hpp>

#include <stdexcept>
#include <type_traits>
#include <utility>

template <class T, class = void> struct gives_a_view : std::false_type {};
template <class T>
struct gives_a_view<T, std::void_t<decltype(std::declval<T>().access_token()), decltype(std::declval<T>().authorization())>>
    : std::true_type {};

static_assert(gives_a_view<const spotify::token &>::value, "a token that lives gives views");
static_assert(!gives_a_view<spotify::token>::value, "a token that is going away does not");
static_assert(!std::is_copy_constructible<spotify::token>::value && !std::is_copy_constructible<spotify::client>::value &&
                  !std::is_copy_constructible<spotify::config>::value,
              "owners move and are not copied");

static int check(bool holds, int number) { return holds ? 0 : number; }

int main()
{
    int messages = 0;
    spotify::config config;
    config.set_logger([&messages](std::int32_t, std::string_view) {
        ++messages;
#if defined(SPOTIFY_TOKEN_HAS_EXCEPTIONS)
        throw std::runtime_error("thrown by the logger");
#endif
    });
    spotify::client client(config);
    const auto token = client.try_get();
    if (!token)
        return 1;
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(token->expires_at() - std::chrono::system_clock::now());
    int wrong = check(messages > 0, 2) | check(left > std::chrono::seconds(3000), 4) |
                check(token->authorization().substr(0, 7) == "Bearer ", 8);

    const spotify::client owner(std::move(client));
    wrong |= check(client.try_get().error().code() == SPOTIFY_ERROR_INVALID_ARGUMENT, 16);
    wrong |= check(owner.try_cached().has_value(), 32);
    return wrong;
}
