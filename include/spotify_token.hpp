/// spotify-token for C++17 and later: spotify_token.h with objects that release what they own. Header-only.
///
///     spotify::client client;                           // once per app; keep it
///     spotify::token token = client.token();            // for every request to the Web API; throws spotify::error
///     use(token.authorization());                       // "Bearer BQ..."
///
/// Without exceptions:
///
///     if (spotify::result<spotify::token> token = client.try_token())
///         use(token->authorization());
///     else
///         std::fprintf(stderr, "%s\n", token.error().what());
///
/// A token that speaks for a user, who logs in once:
///
///     spotify::config settings;
///     settings.set("grant", "user").set("scope", "playlist-read-private");
///     spotify::login login(settings);
///     std::cout << "Open " << login.url() << '\n';
///     login.wait();                                     // the login is stored; spotify::client(settings) uses it
///
/// Each function that can fail comes twice: try_NAME() returns a spotify::result, NAME() throws spotify::error.
///
/// Threads: any number of threads may use a `client` at once, and a child of fork() may use it too. So may threads of one process
/// use a `login`. A `config` and a `token` are for one thread at a time.
///
/// Ownership: all four can be moved and cannot be copied. An object that was moved from can be destroyed and assigned to;
/// its calls fail with SPOTIFY_ERROR_INVALID_ARGUMENT, or do nothing where they have no result. A view that an object returns
/// is valid while the object lives.
///
/// Compiles with -fno-exceptions (without the functions that throw) and with -fno-rtti. The layout is the same in every
/// standard and with these flags, so one program may mix them.

#ifndef SPOTIFY_TOKEN_HPP
#define SPOTIFY_TOKEN_HPP

#include "spotify_token.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define SPOTIFY_TOKEN_HAS_EXCEPTIONS 1
#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif
#else
#define SPOTIFY_TOKEN_HAS_EXCEPTIONS 0
#endif

namespace spotify {

namespace detail {

/// The ABI that this header was written for.
constexpr std::int32_t abi_version = 0;

/// Checks that the library in this process is one that this header describes. No other function may be called if not.
inline bool library_fits() noexcept
{
    return spotify_abi_version() == abi_version && spotify_token_size() == sizeof(spotify_token);
}

inline std::string_view view(const char *text) noexcept { return text == nullptr ? std::string_view() : text; }

} // namespace detail

/// Why a call failed. what() says what went wrong and what to do, in one line.
class error : public std::runtime_error {
public:
    error(std::int32_t code, const std::string &what, std::int32_t http_status = 0, std::string_view oauth_error = {},
          std::chrono::seconds retry_after = {})
        : std::runtime_error(what), code_(code), http_status_(http_status), oauth_error_(oauth_error),
          retry_after_(retry_after)
    {
    }

    /// Returns one of SPOTIFY_ERROR_*.
    std::int32_t code() const noexcept { return code_; }
    /// Returns the name of that constant, such as "SPOTIFY_ERROR_TLS".
    std::string_view name() const noexcept
    {
        return detail::library_fits() ? spotify_error_name(code_) : "SPOTIFY_ERROR_INTERNAL";
    }
    /// Returns the HTTP status of the last response; 0 when there was none.
    std::int32_t http_status() const noexcept { return http_status_; }
    /// Returns the server's error code, such as "invalid_client"; empty when it sent none.
    const std::string &oauth_error() const noexcept { return oauth_error_; }
    /// Returns how long the server asks to wait before the next request; zero when it did not say.
    std::chrono::seconds retry_after() const noexcept { return retry_after_; }

private:
    std::int32_t code_;
    std::int32_t http_status_;
    std::string oauth_error_;
    std::chrono::seconds retry_after_;
};

/// A value, or the error instead of it. Like std::expected, which not every standard has. Reading the one that is not there is
/// undefined.
template <class T> class [[nodiscard]] result {
public:
    result(T value) : value_(std::move(value)) {}
    result(spotify::error error) : error_(std::move(error)) {}

    explicit operator bool() const noexcept { return has_value(); }
    bool has_value() const noexcept { return value_.has_value(); }
    T &operator*() & noexcept { return *value_; }
    const T &operator*() const & noexcept { return *value_; }
    T &&operator*() && noexcept { return *std::move(value_); }
    T *operator->() noexcept { return &*value_; }
    const T *operator->() const noexcept { return &*value_; }
    const spotify::error &error() const noexcept { return *error_; }

#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    /// Moves the value out, or throws the error.
    T value() &&
    {
        if (error_)
            throw *std::move(error_);
        return *std::move(value_);
    }
#endif

private:
    std::optional<T> value_;
    std::optional<spotify::error> error_;
};

/// Success, or an error.
template <> class [[nodiscard]] result<void> {
public:
    result() = default;
    result(spotify::error error) : error_(std::move(error)) {}

    explicit operator bool() const noexcept { return has_value(); }
    bool has_value() const noexcept { return !error_; }
    const spotify::error &error() const noexcept { return *error_; }

#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    /// Throws the error, if there is one.
    void value() &&
    {
        if (error_)
            throw *std::move(error_);
    }
#endif

private:
    std::optional<spotify::error> error_;
};

/// A token. Owns its text. The library wipes the text when nothing uses it any more.
class token {
public:
    token(token &&other) noexcept : raw_(std::exchange(other.raw_, spotify_token{})) {}
    token &operator=(token &&other) noexcept
    {
        token moved(std::move(other));
        std::swap(raw_, moved.raw_);
        return *this;
    }
    ~token()
    {
        if (raw_.owner != nullptr)
            spotify_token_clear(&raw_);
    }

