//! Calls the C ABI as a C program does, for callers in safe Rust, and copies what a C program would read. For
//! `spotify-token demo` and for tests.

use std::ffi::{CStr, CString, c_char};

use super::{
    SPOTIFY_STAT_REQUESTS, spotify_client_free, spotify_client_new, spotify_client_stat, spotify_client_token,
    spotify_config_error, spotify_config_free, spotify_config_new, spotify_config_set, spotify_token_authorization,
    spotify_token_clear,
};

/// What a C program can read after a call.
#[derive(Clone, PartialEq, Eq)]
pub struct CallResult {
    /// The number.
    pub error_code: i32,
    /// The status.
    pub http_status: i32,
    /// The token, if there is one.
    pub access_token: Option<String>,
    /// Its type.
    pub token_type: Option<String>,
    /// Its scope.
    pub scope: Option<String>,
    /// The header's value.
    pub authorization: Option<String>,
    /// The message, if there is one.
    pub error_message: Option<String>,
    /// Unix time in seconds.
    pub expires_at: i64,
    /// Seconds.
    pub expires_in: i64,
}

/// What the calls returned, and how many requests they took.
pub struct Calls {
    /// One after the other.
    pub results: Vec<CallResult>,
    /// SPOTIFY_STAT_REQUESTS at the end.
    pub requests: u64,
}

/// Makes a configuration, sets these options, makes a client, gets a token from it `times` times, and frees everything.
///
/// # Errors
/// What spotify_config_error says of an option.
pub fn get_tokens(options: &[(&str, &str)], times: usize) -> Result<Calls, String> {
    let config = spotify_config_new();
    for (name, value) in options {
        let c_string = |text: &str| CString::new(text).map_err(|_| format!("there is a NUL in {name}"));
        let (name, value) = (c_string(name)?, c_string(value)?);
        // SAFETY: `config` is fresh, and the strings live for the call.
        if unsafe { spotify_config_set(config, name.as_ptr(), value.as_ptr()) } != 0 {
            // SAFETY: `config` is fresh; the message is copied before the next call.
            let error = unsafe { copied(spotify_config_error(config)) };
            // SAFETY: nobody uses it any more.
            unsafe { spotify_config_free(config) };
            return Err(error.unwrap_or_default());
        }
    }
    // SAFETY: `config` is alive until here, and the client keeps a copy.
    let client = unsafe { spotify_client_new(config) };
    // SAFETY: nobody uses it any more.
    unsafe { spotify_config_free(config) };
    let get = |_| {
        // SAFETY: the client is alive.
        let mut token = unsafe { spotify_client_token(client) };
        // SAFETY: the struct was just filled; everything is copied before it is cleared, once.
        unsafe {
            let result = CallResult {
                error_code: token.error_code,
                http_status: token.http_status,
                access_token: copied(token.access_token),
                token_type: copied(token.token_type),
                scope: copied(token.scope),
                authorization: copied(spotify_token_authorization(&raw const token)),
                error_message: copied(token.error_message),
                expires_at: token.expires_at,
                expires_in: token.expires_in,
            };
            spotify_token_clear(&raw mut token);
            result
        }
    };
    let results = (0..times).map(get).collect();
    // SAFETY: the client is alive.
    let requests = unsafe { spotify_client_stat(client, SPOTIFY_STAT_REQUESTS) };
    // SAFETY: nobody uses it any more.
    unsafe { spotify_client_free(client) };
    Ok(Calls { results, requests })
}

/// # Safety
/// `text` is NULL or a NUL-terminated string.
unsafe fn copied(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the rest is the caller's promise.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}
