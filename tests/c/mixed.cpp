// One part of a program whose parts are compiled differently: another standard, with and without exceptions and RTTI. PART is
// its name. What one part returns, the others read.
#include "mixed.hpp"

namespace {

spotify::result<spotify::token> ask(const spotify::client &client) { return client.try_token(); }

spotify::result<spotify::token> ask_for_memory(const spotify::client &client) { return client.try_cached(); }

spotify::result<void> set(spotify::config &config, const std::string &name, const std::string &value)
{
    return config.try_set(name, value);
}

void count(spotify::config &config, std::shared_ptr<int> messages)
{
    const auto logger = [messages](std::int32_t, std::string_view) {
        ++*messages;
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
        throw std::runtime_error("from the logger");
#endif
    };
    check(config.try_set_logger(logger).has_value(), "the logger is set");
}

void read(const part &other, const spotify::client &good, const spotify::client &bad)
{
    const auto token = other.ask(good);
    check(token && token->authorization().substr(0, 7) == "Bearer ", "a token of another part");
    check(other.ask_for_memory(good).has_value(), "a cached token of another part");

    const auto refused = other.ask(bad);
    check(!refused && refused.error().code() == SPOTIFY_ERROR_INVALID_CLIENT, "an error of another part");
    check(!refused && refused.error().oauth_error() == "invalid_client" && refused.error().http_status() == 400, "its details");
    const auto absent = other.ask_for_memory(bad);
    check(!absent && absent.error().code() == SPOTIFY_ERROR_NOT_CACHED, "nothing cached");
    check(!spotify::try_fetch("id", "wrong"), "a fetch that fails");

    spotify::config config;
    check(other.set(config, "timeout_ms", "5000").has_value(), "an option");
    const auto bad_value = other.set(config, "timeout_ms", "soon");
    check(!bad_value && bad_value.error().code() == SPOTIFY_ERROR_INVALID_ARGUMENT, "a bad option");

    const auto messages = std::make_shared<int>(0);
    other.count(config, messages);
    check(spotify::client(config).try_token().has_value(), "a token while a logger of another part throws");
    check(*messages > 0, "the logger was called");
    config = spotify::config();
    check(messages.use_count() == 1, "the logger is gone with its owners");
#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
    try {
        static_cast<void>(bad.token());
        check(false, "token() throws");
    } catch (const std::exception &error) {
        check(std::string(error.what()) == refused.error().what(), "what() of an error that was thrown");
    }
#endif
}

} // namespace

extern const part PART;
const part PART = {sizeof(spotify::result<spotify::token>), ask, ask_for_memory, set, count, read};
