//! `spotify_fetch_token`: one request, no client.

use std::ffi::c_char;
use std::sync::Arc;

use super::errors::spotify_code;
use super::token::{spotify_token, write};
use super::{fork, strings};
use crate::error::Error;
use crate::fetch::fetch_with;
use crate::outcome::Outcome;

/// Requests a token from the server. Nothing is cached. Blocks for at most 30 seconds, or SPOTIFY_TIMEOUT_MS.
///
/// Pass NULL, NULL to discover the credentials. Sources are tried in this order. The first one that provides an id
/// or a secret is used; the two are never combined from different sources.
///
/// 1. The environment variables SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, then CLIENT_ID and CLIENT_SECRET. Each
///    may have the suffix _FILE; it then names a file that contains the value.
/// 2. The files spotify_client_id and spotify_client_secret in systemd's $CREDENTIALS_DIRECTORY.
/// 3. The file .env in the working directory, with the variable names of 1, without suffix.
///
/// If only one of the two is passed or found, the result is SPOTIFY_ERROR_MISSING_CREDENTIALS. All other options
/// are read from their environment variables (see above).
///
/// The returned struct is always filled in. Check error_code, and release the struct with spotify_token_clear().
/// Thread-safe.
///
/// # Safety
/// Both are NULL or point to NUL-terminated strings that nobody changes during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_fetch_token(client_id: *const c_char, client_secret: *const c_char) -> spotify_token {
    // SAFETY: the caller's promise.
    spotify_token::filled_by(|| unsafe { fetch(client_id, client_secret) })
}

/// Does the same as spotify_fetch_token(), for languages that cannot take a struct by value: writes the struct to
/// `*out` and returns its error_code. The old content of `*out` is overwritten, not cleared. If `out` is NULL, the
/// server is not asked. Thread-safe.
///
/// # Safety
/// As for spotify_fetch_token; `out` is NULL or points to a spotify_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_fetch_token_into(
    client_id: *const c_char,
    client_secret: *const c_char,
    out: *mut spotify_token,
) -> spotify_code {
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
    let (token, expires_in) = fetch_with(client_id, client_secret)?;
    Ok(spotify_token::new(Arc::new(Outcome::new(Ok(token))), expires_in, 200))
}
