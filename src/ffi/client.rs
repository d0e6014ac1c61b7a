//! `spotify_client`: a long-lived source of tokens.

use std::ffi::c_char;

use super::config::spotify_config;
use super::errors::spotify_code;
use super::guard::guard;
use super::token::{spotify_token, write};
use super::{fork, strings};
use crate::client::{Client, Served};
use crate::config::Config;
use crate::error::{self, Error, ErrorKind};
use crate::log::Logger;
use crate::protocol::token::Token;
use crate::stats::Stat;

/// A figure: one of SPOTIFY_STAT_*.
pub type spotify_stat = i32;

/// HTTP requests sent.
pub const SPOTIFY_STAT_REQUESTS: spotify_stat = 0;
/// Tokens returned from memory.
pub const SPOTIFY_STAT_HITS: spotify_stat = 1;
/// Calls that waited for a request started by another call.
pub const SPOTIFY_STAT_WAITS: spotify_stat = 2;
/// Attempts after the first one of a request.
pub const SPOTIFY_STAT_RETRIES: spotify_stat = 3;
/// Attempts that failed: for one of the reasons 7 to 11, or because they were cancelled.
pub const SPOTIFY_STAT_FAILURES: spotify_stat = 4;
/// Tokens taken from a store (see the option cache).
pub const SPOTIFY_STAT_STORE_HITS: spotify_stat = 5;
/// Refreshes before expiry, in the background.
pub const SPOTIFY_STAT_BACKGROUND_REFRESHES: spotify_stat = 6;
/// Attempts that the server refused: SPOTIFY_ERROR_INVALID_CLIENT or SPOTIFY_ERROR_OAUTH, also for a login that has ended.
pub const SPOTIFY_STAT_REFUSED: spotify_stat = 7;
/// Attempts that failed with SPOTIFY_ERROR_RATE_LIMITED.
pub const SPOTIFY_STAT_RATE_LIMITED: spotify_stat = 8;
/// Attempts that failed with SPOTIFY_ERROR_SERVER, _HTTP, _BAD_RESPONSE or _RESPONSE_TOO_LARGE.
pub const SPOTIFY_STAT_SERVER_FAILURES: spotify_stat = 9;
/// Attempts that failed with SPOTIFY_ERROR_DNS, _CONNECT, _TLS, _PROXY or _NETWORK.
pub const SPOTIFY_STAT_NETWORK_FAILURES: spotify_stat = 10;
/// Attempts that failed with SPOTIFY_ERROR_TIMEOUT.
pub const SPOTIFY_STAT_TIMEOUTS: spotify_stat = 11;
/// Not a counter: whole seconds until the token in memory expires, rounded up. 0 if there is none, or if it has expired.
pub const SPOTIFY_STAT_TOKEN_SECONDS: spotify_stat = 12;
/// Not a counter: whole seconds until Spotify ends the login, rounded up, as of the last look at it. 0 if it has ended; 0 also
/// if that is unknown: for the tokens of an app, for a refresh token that the program keeps, and before the first token.
pub const SPOTIFY_STAT_LOGIN_SECONDS: spotify_stat = 13;
/// Not a counter: Unix time in seconds at which a token last came from the server or from a store. 0 if none has come.
pub const SPOTIFY_STAT_LAST_SUCCESS: spotify_stat = 14;

const _: () = assert!(
    SPOTIFY_STAT_REQUESTS == Stat::Requests as i32
        && SPOTIFY_STAT_HITS == Stat::Hits as i32
        && SPOTIFY_STAT_WAITS == Stat::Waits as i32
        && SPOTIFY_STAT_RETRIES == Stat::Retries as i32
        && SPOTIFY_STAT_FAILURES == Stat::Failures as i32
        && SPOTIFY_STAT_STORE_HITS == Stat::StoreHits as i32
        && SPOTIFY_STAT_BACKGROUND_REFRESHES == Stat::BackgroundRefreshes as i32
        && SPOTIFY_STAT_REFUSED == Stat::Refused as i32
        && SPOTIFY_STAT_RATE_LIMITED == Stat::RateLimited as i32
        && SPOTIFY_STAT_SERVER_FAILURES == Stat::ServerFailures as i32
        && SPOTIFY_STAT_NETWORK_FAILURES == Stat::NetworkFailures as i32
        && SPOTIFY_STAT_TIMEOUTS == Stat::Timeouts as i32
        && SPOTIFY_STAT_TOKEN_SECONDS == Stat::TokenSeconds as i32
        && SPOTIFY_STAT_LOGIN_SECONDS == Stat::LoginSeconds as i32
        && SPOTIFY_STAT_LAST_SUCCESS == Stat::LastSuccess as i32
);

/// A long-lived source of tokens. Private. Several threads may use one concurrently, and so may a child process
/// after fork().
pub struct spotify_client {
    /// The client, or why every call on it fails.
    client: Result<Client, Error>,
}

