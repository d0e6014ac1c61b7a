/*
 * spotify-token with libcurl: makes a transfer with a token, and once more after HTTP 401.
 *
 *     static void forget(void *body) { ((struct body *)body)->length = 0; }
 *
 *     curl_easy_setopt(curl, CURLOPT_URL, "https://api.spotify.com/v1/me");
 *     spotify_token token;
 *     CURLcode result = spotify_curl_perform(curl, client, forget, &body, &token);
 *     if (token.error_code != SPOTIFY_OK)
 *         fprintf(stderr, "%s\n", token.error_message);
 *     spotify_token_clear(&token);
 *
 * This file is all there is of it: link libcurl (7.61 or later) and spotify_token.
 */

#ifndef SPOTIFY_TOKEN_CURL_H
#define SPOTIFY_TOKEN_CURL_H

#include "spotify_token.h"

#include <curl/curl.h>

/**
 * Is called before a transfer is made once more: forget what the first response has written, and rewind what the request has read.
 */
typedef void (*spotify_curl_again_fn)(void *user_data);

/** Makes a transfer with this token. */
static inline CURLcode spotify_curl_transfer(CURL *curl, const spotify_token *token, long *status)
{
    CURLcode result;
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token->access_token);
    result = curl_easy_perform(curl);
    *status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    /* The next transfer of this handle may be another's. */
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, (char *)NULL);
    return result;
}

/**
 * Makes the transfer that `curl` is prepared for, with a token of `client`. After HTTP 401 it calls again(user_data) and makes the
 * transfer once more, with a new token. NULL for `again` forbids that; the next transfer then has a new token.
 *
 * Returns what curl_easy_perform() has returned last, or CURLE_LOGIN_DENIED if there is no token, and then makes no transfer. Writes
 * the token, or why there is none, to `*token`: clear it with spotify_token_clear(). Blocks for as long as the token and the transfer
 * take.
 *
 * libcurl sends the token to the host of CURLOPT_URL alone, not to one that it is redirected to.
 */
static inline CURLcode spotify_curl_perform(CURL *curl, spotify_client *client, spotify_curl_again_fn again, void *user_data,
                                            spotify_token *token)
{
    long status;
    CURLcode result;
    if (spotify_client_token_into(client, token) != SPOTIFY_OK)
        return CURLE_LOGIN_DENIED;
    result = spotify_curl_transfer(curl, token, &status);
    if (status != 401)
        return result;
    spotify_client_invalidate(client, token->access_token);
    if (again == NULL)
        return result;
    spotify_token_clear(token);
    again(user_data);
    if (spotify_client_token_into(client, token) != SPOTIFY_OK)
        return CURLE_LOGIN_DENIED;
    return spotify_curl_transfer(curl, token, &status);
}

#endif /* SPOTIFY_TOKEN_CURL_H */
