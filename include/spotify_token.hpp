/// spotify-token for C++17 and later: the C API of spotify_token.h with owners that release by themselves. Header-only.
///
///     spotify::client client;                           // once per app; keep it
///     spotify::token token = client.get();              // for every request to the Web API; throws spotify::error
///     use(token.authorization());                       // "Bearer BQ..."
///
/// Without exceptions:
///
///     if (spotify::result<spotify::token> token = client.try_get())
///         use(token->authorization());
///     else
///         std::fputs(token.error().message().c_str(), stderr);
///
/// A `client` may be used from any number of threads at once and in a child of fork(); a `config` and a `token` are for one
/// at a time. All three can be moved and not copied; one that was moved from can be destroyed and assigned to, and its
/// calls give SPOTIFY_ERROR_INVALID_ARGUMENT or nothing. Views that an object gives are valid while it lives.
///
/// Compiles with -fno-exceptions (then without get() and spotify::error) and with -fno-rtti.

#ifndef SPOTIFY_TOKEN_HPP
#define SPOTIFY_TOKEN_HPP

#include "spotify_token.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#if defined(__has_include)
#if __has_include(<version>)
#include <version>
#endif
#endif

#if defined(__cpp_lib_expected)
#include <expected>
#else
#include <optional>
#endif

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define SPOTIFY_TOKEN_HAS_EXCEPTIONS 1
#include <stdexcept>
#endif

namespace spotify {

/// Why there is no token, or why an option was refused. A copy of what the library said: it depends on nothing.
class failure {
public:
    failure(std::int32_t code, std::string message, std::int32_t http_status = 0, std::string oauth_error = {},
            std::chrono::seconds retry_after = {})
        : code_(code), http_status_(http_status), message_(std::move(message)), oauth_error_(std::move(oauth_error)),
          retry_after_(retry_after)
    {
    }

    /// One of SPOTIFY_ERROR_*.
    std::int32_t code() const noexcept { return code_; }
    /// The constant's name: "SPOTIFY_ERROR_TLS".
    std::string_view name() const noexcept { return spotify_error_name(code_); }
    /// One line for a person: what went wrong, and what to do.
    const std::string &message() const & noexcept { return message_; }
    const std::string &message() const && = delete;
    /// HTTP status of the last answer; 0 when none arrived.
    std::int32_t http_status() const noexcept { return http_status_; }
    /// The server's error code, "invalid_client" for one; empty when it gave none.
    const std::string &oauth_error() const & noexcept { return oauth_error_; }
    const std::string &oauth_error() const && = delete;
    /// How long the server asks to stay away; zero when it did not say.
    std::chrono::seconds retry_after() const noexcept { return retry_after_; }

private:
    std::int32_t code_;
    std::int32_t http_status_;
    std::string message_;
    std::string oauth_error_;
    std::chrono::seconds retry_after_;
};

#if defined(SPOTIFY_TOKEN_HAS_EXCEPTIONS)
/// A failure, thrown. what() is the message.
class error : public std::runtime_error {
public:
    explicit error(failure why) : std::runtime_error(why.message()), why_(std::move(why)) {}

    /// Everything that is known of it.
    const failure &why() const noexcept { return why_; }
    /// One of SPOTIFY_ERROR_*.
    std::int32_t code() const noexcept { return why_.code(); }
    /// HTTP status of the last answer; 0 when none arrived.
    std::int32_t http_status() const noexcept { return why_.http_status(); }
    /// The server's error code; empty when it gave none.
    const std::string &oauth_error() const noexcept { return why_.oauth_error(); }
    /// How long the server asks to stay away; zero when it did not say.
    std::chrono::seconds retry_after() const noexcept { return why_.retry_after(); }

private:
    failure why_;
};
#endif

#if defined(__cpp_lib_expected)
/// A value, or why there is none.
template <class T> using result = std::expected<T, failure>;
#else
/// A value, or why there is none: the part of std::expected that is needed here, until the library has it.
template <class T> class result {
public:
    result(T value) : value_(std::move(value)) {}
    result(failure why) : why_(std::move(why)) {}

    explicit operator bool() const noexcept { return value_.has_value(); }
    bool has_value() const noexcept { return value_.has_value(); }
    T &operator*() & noexcept { return *value_; }
    const T &operator*() const & noexcept { return *value_; }
    T &&operator*() && noexcept { return std::move(*value_); }
    T *operator->() noexcept { return &*value_; }
    const T *operator->() const noexcept { return &*value_; }
    /// Only where there is no value.
    const failure &error() const noexcept { return *why_; }

private:
    std::optional<T> value_;
    std::optional<failure> why_;
};
#endif

/// A token. Owns its text, which is wiped when the last owner goes.
class token {
public:
    token(token &&other) noexcept : raw_(std::exchange(other.raw_, spotify_token{})) {}
    token &operator=(token &&other) noexcept
    {
        if (this != &other) {
            spotify_token_clear(&raw_);
            raw_ = std::exchange(other.raw_, spotify_token{});
        }
        return *this;
    }
    token(const token &) = delete;
    token &operator=(const token &) = delete;
    ~token() { spotify_token_clear(&raw_); }

