//! `spotify_login`: a user logs in, once, in a browser.

use std::ffi::c_char;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use super::config::spotify_config;
use super::errors::spotify_code;
use super::guard::guard;
use super::token::{spotify_token, write};
use super::{fork, strings};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::{self, Error, ErrorKind};
use crate::log::Logger;
use crate::login::Login;
use crate::logins::account;
use crate::outcome::Outcome;
use crate::token::Token;

/// A login that is being made. Private. One thread may wait for the browser while another passes a pasted address.
pub struct spotify_login {
    /// The login, or why it could not begin.
    login: Result<Login, Error>,
}

/// Begins a login of a user (RFC 6749, section 4.1, with PKCE, RFC 7636): makes what protects it, and listens on
/// loopback for the browser to come back. Opens no browser: open spotify_login_url() in one.
///
/// The client id of the app is all that is needed, and its redirect URI has to be registered (see the options
/// redirect_uri, scope, account and logins). The configuration is copied. Pass NULL to use environment variables
/// and defaults.
///
/// With a function set by spotify_config_set_refresh_token_fn(), that function receives the refresh token, and
/// nothing is stored.
///
/// Never returns NULL. If the login could not begin, spotify_login_url() returns NULL and spotify_login_error() says
/// why. A login belongs to the process that made it: in a child of fork() every call fails. Free it with
/// spotify_login_free().
///
/// # Safety
/// `config` is NULL or came from spotify_config_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_login_new(config: *const spotify_config) -> *mut spotify_login {
    let made = |login| Box::into_raw(Box::new(spotify_login { login }));
    guard(
        || {
            fork::watch();
            // SAFETY: the caller's promise.
            let (config, logger) = unsafe { options(config) };
            made(Login::new(&config, &logger))
        },
        |error| made(Err(error)),
    )
}

/// Returns the address to open in the user's browser, or NULL if the login could not begin. It is valid until the
/// login is freed. Do not log it: it contains the state that protects the login.
///
/// # Safety
/// `login` is NULL or came from spotify_login_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_login_url(login: *const spotify_login) -> *const c_char {
    // SAFETY: the caller's promise.
    let login = unsafe { login.as_ref() }.and_then(|handle| handle.login.as_ref().ok());
    login.map_or(ptr::null(), |login| login.url_text().expose_c_str().as_ptr())
}

/// Returns one line for a person about why the login could not begin, or NULL if it did. The string is valid until the
/// login is freed.
///
/// # Safety
/// `login` is NULL or came from spotify_login_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_login_error(login: *const spotify_login) -> *const c_char {
    // SAFETY: the caller's promise.
    let error = unsafe { login.as_ref() }.and_then(|handle| handle.login.as_ref().err());
    error.map_or(ptr::null(), |error| error.message_text().as_c_str().as_ptr())
}

/// Waits until the browser comes back, for at most `timeout_ms` milliseconds; below 0: for as long as it takes. Then
/// exchanges the code for tokens, stores the login, writes the token to `*out` and returns its error_code. Blocks.
///
/// SPOTIFY_ERROR_TIMEOUT: call it again, as often as you like. SPOTIFY_ERROR_CANCELLED: spotify_login_cancel() was
/// called. SPOTIFY_ERROR_OAUTH with the OAuth error "access_denied": the user declined. Any result but
/// SPOTIFY_ERROR_TIMEOUT ends the login, and later calls return it again: a server that does not respond to the code is
/// SPOTIFY_ERROR_NETWORK. Clear `*out` with spotify_token_clear().
///
/// spotify_login_finish_into(), and this function too, may be called at the same time in another thread. The first to
/// succeed ends the other, which returns the same token.
///
/// # Safety
/// `login` is NULL or came from spotify_login_new; `out` is NULL or points to a spotify_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_login_wait_into(
    login: *mut spotify_login,
    timeout_ms: i64,
    out: *mut spotify_token,
) -> spotify_code {
    let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
    // SAFETY: the caller's promise.
    let waited = || unsafe { begun(login) }?.wait(timeout).map(|token| filled(&token));
    // SAFETY: the caller's promise.
    unsafe { write(out, || spotify_token::filled_by(waited)) }
}

