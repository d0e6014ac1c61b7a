//! `spotify_config`: options that are set by name.

use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::Arc;

use super::errors::spotify_code;
use super::guard::guard;
use super::strings;
use crate::config::{Config, RefreshTokenFn};
use crate::error::{self, Error, ErrorKind};
use crate::log::{Level, Logger};
use crate::secret::Secret;

/// The level of a log message: one of SPOTIFY_LOG_*.
pub type spotify_log_level = i32;

/// A call failed, or something could not be stored.
pub const SPOTIFY_LOG_ERROR: spotify_log_level = 1;
/// Something needs attention, such as an unusable cache, but calls succeed.
pub const SPOTIFY_LOG_WARNING: spotify_log_level = 2;
/// A normal event, such as a new token.
pub const SPOTIFY_LOG_INFO: spotify_log_level = 3;
/// Details for troubleshooting.
pub const SPOTIFY_LOG_DEBUG: spotify_log_level = 4;

const _: () = assert!(
    SPOTIFY_LOG_ERROR == Level::Error as i32
        && SPOTIFY_LOG_WARNING == Level::Warning as i32
        && SPOTIFY_LOG_INFO == Level::Info as i32
        && SPOTIFY_LOG_DEBUG == Level::Debug as i32
);

/// Receives a log message. `level` is one of SPOTIFY_LOG_*. `message` is one line of UTF-8, valid during the call.
///
/// May be called from any thread. The library holds no lock during the call. The function must not throw and must
/// not leave with longjmp().
pub type spotify_log_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: spotify_log_level, message: *const c_char)>;

/// Receives a new refresh token: keep it, in place of the old one, which may be revoked. `refresh_token` is valid during the
/// call.
///
/// May be called from any thread, before anybody gets the access token that came with it. The library holds no lock
/// during the call. The function must not throw, must not leave with longjmp(), and must not wait for the client or the
/// login that it is called for.
pub type spotify_refresh_token_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, refresh_token: *const c_char)>;

/// Settings for a client or a login. Private. Not for use by two threads at once.
#[derive(Default)]
pub struct spotify_config {
    pub(super) config: Config,
    pub(super) logger: Logger,
    /// Boxed: the unused bytes of a larger `Option` could receive a piece of a secret from a register.
    error: Option<Box<Error>>,
}

/// Creates a configuration in which no option is set. Free it with spotify_config_free(). Never returns NULL.
#[unsafe(no_mangle)]
pub extern "C" fn spotify_config_new() -> *mut spotify_config {
    guard(|| Box::into_raw(Box::default()), |_| ptr::null_mut())
}

/// Sets an option. See the table of options above for names and values. Both strings are copied.
///
/// Returns SPOTIFY_ERROR_INVALID_ARGUMENT for an unknown name and for an invalid value. The option then keeps its
/// old value, and spotify_config_error() says what was expected.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new; the strings are NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_set(
    config: *mut spotify_config,
    name: *const c_char,
    value: *const c_char,
) -> spotify_code {
    // SAFETY: the caller's promise.
    let Some(config) = (unsafe { config.as_mut() }) else {
        return ErrorKind::InvalidArgument as i32;
    };
    let set = || {
        // SAFETY: the caller's promise.
        let name = unsafe { strings::required(name, "name") }?;
        // SAFETY: the caller's promise.
        let value = unsafe { strings::required(value, "value") }?;
        config.config.set(name, value).map(|_| ())
    };
    config.error = guard(set, Err).err().map(Box::new);
    config.error.as_ref().map_or(error::OK, |error| error.kind() as i32)
}

/// Sets the function that receives log messages, and the `user_data` that it is called with. Pass NULL to disable
/// logging, which is the default.
///
/// `callback` and `user_data` must remain valid until spotify_client_free() has returned for every client created
/// from this configuration.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new; `callback` may be called with `user_data` from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_set_logger(
    config: *mut spotify_config,
    callback: spotify_log_fn,
    user_data: *mut c_void,
) -> spotify_code {
    // SAFETY: the caller's promise.
    let Some(config) = (unsafe { config.as_mut() }) else {
        return ErrorKind::InvalidArgument as i32;
    };
    guard(
        || {
            config.error = None;
            config.logger = callback.map_or_else(Logger::default, |callback| logger(callback, user_data));
            error::OK
        },
        |error| error.kind() as i32,
    )
}

/// Sets the function that receives each new refresh token, and the `user_data` that it is called with, for a program that
/// keeps refresh tokens itself, such as in a server's database. Pass NULL for none, which is the default.
///
/// A login then passes its refresh token to the function and stores nothing. A client takes it back with the option
/// refresh_token.
///
/// `callback` and `user_data` must remain valid until spotify_client_free() or spotify_login_free() has returned for
/// everything created from this configuration. A refresh token that arrives after that is lost, so free a client when
/// no call is in progress.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new; `callback` may be called with `user_data` from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_set_refresh_token_fn(
    config: *mut spotify_config,
    callback: spotify_refresh_token_fn,
    user_data: *mut c_void,
) -> spotify_code {
    // SAFETY: the caller's promise.
    let Some(config) = (unsafe { config.as_mut() }) else {
        return ErrorKind::InvalidArgument as i32;
    };
    guard(
        || {
            config.error = None;
            let function = callback.map(|callback| keeper(callback, user_data));
            config.config.set_refresh_token_fn(function);
            error::OK
        },
        |error| error.kind() as i32,
    )
}

/// Returns one line for a person about why the last spotify_config_set() on this configuration failed, or NULL if
/// it did not fail. The string is valid until the next call with this configuration.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_error(config: *const spotify_config) -> *const c_char {
    // SAFETY: the caller's promise.
    let error = unsafe { config.as_ref() }.and_then(|config| config.error.as_ref());
    error.map_or(ptr::null(), |error| error.message_text().as_c_str().as_ptr())
}

/// Frees a configuration. Clients created from it are not affected. NULL does nothing.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_free(config: *mut spotify_config) {
    guard(
        || {
            if !config.is_null() {
                // SAFETY: `spotify_config_new` made it with `Box::into_raw`; the rest is the caller's promise.
                drop(unsafe { Box::from_raw(config) });
            }
        },
        |_| (),
    );
}

/// A pointer that only the host looks behind.
struct UserData(*mut c_void);
// SAFETY: the host promises that its function takes this pointer on any thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    fn pointer(&self) -> *mut c_void {
        self.0
    }
}

fn logger(function: unsafe extern "C" fn(*mut c_void, i32, *const c_char), user_data: *mut c_void) -> Logger {
    let user_data = UserData(user_data);
    Logger::new(move |level: Level, message: &str| {
        let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the host gave the function for this, with this pointer; the message outlives the call.
        unsafe { function(user_data.pointer(), level as i32, message.as_ptr()) };
    })
}

fn keeper(function: unsafe extern "C" fn(*mut c_void, *const c_char), user_data: *mut c_void) -> Arc<RefreshTokenFn> {
    let user_data = UserData(user_data);
    Arc::new(move |refresh_token: &str| {
        let refresh_token = Secret::new(refresh_token);
        // SAFETY: the host gave the function for this, with this pointer; the text outlives the call.
        unsafe { function(user_data.pointer(), refresh_token.expose_c_str().as_ptr()) };
    })
}
