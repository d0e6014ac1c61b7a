//! `spotify_token`: the struct that crosses the ABI, how it is filled, read and released.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

use super::guard::{failed, guard};
use crate::client::{Outcome, Share, give_back};
use crate::error::{Code, Error};
use crate::secret::CText;

/// A token, or why there is none.
///
/// Look at `error_code` first. The pointers belong to the library and stay valid until `spotify_token_clear`, whatever
/// becomes of the client that gave the token. Clear every struct that a function of this library has filled, after
/// failures too. A plain copy of the struct shares what it points to: clear one of them, once.
///
/// Reading a struct from several threads is fine; clearing it is for one.
#[repr(C)]
#[derive(Debug)]
pub struct spotify_token {
    /// The access token, NUL-terminated; NULL on failure. Opaque; no maximum length.
    pub access_token: *const c_char,
    /// "Bearer"; NULL on failure.
    pub token_type: *const c_char,
    /// What the token may be used for, separated by blanks; "" when nothing was granted; NULL on failure.
    pub scope: *const c_char,
    /// One line for a person: what went wrong, and what to do. UTF-8. NULL on success.
    pub error_message: *const c_char,
    /// When the token ends: Unix time in seconds; 0 on failure.
    pub expires_at: i64,
    /// Seconds that were left when this struct was filled, rounded up; 0 on failure.
    pub expires_in: i64,
    /// SPOTIFY_OK or one of SPOTIFY_ERROR_*.
    pub error_code: i32,
    /// HTTP status of the token server's last answer; 0 when none arrived, or none was asked for.
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

    /// The struct that `body` makes; where it fails or panics, the struct for that error.
    pub(super) fn filled_by(body: impl FnOnce() -> Result<spotify_token, Error>) -> spotify_token {
        guard(body, Err).unwrap_or_else(|error| spotify_token::of(failed(error), 0, 0))
    }

    /// The struct for a token, which it keeps alive, or for an error. `expires_in` are the seconds left now, `http_status` is
    /// that of a success.
    #[inline]
    pub(super) fn of(share: Arc<Share>, expires_in: i64, http_status: i32) -> spotify_token {
        let filled = match share.outcome().result() {
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
                error_code: error.code().number(),
                http_status: error.http_status().map_or(0, i32::from),
                ..spotify_token::EMPTY
            },
        };
        spotify_token {
            owner: Arc::into_raw(share).cast_mut().cast(),
            ..filled
        }
    }

    /// What this struct keeps alive.
    fn outcome(&self) -> Option<&Outcome> {
        // SAFETY: `owner` is NULL, or what `of` put there and `spotify_token_clear` has not released yet.
        let share = unsafe { self.owner.cast::<Share>().as_ref() };
        share.map(Share::outcome)
    }

    fn error(&self) -> Option<&Error> {
        self.outcome()?.result().err()
    }
}

/// Writes a struct to `*out` and gives its error code, or SPOTIFY_ERROR_INVALID_ARGUMENT when there is nowhere to write.
///
/// # Safety
/// `out` is NULL or points to a `spotify_token` that may be overwritten.
pub(super) unsafe fn write(out: *mut spotify_token, make: impl FnOnce() -> spotify_token) -> i32 {
    if out.is_null() {
        return Code::InvalidArgument.number();
    }
    let filled = make();
    let code = filled.error_code;
    // SAFETY: not NULL, and the rest is the caller's promise. The old content is not dropped: it may be garbage.
    unsafe { out.write(filled) };
    code
}

/// Releases what the struct points to and empties it: pointers NULL, numbers 0.
///
/// The token's memory is wiped when the last struct that shares it is cleared and no client caches it any more.
/// Clearing an empty or zeroed struct, a cleared one, or NULL, does nothing.
///
/// # Safety
/// `token` is NULL or points to a struct that this library has filled, or that is zeroed. No other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_token_clear(token: *mut spotify_token) {
    // No guard: nothing here can panic, and this is half of what a cached token costs.
    // SAFETY: the caller's promise.
    let Some(token) = (unsafe { token.as_mut() }) else {
        return;
    };
    let owner = token.owner;
    *token = spotify_token::EMPTY;
    if !owner.is_null() {
        // SAFETY: `of` made it with `Arc::into_raw`, and the struct has just forgotten it.
        give_back(unsafe { Arc::from_raw(owner.cast_const().cast::<Share>()) });
    }
}

/// The value of an Authorization header for this token: "Bearer ...". NULL for NULL and after a failure. Never fails;
/// borrowed until the struct is cleared.
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

/// The server's error code (RFC 6749, section 5.2): "invalid_client" for one. NULL for NULL, after a success, and when
/// the server gave none. Never fails; borrowed until the struct is cleared.
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

/// Seconds that the server asks to stay away for (Retry-After; RFC 9110, section 10.2.3), rounded up. 0 when it did
/// not say, for NULL, and after a success. Never fails.
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

/// The size of `spotify_token` in this library, in bytes. A binding compares it with its own layout: 64 on 64-bit
/// machines.
#[unsafe(no_mangle)]
pub extern "C" fn spotify_token_size() -> usize {
    size_of::<spotify_token>()
}
