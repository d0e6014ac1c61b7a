//! `spotify_token`: the struct that crosses the ABI, how it is filled, read and released.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

use super::errors::spotify_code;
use super::guard::guard;
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::secret::CText;

/// A token, or the reason why there is none.
///
/// Check `error_code` first. The pointers stay valid until spotify_token_clear(), even if the client is freed
/// earlier. Clear every struct that a function of this library has filled in, also after an error. Copying the
/// struct does not duplicate the token: clear exactly one of the copies.
///
/// Several threads may read the same struct. Clear it when no other thread uses it.
#[repr(C)]
#[derive(Debug)]
pub struct spotify_token {
    /// The access token; NULL on failure. Opaque, and without a maximum length.
    pub access_token: *const c_char,
    /// "Bearer"; NULL on failure.
    pub token_type: *const c_char,
    /// The scopes of the token, separated by spaces; NULL on failure. "" when the server returned no scope: the
    /// token then has the scope that was requested (RFC 6749, section 5.1), which is none.
    pub scope: *const c_char,
    /// One line for a person: what went wrong and what to do. NULL on success.
    pub error_message: *const c_char,
    /// When the token expires: Unix time in seconds; 0 on failure.
    pub expires_at: i64,
    /// Seconds to expiry when this struct was filled in, rounded up; 0 on failure.
    pub expires_in: i64,
    /// SPOTIFY_OK or one of SPOTIFY_ERROR_*.
    pub error_code: spotify_code,
    /// The HTTP status of the token server's response to the last attempt; 0 when that attempt got no response, or
    /// when the server was not asked.
    pub http_status: i32,
    /// Private.
    pub owner: *mut c_void,
}

impl spotify_token {
    /// What a cleared struct looks like.
    pub(super) const EMPTY: spotify_token = spotify_token {
        access_token: ptr::null(),
        token_type: ptr::null(),
        scope: ptr::null(),
        error_message: ptr::null(),
        expires_at: 0,
        expires_in: 0,
        error_code: 0,
        http_status: 0,
        owner: ptr::null_mut(),
    };

    /// Returns the struct that `body` makes, or the struct for its error or panic.
    pub(super) fn filled_by(body: impl FnOnce() -> Result<spotify_token, Error>) -> spotify_token {
        guard(body, Err).unwrap_or_else(|error| spotify_token::new(Arc::new(Outcome::new(Err(error))), 0, 0))
    }

    /// Makes the struct for a token or an error, which it keeps alive. `expires_in` are the seconds left now, and `http_status` is
    /// that of a success.
    #[inline]
    pub(super) fn new(outcome: Arc<Outcome>, expires_in: i64, http_status: i32) -> spotify_token {
        let filled = match outcome.result() {
            Ok(token) => spotify_token {
                access_token: token.access_token_ptr(),
                token_type: c"Bearer".as_ptr(),
                scope: token.scope_c_str().as_ptr(),
                expires_at: token.expires_at(),
                expires_in,
                http_status,
                ..spotify_token::EMPTY
            },
            Err(error) => spotify_token {
                error_message: error.message_text().as_c_str().as_ptr(),
                error_code: error.kind() as i32,
                http_status: error.http_status().map_or(0, i32::from),
                ..spotify_token::EMPTY
            },
        };
        spotify_token {
            owner: Arc::into_raw(outcome).cast_mut().cast(),
            ..filled
        }
    }

    /// Returns what this struct keeps alive.
    fn outcome(&self) -> Option<&Outcome> {
        // SAFETY: `owner` is NULL, or what `new` put there and `spotify_token_clear` has not released yet.
        unsafe { self.owner.cast::<Outcome>().as_ref() }
    }

    fn error(&self) -> Option<&Error> {
        self.outcome()?.result().err()
    }
}

/// Writes a struct to `*out` and returns its error code, or SPOTIFY_ERROR_INVALID_ARGUMENT if `out` is NULL.
///
/// # Safety
/// `out` is NULL or points to a `spotify_token` that may be overwritten.
pub(super) unsafe fn write(out: *mut spotify_token, make: impl FnOnce() -> spotify_token) -> i32 {
    if out.is_null() {
        return ErrorKind::InvalidArgument as i32;
    }
    let filled = make();
    let code = filled.error_code;
    // SAFETY: not NULL, and the rest is the caller's promise. The old content is not dropped: it may be garbage.
    unsafe { out.write(filled) };
    code
}

/// Releases what the struct points to and resets it: pointers become NULL and numbers become 0.
///
/// The token is wiped from memory when no other struct refers to it and no client caches it. A struct that is
/// zeroed or already cleared stays as it is. NULL does nothing.
///
/// # Safety
/// `token` is NULL or points to a struct that this library has filled, or that is zeroed. No other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_token_clear(token: *mut spotify_token) {
    // No guard: nothing here can panic.
    // SAFETY: the caller's promise.
    let Some(token) = (unsafe { token.as_mut() }) else {
        return;
    };
    let owner = token.owner;
    *token = spotify_token::EMPTY;
    if !owner.is_null() {
        // SAFETY: `new` made it with `Arc::into_raw`, and the struct no longer has it.
        drop(unsafe { Arc::from_raw(owner.cast_const().cast::<Outcome>()) });
    }
}

/// Returns the value of an Authorization header, "Bearer ...", or NULL after a failure. The string is valid until
/// the struct is cleared.
///
/// # Safety
/// `token` is NULL or points to a struct that this library has filled, or that is zeroed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_token_authorization(token: *const spotify_token) -> *const c_char {
    // SAFETY: the caller's promise.
    let token = unsafe { token.as_ref() }
        .and_then(spotify_token::outcome)
        .and_then(Outcome::token);
    token.map_or(ptr::null(), |token| token.authorization_c_str().as_ptr())
}

/// Returns the OAuth error code of the server's response (RFC 6749, section 5.2), such as "invalid_client", or NULL
/// if there is none. The string is valid until the struct is cleared.
///
/// # Safety
/// `token` is NULL or points to a struct that this library has filled, or that is zeroed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_token_oauth_error(token: *const spotify_token) -> *const c_char {
    // SAFETY: the caller's promise.
    let error = unsafe { token.as_ref() }.and_then(spotify_token::error);
    let text: Option<&CText> = error.and_then(Error::oauth_error_text);
    text.map_or(ptr::null(), |text| text.as_c_str().as_ptr())
}

/// Returns the server's Retry-After in seconds, rounded up (RFC 9110, section 10.2.3), or 0 if there is none.
///
/// # Safety
/// `token` is NULL or points to a struct that this library has filled, or that is zeroed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_token_retry_after(token: *const spotify_token) -> i64 {
    // SAFETY: the caller's promise.
    let error = unsafe { token.as_ref() }.and_then(spotify_token::error);
    let wait = error.and_then(Error::retry_after).unwrap_or_default();
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Returns the size of spotify_token in this library, in bytes: 64 on 64-bit machines. A binding compares it with
/// the size of its own layout.
#[unsafe(no_mangle)]
pub extern "C" fn spotify_token_size() -> usize {
    size_of::<spotify_token>()
}