    /// Returns the access token.
    std::string_view access_token() const & noexcept { return detail::view(raw_.access_token); }
    std::string_view access_token() const && = delete;
    /// Returns "Bearer".
    std::string_view token_type() const & noexcept { return detail::view(raw_.token_type); }
    std::string_view token_type() const && = delete;
    /// Returns the granted scope, separated by spaces; empty when the server named none.
    std::string_view scope() const & noexcept { return detail::view(raw_.scope); }
    std::string_view scope() const && = delete;
    /// Returns the value of an Authorization header: "Bearer ...".
    std::string_view authorization() const & noexcept { return detail::view(spotify_token_authorization(&raw_)); }
    std::string_view authorization() const && = delete;
    /// Returns the time at which the token expires; time_point::max() when the clock cannot express it.
    std::chrono::system_clock::time_point expires_at() const noexcept
    {
        using std::chrono::system_clock;
        const std::chrono::seconds at(raw_.expires_at);
        if (at > std::chrono::duration_cast<std::chrono::seconds>(system_clock::duration::max()))
            return system_clock::time_point::max();
        return system_clock::time_point(at);
    }
    /// Returns the lifetime that was left when the library returned the token, rounded up.
    std::chrono::seconds expires_in() const noexcept { return std::chrono::seconds(raw_.expires_in); }
    /// Returns the HTTP status of the response with this token; 0 when the token came from the cache.
    std::int32_t http_status() const noexcept { return raw_.http_status; }

    /// Takes over a struct that the C API has filled in: returns the token, or the error.
    static result<token> adopt(const spotify_token &filled)
    {
        token owner(filled);
        if (filled.error_code == SPOTIFY_OK)
            return result<token>(std::move(owner));
        return error(filled.error_code, std::string(detail::view(filled.error_message)), filled.http_status,
                     detail::view(spotify_token_oauth_error(&filled)),
                     std::chrono::seconds(spotify_token_retry_after(&filled)));
    }

private:
    explicit token(const spotify_token &raw) noexcept : raw_(raw) {}