/// Completes the login with what the browser shows after it, for a browser on another machine: `redirected_to` is the
/// whole address, its query, or the code alone. Writes the token to `*out` and returns its error_code. Blocks for at
/// most timeout_ms.
///
/// SPOTIFY_ERROR_INVALID_ARGUMENT: the text does not belong to this login, which goes on. So it does after
/// SPOTIFY_ERROR_OAUTH with "invalid_grant" for a code alone, which may be that of another login. Otherwise as for
/// spotify_login_wait_into(). Thread-safe.
///
/// # Safety
/// As for spotify_login_wait_into; `redirected_to` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_login_finish_into(
    login: *mut spotify_login,
    redirected_to: *const c_char,
    out: *mut spotify_token,
) -> spotify_code {
    let finished = || {
        // SAFETY: the caller's promise.
        let redirected_to = unsafe { strings::required(redirected_to, "redirected_to") }?;
        // SAFETY: the caller's promise.
        unsafe { begun(login) }?
            .finish(redirected_to)
            .map(|token| filled(&token))
    };
    // SAFETY: the caller's promise.
    unsafe { write(out, || spotify_token::filled_by(finished)) }
}

/// Ends the login: calls that wait return SPOTIFY_ERROR_CANCELLED, and so do later ones. A login that has ended, or is
/// being stored at this moment, stays as it is. Thread-safe.
///
/// # Safety
/// `login` is NULL or came from spotify_login_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_login_cancel(login: *mut spotify_login) {
    guard(
        || {
            // SAFETY: the caller's promise.
            if let Ok(login) = unsafe { begun(login) } {
                login.cancel();
            }
        },
        |_| (),
    );
}

/// Frees a login. Call spotify_login_cancel() first and wait for calls in other threads to return. Tokens stay valid.
/// NULL does nothing.
///
/// # Safety
/// `login` is NULL or came from spotify_login_new, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_login_free(login: *mut spotify_login) {
    guard(
        || {
            if !login.is_null() {
                // SAFETY: `spotify_login_new` made it with `Box::into_raw`; the rest is the caller's promise.
                drop(unsafe { Box::from_raw(login) });
            }
        },
        |_| (),
    );
}

/// Forgets the stored login of the account that the options client_id and account name. The refresh token itself stays
/// valid: the user ends it on <https://www.spotify.com/account/apps>. Pass NULL to use environment variables and
/// defaults. Returns SPOTIFY_OK also when there was no login. Blocks for at most timeout_ms.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_logout(config: *const spotify_config) -> spotify_code {
    let logout = || {
        // SAFETY: the caller's promise.
        let (config, _) = unsafe { options(config) };
        account::logout(&config)
    };
    guard(logout, Err).err().map_or(error::OK, |error| error.kind() as i32)
}

/// # Safety
/// `config` is NULL or came from spotify_config_new.
unsafe fn options(config: *const spotify_config) -> (Config, Logger) {
    // SAFETY: the caller's promise.
    match unsafe { config.as_ref() } {
        Some(config) => (config.config.clone(), config.logger.clone()),
        None => (Config::new(), Logger::default()),
    }
}

/// # Safety
/// `login` is NULL or came from spotify_login_new.
unsafe fn begun<'a>(login: *const spotify_login) -> Result<&'a Login, Error> {
    // SAFETY: the caller's promise.
    let handle = unsafe { login.as_ref() }.ok_or_else(|| {
        Error::new(ErrorKind::InvalidArgument, "the argument login is NULL")
            .advise("Pass a login of spotify_login_new()")
    })?;
    handle.login.as_ref().map_err(Clone::clone)
}

fn filled(token: &Token) -> spotify_token {
    let outcome = Arc::new(Outcome::new(Ok(token.inner().clone())));
    spotify_token::new(outcome, token.inner().expires_in(SystemClock.now()), 200)
}