    /// The access token.
    std::string_view access_token() const & noexcept { return view(raw_.access_token); }
    std::string_view access_token() const && = delete;
    /// "Bearer".
    std::string_view token_type() const & noexcept { return view(raw_.token_type); }
    std::string_view token_type() const && = delete;
    /// What it may be used for; empty when nothing was granted.
    std::string_view scope() const & noexcept { return view(raw_.scope); }
    std::string_view scope() const && = delete;
    /// The value of an Authorization header: "Bearer ...".
    std::string_view authorization() const & noexcept { return view(spotify_token_authorization(&raw_)); }
    std::string_view authorization() const && = delete;
    /// When the token ends.
    std::chrono::system_clock::time_point expires_at() const noexcept
    {
        return std::chrono::system_clock::time_point(std::chrono::seconds(raw_.expires_at));
    }
    /// What was left when this was made, rounded up.
    std::chrono::seconds expires_in() const noexcept { return std::chrono::seconds(raw_.expires_in); }
    /// HTTP status of the answer that brought it; 0 when it came from memory.
    std::int32_t http_status() const noexcept { return raw_.http_status; }

    /// Takes over what a function of the C API has filled: a token, or a failure.
    static result<token> adopt(spotify_token raw)
    {
        token owner(raw);
        if (raw.error_code == SPOTIFY_OK)
            return result<token>(std::move(owner));
        failure why(raw.error_code, std::string(view(raw.error_message)), raw.http_status,
                    std::string(view(spotify_token_oauth_error(&raw))),
                    std::chrono::seconds(spotify_token_retry_after(&raw)));
#if defined(__cpp_lib_expected)
        return std::unexpected(std::move(why));
#else
        return result<token>(std::move(why));
#endif
    }

private:
    explicit token(const spotify_token &raw) noexcept : raw_(raw) {}
    static std::string_view view(const char *text) noexcept { return text == nullptr ? std::string_view() : text; }

