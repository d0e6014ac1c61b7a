// What the parts of the mixed program know of each other.
#include <spotify_token.hpp>

#include "check.hpp"

#include <memory>

struct part {
    std::size_t size_of_result;
    spotify::result<spotify::token> (*ask)(const spotify::client &);
    spotify::result<spotify::token> (*ask_for_memory)(const spotify::client &);
    spotify::result<void> (*set)(spotify::config &, const std::string &, const std::string &);
    void (*count)(spotify::config &, std::shared_ptr<int>);
    void (*read)(const part &, const spotify::client &good, const spotify::client &bad);
};
