// spotify-token with libcurl in C++17: makes a transfer with a token, and once more after HTTP 401.
//
//     curl_easy_setopt(curl, CURLOPT_URL, "https://api.spotify.com/v1/me");
//     const CURLcode result = spotify::perform(curl, client, [&] { body.clear(); });
//
// This file is all there is of it: link libcurl (7.61 or later) and spotify_token.

#ifndef SPOTIFY_TOKEN_CURL_HPP
#define SPOTIFY_TOKEN_CURL_HPP

#include "spotify_token.hpp"
#include "spotify_token_curl.h"

namespace spotify {

/// Makes the transfer that `curl` is prepared for, with a token of `client`. After HTTP 401 it calls `again`, which forgets what the
/// first response has written and rewinds what the request has read, and makes the transfer once more, with a new token. Returns
/// what curl_easy_perform() has returned last, or why there is no token.
///
/// libcurl sends the token to the host of CURLOPT_URL alone, not to one that it is redirected to.
template <typename Again> result<CURLcode> try_perform(CURL *curl, const client &client, Again again)
{
    if (client.c_handle() == nullptr)
        return client.try_token().error();
    spotify_token filled{};
    const auto call = [](void *function) { (*static_cast<Again *>(function))(); };
    const CURLcode code = spotify_curl_perform(curl, client.c_handle(), call, &again, &filled);
    const result<token> used = token::adopt(filled);
    if (!used)
        return used.error();
    return code;
}

#if SPOTIFY_TOKEN_HAS_EXCEPTIONS
/// Makes a transfer, as try_perform() does.
template <typename Again> CURLcode perform(CURL *curl, const client &client, Again again)
{
    return try_perform(curl, client, std::move(again)).value();
}
#endif

} // namespace spotify

#endif // SPOTIFY_TOKEN_CURL_HPP