    spotify_token raw_;
};

namespace detail {

#if defined(SPOTIFY_TOKEN_HAS_EXCEPTIONS)
inline token value_or_throw(result<token> outcome)
{
    if (!outcome)
        throw error(outcome.error());
    return *std::move(outcome);
}
#endif

/// Hands a log message to the std::function behind `user_data`. What it throws stops here: behind it is C.
inline void log(void *user_data, std::int32_t level, const char *message) noexcept
{
    const auto &logger = *static_cast<const std::function<void(std::int32_t, std::string_view)> *>(user_data);
#if defined(SPOTIFY_TOKEN_HAS_EXCEPTIONS)
    try {
        logger(level, message);
    } catch (...) {
    }
#else
    logger(level, message);
#endif
}

} // namespace detail

/// Settings for a client, by name; spotify_token.h has the table.
class config {
public:
    config() : raw_(spotify_config_new()) {}
    config(config &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    config &operator=(config &&other) noexcept
    {
        std::swap(raw_, other.raw_);
        return *this;
    }
    config(const config &) = delete;
    config &operator=(const config &) = delete;
    ~config() { spotify_config_free(raw_); }

    /// Sets an option. SPOTIFY_OK, or SPOTIFY_ERROR_INVALID_ARGUMENT; then last_error() says what was expected.
    std::int32_t try_set(const std::string &name, const std::string &value) noexcept
    {
        return spotify_config_set(raw_, name.c_str(), value.c_str());
    }
    /// Why the last try_set() failed; empty when it did not.
    std::string last_error() const
    {
        const char *text = spotify_config_error(raw_);
        return text == nullptr ? std::string() : std::string(text);
    }
#if defined(SPOTIFY_TOKEN_HAS_EXCEPTIONS)
    /// Sets an option; throws spotify::error when it is refused.
    config &set(const std::string &name, const std::string &value)
    {
        if (std::int32_t code = try_set(name, value); code != SPOTIFY_OK)
            throw error(failure(code, last_error()));
        return *this;
    }
#endif
    /// Sends log messages to a function: level (1 error, 2 warning, 3 info, 4 debug) and one line of text, from any thread.
    /// What it throws is dropped. It is kept until the process ends: a request under way may outlive its client.
    void set_logger(std::function<void(std::int32_t level, std::string_view message)> function)
    {
        if (function)
            spotify_config_set_logger(raw_, detail::log, new decltype(function)(std::move(function)));
        else
            spotify_config_set_logger(raw_, nullptr, nullptr);
    }
    /// The same with a function of C's kind, which must not throw; see spotify_config_set_logger.
    void set_logger(spotify_log_fn function, void *user_data) noexcept
    {
        spotify_config_set_logger(raw_, function, user_data);
    }

    /// For the C API.
    const spotify_config *get() const noexcept { return raw_; }

private:
    spotify_config *raw_;
};

/// A long-lived source of tokens: cached, renewed ahead of their end, one request for any number of threads.
class client {
public:
    /// With the environment's settings.
    client() : raw_(spotify_client_new(nullptr)) {}
    /// With these, which are copied.
    explicit client(const config &settings) : raw_(spotify_client_new(settings.get())) {}
    client(client &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    client &operator=(client &&other) noexcept
    {
        std::swap(raw_, other.raw_);
        return *this;
    }
    client(const client &) = delete;
    client &operator=(const client &) = delete;
    ~client() { spotify_client_free(raw_); }

    /// A valid token, or why there is none. Blocks while it must ask the server.
    result<token> try_get() const { return token::adopt(spotify_client_token(raw_)); }
    /// The cached token, or SPOTIFY_ERROR_NOT_CACHED. Never blocks on the network.
    result<token> try_cached() const
    {
        spotify_token raw{};
        spotify_client_cached_into(raw_, &raw);
        return token::adopt(raw);
    }
#if defined(SPOTIFY_TOKEN_HAS_EXCEPTIONS)
    /// A valid token; throws spotify::error. Blocks while it must ask the server.
    token get() const { return detail::value_or_throw(try_get()); }
#endif
    /// Says that the Web API rejected this token.
    void invalidate(const token &rejected) const noexcept
    {
        // NULL would mean any token: one that was moved from rejects none.
        if (const char *text = rejected.access_token().data(); text != nullptr)
            spotify_client_invalidate(raw_, text);
    }
    /// Drops whichever token is cached, and any refusal that is remembered.
    void invalidate() const noexcept { spotify_client_invalidate(raw_, nullptr); }
    /// Ends the calls that block now.
    void cancel() const noexcept { spotify_client_cancel(raw_); }
    /// A counter, one of SPOTIFY_STAT_*.
    std::uint64_t stat(std::int32_t which) const noexcept { return spotify_client_stat(raw_, which); }

    /// For the C API.
    spotify_client *get_raw() const noexcept { return raw_; }

private:
    spotify_client *raw_;
};

/// One shot: asks the server with the environment's settings, and gives the answer.
inline result<token> try_fetch() { return token::adopt(spotify_fetch_token(nullptr, nullptr)); }
/// The same with this app's id and secret.
inline result<token> try_fetch(const std::string &client_id, const std::string &client_secret)
{
    return token::adopt(spotify_fetch_token(client_id.c_str(), client_secret.c_str()));
}
#if defined(SPOTIFY_TOKEN_HAS_EXCEPTIONS)
/// One shot; throws spotify::error.
inline token fetch() { return detail::value_or_throw(try_fetch()); }
/// The same with this app's id and secret.
inline token fetch(const std::string &client_id, const std::string &client_secret)
{
    return detail::value_or_throw(try_fetch(client_id, client_secret));
}
#endif

} // namespace spotify

#endif