    spotify_token raw_;
};

/// Receives log messages, from any thread: a level, one of SPOTIFY_LOG_*, and one line of text.
using logger = std::function<void(std::int32_t level, std::string_view message)>;

/// Receives a new refresh token, from any thread: keep it in place of the old one, which may be revoked.
using refresh_token_keeper = std::function<void(std::string_view refresh_token)>;

namespace detail {

/// The function behind the `user_data` of C.
template <class Function> struct target : std::enable_shared_from_this<target<Function>> {
    explicit target(Function function) : call(std::move(function)) {}

    const Function call;
};

/// Makes one of a function; nothing where there is none. Not make_shared: its layout depends on -fno-rtti.
template <class Function> std::shared_ptr<target<Function>> make_target(Function function)
{
    return std::shared_ptr<target<Function>>(function ? new target<Function>(std::move(function)) : nullptr);
}

/// Passes a call of C on. Exceptions of the function stop here, because C is behind it: another function with exceptions than
/// without, which the parameter tells the linker.
template <bool with_exceptions, class Function, class... Arguments> void pass_on(void *user_data, Arguments... arguments)
{
    // Held for the length of the call: the function may free the client, and with it the last owner.
    const auto held = static_cast<target<Function> *>(user_data)->weak_from_this().lock();
    if (held == nullptr)
        return;
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    try {
        held->call(arguments...);
    }
#if defined(__GLIBCXX__)
    catch (const abi::__forced_unwind &) {
        throw; // pthread_exit and pthread_cancel: glibc aborts when this is caught
    }
#endif
    catch (...) {
    }
#else
    held->call(arguments...);
#endif
}

template <bool with_exceptions> void log(void *user_data, std::int32_t level, const char *message)
{
    pass_on<with_exceptions, logger>(user_data, level, std::string_view(message));
}

template <bool with_exceptions> void keep(void *user_data, const char *refresh_token)
{
    pass_on<with_exceptions, refresh_token_keeper>(user_data, std::string_view(refresh_token));
}

/// Releases a handle, and after it the functions that it calls.
struct release {
    std::shared_ptr<target<logger>> log;
    std::shared_ptr<target<refresh_token_keeper>> keep;

    void operator()(spotify_config *config) const noexcept { spotify_config_free(config); }
    void operator()(spotify_client *client) const noexcept { spotify_client_free(client); }
    void operator()(spotify_login *login) const noexcept { spotify_login_free(login); }
};

/// Says why an object of this type has no handle.
inline error no_handle(const char *type)
{
    if (!library_fits())
        return error(SPOTIFY_ERROR_INTERNAL, std::string("the library is spotify-token ") + spotify_version() + " with ABI " +
                                                 std::to_string(spotify_abi_version()) +
                                                 ". This program was compiled for ABI " + std::to_string(abi_version) +
                                                 ": install that library, or compile the program again");
    return error(SPOTIFY_ERROR_INVALID_ARGUMENT, std::string("the ") + type +
                                                     " was moved from, or made from a config that was moved from. Assign a "
                                                     "new one to it before it is used again");
}

/// Refuses text that C would read as a shorter one.
inline error has_nul(const char *what)
{
    return error(SPOTIFY_ERROR_INVALID_ARGUMENT, std::string(what) + " contains a NUL character. Remove it");
}

inline bool contains_nul(const std::string &text) noexcept { return text.find('\0') != std::string::npos; }

} // namespace detail

/// Settings of a client, by name. spotify_token.h lists them.
class config {
public:
    config() : handle_(detail::library_fits() ? spotify_config_new() : nullptr) {}

    /// Sets an option.
    result<void> try_set(const std::string &name, const std::string &value)
    {
        if (handle_ == nullptr)
            return detail::no_handle("config");
        if (detail::contains_nul(name) || detail::contains_nul(value))
            return detail::has_nul("the option's name or value");
        if (const std::int32_t code = spotify_config_set(handle_.get(), name.c_str(), value.c_str()); code != SPOTIFY_OK)
            return error(code, std::string(detail::view(spotify_config_error(handle_.get()))));
        return {};
    }
    /// Sets an option that is a time, in the unit that its name ends with: "timeout_ms", "refresh_before_s".
    result<void> try_set(const std::string &name, std::chrono::milliseconds value)
    {
        const std::string_view unit = "_ms";
        if (name.size() > unit.size() && name.compare(name.size() - unit.size(), unit.size(), unit) == 0)
            return try_set(name, std::to_string(value.count()));
        if (value % std::chrono::seconds(1) != std::chrono::milliseconds(0))
            return error(SPOTIFY_ERROR_INVALID_ARGUMENT, name + " takes whole seconds");
        return try_set(name, std::to_string(value / std::chrono::seconds(1)));
    }
    /// Sends log messages to a function; nullptr: nowhere. Exceptions that it throws are dropped. The function lives until this
    /// config and each client made from it are gone, and is not called after that.
    template <bool with_exceptions = SPOTIFY_TOKEN_HAS_EXCEPTIONS> result<void> try_set_logger(logger function)
    {
        if (handle_ == nullptr)
            return detail::no_handle("config");
        auto target = detail::make_target(std::move(function));
        spotify_config_set_logger(handle_.get(), target ? detail::log<with_exceptions> : nullptr, target.get());
        handle_.get_deleter().log = std::move(target);
        return {};
    }
    /// Sends each new refresh token to a function, for a program that keeps them itself; nullptr: to none. A login then stores
    /// nothing. Exceptions that the function throws are dropped. It lives as long as a logger does.
    template <bool with_exceptions = SPOTIFY_TOKEN_HAS_EXCEPTIONS>
    result<void> try_set_refresh_token_keeper(refresh_token_keeper function)
    {
        if (handle_ == nullptr)
            return detail::no_handle("config");
        auto target = detail::make_target(std::move(function));
        spotify_config_set_refresh_token_fn(handle_.get(), target ? detail::keep<with_exceptions> : nullptr, target.get());
        handle_.get_deleter().keep = std::move(target);
        return {};
    }
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    /// Sets an option, as try_set() does.
    config &set(const std::string &name, const std::string &value)
    {
        try_set(name, value).value();
        return *this;
    }
    config &set(const std::string &name, std::chrono::milliseconds value)
    {
        try_set(name, value).value();
        return *this;
    }
    /// Sends log messages to a function, as try_set_logger() does.
    config &set_logger(logger function)
    {
        try_set_logger(std::move(function)).value();
        return *this;
    }
    /// Sends each new refresh token to a function, as try_set_refresh_token_keeper() does.
    config &set_refresh_token_keeper(refresh_token_keeper function)
    {
        try_set_refresh_token_keeper(std::move(function)).value();
        return *this;
    }
#endif

