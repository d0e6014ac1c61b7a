//! `spotify_client`: a long-lived source of tokens.

use std::ffi::c_char;

use super::config::spotify_config;
use super::guard::guard;
use super::token::{spotify_token, write};
use super::{fork, strings};
use crate::client::{Client, Served};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::log::Logger;
use crate::protocol::token::Token;
use crate::stats::Stat;

/// HTTP requests sent.
pub const SPOTIFY_STAT_REQUESTS: i32 = 0;
/// Tokens given from memory.
pub const SPOTIFY_STAT_HITS: i32 = 1;
/// Callers who waited for somebody else's request.
pub const SPOTIFY_STAT_WAITS: i32 = 2;
/// Attempts after the first of a request.
pub const SPOTIFY_STAT_RETRIES: i32 = 3;
/// Attempts that brought no token.
pub const SPOTIFY_STAT_FAILURES: i32 = 4;
/// Tokens taken from a store.
pub const SPOTIFY_STAT_STORE_HITS: i32 = 5;
/// Renewals ahead of time, in the background.
pub const SPOTIFY_STAT_BACKGROUND_REFRESHES: i32 = 6;

/// A long-lived source of tokens. Private. Any number of threads may use one at once, and so may a child of fork().
pub struct spotify_client {
    /// The client, or why every call on it fails.
    client: Result<Client, Error>,
}

/// A client with these settings, which are copied; NULL: the environment's and the defaults. No I/O: credentials are looked
/// for when a token is asked for. Release it with spotify_client_free. Never NULL: where a variable of the environment has
/// a bad value, the calls on the client say so.
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

/// A valid token: from memory when there is one, which costs next to nothing; else this asks the server and blocks, for
/// timeout_ms at most. Callers who come meanwhile wait for the same answer and share it, an error too.
///
/// A token that is due is renewed in the background while callers go on getting it. A refused id or secret is remembered
/// for 60 s and a 429 for its Retry-After; so long the same error comes at once. http_status is 0 when the token came from
/// memory. The result is always filled; release it with spotify_token_clear.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_token(client: *mut spotify_client) -> spotify_token {
    // SAFETY: the caller's promise.
    unsafe { token(client) }
}

/// spotify_client_token for languages that cannot take a struct by value: writes it to `*out` and returns its error_code.
/// `*out` is overwritten, not cleared. `out` NULL: SPOTIFY_ERROR_INVALID_ARGUMENT.
///
/// # Safety
/// As for spotify_client_token; `out` is NULL or points to a spotify_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_token_into(client: *mut spotify_client, out: *mut spotify_token) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { write(out, || token(client)) }
}

/// The cached token while it is valid, SPOTIFY_ERROR_NOT_CACHED else. Never does I/O and never waits: for event loops, which
/// ask for the rest in another thread. Fills `*out` and returns its error_code, as spotify_client_token_into does.
///
/// # Safety
/// As for spotify_client_token_into.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_cached_into(client: *mut spotify_client, out: *mut spotify_token) -> i32 {
    // SAFETY: the caller's promise.
    let cached = || Ok(of(unsafe { usable(client) }?.ask_memory()?));
    // SAFETY: the caller's promise.
    unsafe { write(out, || spotify_token::filled_by(cached)) }
}

/// Writes the value of an Authorization header, "Bearer ...", with its NUL into `buffer`. Fetches when it must, like
/// spotify_client_token.
///
/// `*length` gets the length without the NUL, on success and with SPOTIFY_ERROR_BUFFER_TOO_SMALL, 0 else; `length` may be
/// NULL. Nothing is ever truncated: when `capacity` is too small, the buffer gets an empty string. `buffer` NULL with
/// capacity 0 asks for the length and gives SPOTIFY_ERROR_BUFFER_TOO_SMALL; the token may change until the next call, so ask
/// in a loop, or with room to spare: tokens of 83 to 206 characters have been seen.
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
) -> i32 {
    if !length.is_null() {
        // SAFETY: not NULL, and the rest is the caller's promise.
        unsafe { length.write(0) };
    }
    if buffer.is_null() && capacity > 0 {
        return Code::InvalidArgument.number();
    }
    if capacity > 0 {
        // SAFETY: not NULL, and the rest is the caller's promise.
        unsafe { buffer.write(0) };
    }
    // SAFETY: the caller's promise, and what was just looked at.
    let copy = |token: Result<&Token, &Error>| unsafe { copy(token, buffer, capacity, length) };
    // SAFETY: the caller's promise.
    let in_hand = unsafe { sound(client) }.and_then(|client| client.with_token_in_hand(copy));
    // SAFETY: the caller's promise.
    let copied = in_hand.unwrap_or_else(|| unsafe { with_token(client, copy) });
    copied.err().unwrap_or(Code::Ok).number()
}

