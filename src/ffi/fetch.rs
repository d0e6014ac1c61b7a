//! One shot: ask the server, give the answer.

use std::ffi::c_char;

use super::token::{spotify_token, write};
use super::{fork, strings};
use crate::client::Share;
use crate::error::Error;
use crate::one_shot;

/// Asks the server for a token. Always asks: nothing is cached. Blocks, for 30 s at most unless SPOTIFY_TIMEOUT_MS says
/// otherwise; any number of threads may call it at once.
///
/// `client_id` and `client_secret` are UTF-8 and borrowed for the call. NULL, NULL looks for both: in the variables
/// SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, then CLIENT_ID and CLIENT_SECRET (each also with _FILE behind it,
/// naming a file), then in systemd's $CREDENTIALS_DIRECTORY, then in the file .env of the working directory. One
/// without the other is SPOTIFY_ERROR_MISSING_CREDENTIALS. All other options come from their SPOTIFY_* variables.
///
/// The result is always filled. Look at its error_code, and release it with spotify_token_clear.
///
/// # Safety
/// Both are NULL or point to NUL-terminated strings that nobody changes during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_fetch_token(client_id: *const c_char, client_secret: *const c_char) -> spotify_token {
    // SAFETY: the caller's promise.
    spotify_token::filled_by(|| unsafe { fetch(client_id, client_secret) })
}

/// spotify_fetch_token for languages that cannot take a struct by value: writes it to `*out` and returns its error_code.
///
/// `*out` may hold anything; it is overwritten, not cleared. `out` NULL: SPOTIFY_ERROR_INVALID_ARGUMENT, and the server
/// is not asked.
///
/// # Safety
/// As for spotify_fetch_token; `out` is NULL or points to a spotify_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_fetch_token_into(
    client_id: *const c_char,
    client_secret: *const c_char,
    out: *mut spotify_token,
) -> i32 {
    // SAFETY: the caller's promise.
    let fetched = || unsafe { fetch(client_id, client_secret) };
    // SAFETY: the caller's promise.
    unsafe { write(out, || spotify_token::filled_by(fetched)) }
}

/// # Safety
/// Both are NULL or point to NUL-terminated strings.
unsafe fn fetch(client_id: *const c_char, client_secret: *const c_char) -> Result<spotify_token, Error> {
    fork::watch();
    // SAFETY: the caller's promise.
    let client_id = unsafe { strings::optional(client_id, "client_id") }?;
    // SAFETY: the caller's promise.
    let client_secret = unsafe { strings::optional(client_secret, "client_secret") }?;
    let (outcome, expires_in) = one_shot::fetch(client_id, client_secret);
    Ok(spotify_token::of(Share::of(outcome), expires_in, 200))
}