    /// Returns the handle for the C API. A client that C makes from it may call the logger while this config lives.
    spotify_config *c_handle() const noexcept { return handle_.get(); }

private:
    friend class client;
    friend class login;

    std::unique_ptr<spotify_config, detail::release> handle_;
};

/// A long-lived source of tokens. Caches a token, refreshes it before it expires, and sends one request for any number of
/// threads.
class client {
public:
    /// Makes a client with the settings of the environment.
    client() : handle_(detail::library_fits() ? spotify_client_new(nullptr) : nullptr) {}
    /// Makes a client with these settings, which are copied.
    explicit client(const config &settings)
        : handle_(settings.handle_ ? spotify_client_new(settings.handle_.get()) : nullptr, settings.handle_.get_deleter())
    {
    }

    /// Returns a valid token. Blocks while it has to ask the server.
    result<spotify::token> try_token() const { return ask(spotify_client_token_into); }
    /// Returns the cached token, or SPOTIFY_ERROR_NOT_CACHED. Never waits for the network.
    result<spotify::token> try_cached() const { return ask(spotify_client_cached_into); }
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    /// Returns a valid token, as try_token() does.
    spotify::token token() const { return try_token().value(); }
    /// Returns the cached token, as try_cached() does.
    spotify::token cached() const { return try_cached().value(); }
#endif
    /// Reports that the Web API rejected this token (401): it is dropped, unless a newer one is cached already.
    void invalidate(const spotify::token &rejected) const noexcept
    {
        // NULL would mean any token, and a token that was moved from has no text.
        if (const char *text = rejected.access_token().data(); handle_ != nullptr && text != nullptr)
            spotify_client_invalidate(handle_.get(), text);
    }
    /// Drops the cached token, whichever it is, and a remembered refusal.
    void invalidate() const noexcept
    {
        if (handle_ != nullptr)
            spotify_client_invalidate(handle_.get(), nullptr);
    }
    /// Makes the calls that block now return SPOTIFY_ERROR_CANCELLED. From any thread; later calls work.
    void cancel() const noexcept
    {
        if (handle_ != nullptr)
            spotify_client_cancel(handle_.get());
    }
    /// Returns a figure, one of SPOTIFY_STAT_*. Never blocks.
    std::uint64_t stat(std::int32_t which) const noexcept
    {
        return handle_ == nullptr ? 0 : spotify_client_stat(handle_.get(), which);
    }

    /// Returns the handle for the C API.
    spotify_client *c_handle() const noexcept { return handle_.get(); }

private:
    result<spotify::token> ask(std::int32_t (*function)(spotify_client *, spotify_token *)) const
    {
        if (handle_ == nullptr)
            return detail::no_handle("client");
        spotify_token filled{};
        function(handle_.get(), &filled);
        return spotify::token::adopt(filled);
    }