/// Creates a client.
///
/// The configuration is copied and may be freed afterwards. Pass NULL to use environment variables and defaults.
/// The call does no I/O: credentials are discovered when a token is requested.
///
/// Never returns NULL. If an environment variable has an invalid value, every call on the client reports it. Free
/// the client with spotify_client_free().
///
/// # Safety
/// `config` is NULL or came from spotify_config_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_new(config: *const spotify_config) -> *mut spotify_client {
    let made = |client| Box::into_raw(Box::new(spotify_client { client }));
    guard(
        || {
            fork::watch();
            // SAFETY: the caller's promise.
            let (config, logger) = match unsafe { config.as_ref() } {
                Some(config) => (config.config.clone(), config.logger.clone()),
                None => (Config::new(), Logger::default()),
            };
            made(Client::new(&config, logger))
        },
        |error| made(Err(error)),
    )
}

/// Returns a valid token for the Web API.
///
/// A cached token is returned immediately; its http_status is 0. Otherwise the call blocks while a new token is
/// requested. Concurrent calls share that request and its result, including an error. Each call blocks for at most
/// timeout_ms, also while it waits for a request that another call has started.
///
/// Close to expiry the token is refreshed in the background while calls keep returning the current one. A rejected
/// client id or secret is remembered for 60 seconds and HTTP 429 for its Retry-After. Until then, calls fail
/// immediately with the same error.
///
/// The returned struct is always filled in. Check error_code, and release the struct with spotify_token_clear().
/// Thread-safe.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_token(client: *mut spotify_client) -> spotify_token {
    // SAFETY: the caller's promise.
    unsafe { token(client) }
}

/// Does the same as spotify_client_token(), for languages that cannot take a struct by value: writes the struct to
/// `*out` and returns its error_code. The old content of `*out` is overwritten, not cleared. Thread-safe.
///
/// # Safety
/// As for spotify_client_token; `out` is NULL or points to a spotify_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_token_into(
    client: *mut spotify_client,
    out: *mut spotify_token,
) -> spotify_code {
    // SAFETY: the caller's promise.
    unsafe { write(out, || token(client)) }
}

/// Returns the cached token if it is still valid, otherwise SPOTIFY_ERROR_NOT_CACHED. Writes the result to `*out`
/// and returns its error_code, as spotify_client_token_into() does.
///
/// Never does I/O and never blocks, so an event loop may call it; on SPOTIFY_ERROR_NOT_CACHED, call
/// spotify_client_token_into() in another thread. Clear the result in either case: a miss holds an error message.
/// Thread-safe.
///
/// # Safety
/// As for spotify_client_token_into.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_cached_into(
    client: *mut spotify_client,
    out: *mut spotify_token,
) -> spotify_code {
    // SAFETY: the caller's promise.
    let cached = || Ok(filled(unsafe { usable(client) }?.serve_cached()?));
    // SAFETY: the caller's promise.
    unsafe { write(out, || spotify_token::filled_by(cached)) }
}

/// Writes the value of an Authorization header, "Bearer ..." and a NUL, to `buffer`.
///
/// Requests a token if none is cached, and then blocks, like spotify_client_token(). On failure only the error code
/// is returned; call spotify_client_token() for the message.
///
/// If `length` is not NULL, it receives the length of the value without the NUL, on success and on
/// SPOTIFY_ERROR_BUFFER_TOO_SMALL; otherwise it receives 0. A value is never truncated: if `capacity` is too small,
/// the buffer receives an empty string. Pass a NULL `buffer` and capacity 0 to ask for the length; this returns
/// SPOTIFY_ERROR_BUFFER_TOO_SMALL. The token may change before the next call, so ask in a loop or leave room to
/// spare. Tokens of 83 to 206 characters have been seen. Thread-safe.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new; `buffer` is NULL or has room for `capacity` bytes; `length` is NULL or
/// may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_authorization(
    client: *mut spotify_client,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> spotify_code {
    if !length.is_null() {
        // SAFETY: not NULL, and the rest is the caller's promise.
        unsafe { length.write(0) };
    }
    if buffer.is_null() && capacity > 0 {
        return ErrorKind::InvalidArgument as i32;
    }
    if capacity > 0 {
        // SAFETY: not NULL, and the rest is the caller's promise.
        unsafe { buffer.write(0) };
    }
    // SAFETY: the caller's promise, and what was just checked.
    let copy = |token: &Token| unsafe { copy(token, buffer, capacity, length) };
    // SAFETY: the caller's promise.
    let fresh = unsafe { client.as_ref() }.and_then(|handle| handle.client.as_ref().ok()?.read_fresh(copy));
    let copied = fresh.unwrap_or_else(|| {
        let fetched = || {
            // SAFETY: the caller's promise.
            let served = unsafe { usable(client) }.map_err(|error| error.kind() as i32)?.serve();
            served
                .outcome
                .result()
                .map_err(|error| error.kind() as i32)
                .and_then(copy)
        };
        guard(fetched, |error| Err(error.kind() as i32))
    });
    copied.err().unwrap_or(error::OK)
}