/// Says that the Web API rejected a token (401): it is dropped, in memory and in the store, if it still is the one that is
/// cached. So a storm of rejections costs one request. NULL drops whichever is cached, and any refusal that is remembered.
/// `rejected_access_token` is borrowed for the call.
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
                client.invalidate(rejected);
            }
        },
        |_| (),
    );
}

/// Ends the calls that block on this client now, with SPOTIFY_ERROR_CANCELLED, and the request they wait for. Later calls
/// work. From any thread. NULL does nothing.
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

/// A counter of this client, one of SPOTIFY_STAT_*; 0 for NULL and for an unknown number. From any thread.
///
/// # Safety
/// `client` is NULL or came from spotify_client_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_client_stat(client: *const spotify_client, stat: i32) -> u64 {
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

/// Releases a client. Waits for no network: a request under way is told to stop. Tokens that it gave stay readable until
/// they are cleared. No call may be using the client. NULL does nothing.
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
#[inline]
unsafe fn copy(
    token: Result<&Token, &Error>,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Result<(), Code> {
    let value = token.map_err(Error::code)?.authorization_c_str().to_bytes_with_nul();
    if !length.is_null() {
        // SAFETY: not NULL, and the rest is the caller's promise.
        unsafe { length.write(value.len() - 1) };
    }
    if capacity < value.len() {
        return Err(Code::BufferTooSmall);
    }
    let buffer = buffer.cast::<u8>();
    // SAFETY: there is room, as was just seen, and what a token is made of is nobody's buffer.
    unsafe { buffer.copy_from_nonoverlapping(value.as_ptr(), value.len()) };
    Ok(())
}

/// The long way to a token that is only looked at.
///
/// # Safety
/// As for `usable`.
#[cold]
unsafe fn with_token(
    client: *const spotify_client,
    look: impl FnMut(Result<&Token, &Error>) -> Result<(), Code>,
) -> Result<(), Code> {
    guard(
        || {
            // SAFETY: the caller's promise.
            let client = unsafe { usable(client) }.map_err(|error| error.code())?;
            client.with_token(look)
        },
        |error| Err(error.code()),
    )
}

/// # Safety
/// As for `usable`.
#[inline]
unsafe fn token(client: *const spotify_client) -> spotify_token {
    // SAFETY: the caller's promise.
    match unsafe { sound(client) }.and_then(Client::ask_hand) {
        Some(given) => of(given),
        // SAFETY: the caller's promise.
        None => unsafe { ask(client) },
    }
}

/// The long way to a token.
///
/// # Safety
/// As for `usable`.
#[cold]
unsafe fn ask(client: *const spotify_client) -> spotify_token {
    // SAFETY: the caller's promise.
    spotify_token::filled_by(|| Ok(of(unsafe { usable(client) }?.ask())))
}

#[inline]
fn of(given: Served) -> spotify_token {
    let http_status = if given.from_cache { 0 } else { 200 };
    spotify_token::of(given.share, given.expires_in, http_status)
}

/// The client behind a handle.
///
/// # Safety
/// `client` is NULL or came from `spotify_client_new`, and lives as long as the result.
unsafe fn usable<'a>(client: *const spotify_client) -> Result<&'a Client, Error> {
    // SAFETY: the caller's promise.
    let handle =
        unsafe { client.as_ref() }.ok_or_else(|| Error::new(Code::InvalidArgument, "the argument client is NULL"))?;
    handle.client.as_ref().map_err(Error::clone)
}

/// The same for the short way, which runs without a guard, since nothing in it can panic; nothing where there is something to
/// explain.
///
/// # Safety
/// As for `usable`.
#[inline]
unsafe fn sound<'a>(client: *const spotify_client) -> Option<&'a Client> {
    // SAFETY: the caller's promise.
    unsafe { client.as_ref() }?.client.as_ref().ok()
}