    std::unique_ptr<spotify_client, detail::release> handle_;
};

/// A login that is being made: a user agrees once, in a browser. It belongs to the process that made it.
class login {
public:
    /// Begins a login with these settings, which are copied. Listens on loopback; opens no browser. url() says whether it began.
    explicit login(const config &settings)
        : handle_(settings.handle_ ? spotify_login_new(settings.handle_.get()) : nullptr, settings.handle_.get_deleter())
    {
    }
    /// Waits for nobody: calls in other threads have to return before this is destroyed.
    ~login()
    {
        if (handle_ != nullptr)
            spotify_login_cancel(handle_.get());
    }
    login(login &&) = default;
    login &operator=(login &&) = default;

    /// Returns the address to open in the user's browser, or why the login could not begin. Do not log it.
    result<std::string_view> try_url() const &
    {
        if (handle_ == nullptr)
            return detail::no_handle("login");
        if (const char *url = spotify_login_url(handle_.get()); url != nullptr)
            return std::string_view(url);
        return try_wait(std::chrono::milliseconds(0)).error();
    }
    /// Waits until the browser comes back, stores the login and returns the token. Without a time it waits as long as it takes;
    /// after SPOTIFY_ERROR_TIMEOUT it can be called again.
    result<token> try_wait(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const
    {
        if (handle_ == nullptr)
            return detail::no_handle("login");
        spotify_token filled{};
        spotify_login_wait_into(handle_.get(), timeout ? timeout->count() : -1, &filled);
        return token::adopt(filled);
    }
    /// Completes the login with the address that the browser shows after it, or with its code. In another thread, if one waits.
    result<token> try_finish(const std::string &redirected_to) const
    {
        if (handle_ == nullptr)
            return detail::no_handle("login");
        if (detail::contains_nul(redirected_to))
            return detail::has_nul("the address");
        spotify_token filled{};
        spotify_login_finish_into(handle_.get(), redirected_to.c_str(), &filled);
        return token::adopt(filled);
    }
    /// Ends the login: calls that wait return SPOTIFY_ERROR_CANCELLED. From any thread.
    void cancel() const noexcept
    {
        if (handle_ != nullptr)
            spotify_login_cancel(handle_.get());
    }
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    /// Returns the address, as try_url() does.
    std::string_view url() const & { return try_url().value(); }
    /// Waits for the browser, as try_wait() does.
    token wait(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const { return try_wait(timeout).value(); }
    /// Completes the login, as try_finish() does.
    token finish(const std::string &redirected_to) const { return try_finish(redirected_to).value(); }
#endif

    /// Returns the handle for the C API.
    spotify_login *c_handle() const noexcept { return handle_.get(); }

private:
    std::unique_ptr<spotify_login, detail::release> handle_;
};

/// Forgets the stored login of the account that these settings name.
inline result<void> try_logout(const config &settings)
{
    if (settings.c_handle() == nullptr)
        return detail::no_handle("config");
    if (const std::int32_t code = spotify_logout(settings.c_handle()); code != SPOTIFY_OK)
        return error(code, std::string("the login could not be forgotten: ") + spotify_error_description(code));
    return {};
}
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
/// Forgets the login, as try_logout() does.
inline void logout(const config &settings) { try_logout(settings).value(); }
#endif

/// Asks the server for a token, with the settings of the environment. Caches nothing; blocks.
inline result<token> try_fetch()
{
    if (!detail::library_fits())
        return detail::no_handle("library");
    spotify_token filled{};
    spotify_fetch_token_into(nullptr, nullptr, &filled);
    return token::adopt(filled);
}
/// Does the same with the id and the secret of this app.
inline result<token> try_fetch(const std::string &client_id, const std::string &client_secret)
{
    if (!detail::library_fits())
        return detail::no_handle("library");
    if (detail::contains_nul(client_id) || detail::contains_nul(client_secret))
        return detail::has_nul("the client id or secret");
    spotify_token filled{};
    spotify_fetch_token_into(client_id.c_str(), client_secret.c_str(), &filled);
    return token::adopt(filled);
}
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
/// Asks the server for a token, as try_fetch() does.
inline token fetch() { return try_fetch().value(); }
/// Does the same with the id and the secret of this app.
inline token fetch(const std::string &client_id, const std::string &client_secret)
{
    return try_fetch(client_id, client_secret).value();
}
#endif

} // namespace spotify

#endif