/// Reports that the Web API rejected a token with HTTP 401.
///
/// The token is removed from memory and from the store if it is still the current one, so many threads that report
/// the same token cause a single request. After this call, no call on this client returns that token again. Pass
/// NULL to remove whichever token is cached, and any error that is remembered. Thread-safe.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_invalidate(client: *mut spotify_client, rejected_access_token: *const c_char) {
    guard(
        || {
            // SAFETY: the caller's promise.
            let rejected = unsafe { strings::optional(rejected_access_token, "rejected_access_token") };
            // SAFETY: the caller's promise.
            if let (Ok(client), Ok(rejected)) = (unsafe { usable(client) }, rejected) {
                client.invalidate_text(rejected);
            }
        },
        |_| (),
    );
}

/// Ends all calls that are blocked on this client, and the request they wait for. They return
/// SPOTIFY_ERROR_CANCELLED. Later calls work. Thread-safe.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_cancel(client: *mut spotify_client) {
    guard(
        || {
            // SAFETY: the caller's promise.
            if let Ok(client) = unsafe { usable(client) } {
                client.cancel();
            }
        },
        |_| (),
    );
}

/// Returns a figure of this client, one of SPOTIFY_STAT_*, or 0 for NULL and for an unknown number.
///
/// Does no I/O and never blocks. A child of fork() starts with the figures of its parent, and goes on by itself.
/// Thread-safe.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_stat(client: *const spotify_client, stat: spotify_stat) -> u64 {
    guard(
        || {
            let stat = Stat::ALL.into_iter().find(|known| *known as i32 == stat);
            // SAFETY: the caller's promise.
            match (unsafe { usable(client) }, stat) {
                (Ok(client), Some(stat)) => client.stat(stat),
                _ => 0,
            }
        },
        |_| 0,
    )
}

/// Frees a client.
///
/// Does not block on the network: a pending request is cancelled. Waits for a log message that is being delivered;
/// after the return, the logger is not called again. If the logger itself calls this function, it returns
/// immediately and later messages are dropped. Tokens that the client returned stay valid until they are cleared.
///
/// No other call may use the client during this call or after it. NULL does nothing.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_free(client: *mut spotify_client) {
    guard(
        || {
            if !client.is_null() {
                // SAFETY: `spotify_client_new` made it with `Box::into_raw`; the rest is the caller's promise.
                drop(unsafe { Box::from_raw(client) });
            }
        },
        |_| (),
    );
}

/// Copies the value of an Authorization header out, with its NUL, and says how long it is.
///
/// # Safety
/// `buffer` has room for `capacity` bytes, or that is 0; `length` is NULL or may be written.
unsafe fn copy(token: &Token, buffer: *mut c_char, capacity: usize, length: *mut usize) -> Result<(), i32> {
    let value = token.authorization_c_str().to_bytes_with_nul();
    if !length.is_null() {
        // SAFETY: not NULL, and the rest is the caller's promise.
        unsafe { length.write(value.len() - 1) };
    }
    if capacity < value.len() {
        return Err(error::BUFFER_TOO_SMALL);
    }
    let buffer = buffer.cast::<u8>();
    // SAFETY: there is room, as was just checked, and the caller's buffer is no part of a token.
    unsafe { buffer.copy_from_nonoverlapping(value.as_ptr(), value.len()) };
    Ok(())
}

/// Returns a token, or the reason why there is none. The way to a cached token needs no guard: nothing on it panics, and
/// nothing on it is a cancellation point.
///
/// # Safety
/// As for `usable`.
unsafe fn token(client: *const spotify_client) -> spotify_token {
    // SAFETY: the caller's promise.
    let fresh = unsafe { client.as_ref() }.and_then(|handle| handle.client.as_ref().ok()?.serve_fresh());
    if let Some(served) = fresh {
        return filled(served);
    }
    // SAFETY: the caller's promise.
    spotify_token::filled_by(|| Ok(filled(unsafe { usable(client) }?.serve())))
}

fn filled(served: Served) -> spotify_token {
    let http_status = if served.from_cache { 0 } else { 200 };
    spotify_token::new(served.outcome, served.expires_in, http_status)
}

/// Returns the client behind a handle.
///
/// # Safety
/// `client` is NULL or came from `spotify_client_new`, and lives as long as the result.
unsafe fn usable<'a>(client: *const spotify_client) -> Result<&'a Client, Error> {
    // SAFETY: the caller's promise.
    let handle = unsafe { client.as_ref() };
    let handle = handle
        .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, "the argument client is NULL").advise("Pass a client"))?;
    handle.client.as_ref().map_err(Error::clone)
}
