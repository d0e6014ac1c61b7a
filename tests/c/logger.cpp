// How long a logger lives: as long as the config and the clients that may call it, and then it is freed, once. The server
// takes a moment for each response, and its tokens expire after three seconds.
#include <spotify_token.hpp>

#include "check.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

using namespace std::chrono_literals;

// Holds for as long as something has a copy of it.
using witness = std::shared_ptr<std::atomic<int>>;

static witness make_witness() { return std::make_shared<std::atomic<int>>(0); }

static void log_to(spotify::config &config, const witness &messages)
{
    check(config.try_set_logger([messages](std::int32_t, std::string_view) { ++*messages; }).has_value(), "the logger is set");
}

template <class Condition> static bool comes_true(Condition condition)
{
    for (int i = 0; i < 1000 && !condition(); ++i)
        std::this_thread::sleep_for(10ms);
    return condition();
}

static void lives_as_long_as_its_owners()
{
    const witness first = make_witness(), second = make_witness();
    std::optional<spotify::config> config(std::in_place);
    log_to(*config, first);
    std::optional<spotify::client> client(*config);
    log_to(*config, second);
    check(second.use_count() == 2, "the config holds its new logger");
    check(first.use_count() == 2, "the client holds the logger that it was made with");
    std::optional<spotify::client> other(*config);
    config.reset();
    check(second.use_count() == 2, "a client holds the logger when the config is gone");

    check(client->try_token().has_value() && *first > 0 && *second == 0, "each client calls its own logger");
    other = std::move(*client);
    check(second.use_count() == 1, "assignment frees the client that was there, and its logger");
    client.reset();
    check(first.use_count() == 2, "a logger moves with its client");
    other.reset();
    check(first.use_count() == 1, "the last owner frees it");
}

// A request that is under way when the client is freed says nothing more.
static void is_not_called_after_the_end()
{
    const witness messages = make_witness();
    spotify::config config;
    log_to(config, messages);
    std::optional<spotify::client> client(config);
    config = spotify::config();
    std::thread caller([&] { check(!client->try_token(), "a call that is cancelled"); });
    check(comes_true([&] { return *messages > 0; }), "a request is under way");
    client->cancel();
    caller.join();
    client.reset();
    check(messages.use_count() == 1, "the logger is freed with its client");
    const int heard = *messages;
    std::this_thread::sleep_for(300ms);
    check(*messages == heard, "and not called after that");
}

// The logger frees the client that calls it, at the end of a background refresh: no caller uses the client then.
static void may_free_its_client()
{
    const witness messages = make_witness();
    std::atomic<bool> armed{false}, freed{false};
    std::optional<spotify::client> client;
    spotify::config config;
    check(config
              .try_set_logger([messages, &armed, &freed, &client](std::int32_t level, std::string_view) {
                  if (level == SPOTIFY_LOG_INFO && armed.exchange(false)) {
                      client.reset();
                      const witness alive = messages; // what the logger captured is still there
                      ++*alive;
                      freed = true;
                  }
              })
              .has_value(),
          "the logger is set");
    client.emplace(config);
    config = spotify::config();
    check(client->try_token().has_value(), "a first token");
    std::this_thread::sleep_for(1600ms); // more than half of its lifetime
    armed = true;
    check(client->try_token().has_value(), "the cached token, and a refresh in the background");
    check(comes_true([&] { return freed.load(); }), "the logger freed the client");
    check(comes_true([&] { return messages.use_count() == 1; }), "and was freed itself");
    std::this_thread::sleep_for(300ms);
    check(*messages == 1, "nothing was logged after that");
}

// glibc ends a thread by an exception of its own, and aborts the process when that is caught for good.
static void lets_a_thread_end()
{
    const auto end = [](void *) -> void * {
        const auto target = std::make_shared<spotify::detail::target<spotify::logger>>([](std::int32_t, std::string_view) { pthread_exit(nullptr); });
        spotify::detail::log<SPOTIFY_TOKEN_HAS_EXCEPTIONS>(target.get(), 4, "message");
        return &failed_checks;
    };
    pthread_t thread;
    void *returned = &failed_checks;
    check(pthread_create(&thread, nullptr, end, nullptr) == 0 && pthread_join(thread, &returned) == 0, "a thread");
    check(returned == nullptr, "the thread ended in the logger");
}

int main()
{
    lets_a_thread_end();
    lives_as_long_as_its_owners();
    is_not_called_after_the_end();
    may_free_its_client();
    return failed_checks;
}
