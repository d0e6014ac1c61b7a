//! `spotify_config`: settings, by name.

use std::ffi::{CString, c_char, c_void};
use std::ptr;

use super::guard::guard;
use super::strings;
use crate::config::Config;
use crate::error::{Code, Error};
use crate::log::{Level, Logger};

/// Receives a log message. `level`: 1 error, 2 warning, 3 info, 4 debug. `message` is one line of UTF-8, borrowed for the
/// call, and never holds a secret or a token. Called from any thread, under no lock of ours; it must not throw.
pub type spotify_log_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, level: i32, message: *const c_char)>;

/// Settings for a client. Private; for one thread at a time.
#[derive(Default)]
pub struct spotify_config {
    pub(super) config: Config,
    pub(super) logger: Logger,
    /// Boxed, because what is unused of a larger `Option` gets whatever the registers hold, a piece of a secret for one.
    error: Option<Box<Error>>,
}

/// A configuration in which nothing is set: what stays unset comes from the environment (SPOTIFY_TIMEOUT_MS and so on), or
/// is the default. Release it with spotify_config_free. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn spotify_config_new() -> *mut spotify_config {
    guard(|| Box::into_raw(Box::default()), |_| ptr::null_mut())
}

/// Sets an option; the table above has the names and what they take. Name and value are UTF-8 and copied.
///
/// SPOTIFY_ERROR_INVALID_ARGUMENT for an unknown name, for a value that the option does not take, and for NULL; the option
/// is then as it was, and spotify_config_error says what was expected.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new; the strings are NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_set(
    config: *mut spotify_config,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    // SAFETY: the caller's promise.
    let Some(config) = (unsafe { config.as_mut() }) else {
        return Code::InvalidArgument.number();
    };
    let set = || {
        // SAFETY: the caller's promise.
        let name = unsafe { strings::required(name, "name") }?;
        // SAFETY: the caller's promise.
        let value = unsafe { strings::required(value, "value") }?;
        config.config.set(name, value).map(|_| ())
    };
    config.error = guard(set, Err).err().map(Box::new);
    config.error.as_ref().map_or(Code::Ok, |error| error.code()).number()
}

/// Sends log messages to `fn`, with `user_data` as its first argument; `fn` NULL: nowhere, as at the start. Both must stay
/// usable until every client made from this configuration is freed, and a moment longer: a request under way may
/// still speak.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new; `fn` may be called with `user_data` from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_set_logger(
    config: *mut spotify_config,
    r#fn: spotify_log_fn,
    user_data: *mut c_void,
) -> i32 {
    // SAFETY: the caller's promise.
    let Some(config) = (unsafe { config.as_mut() }) else {
        return Code::InvalidArgument.number();
    };
    guard(
        || {
            config.error = None;
            config.logger = r#fn.map_or_else(Logger::default, |function| logger(function, user_data));
            Code::Ok.number()
        },
        |error| error.code().number(),
    )
}

/// Why the last spotify_config_set on this configuration failed: one line for a person, borrowed until the next call with
/// it. NULL when it did not fail, and for NULL.
///
/// # Safety
/// `config` is NULL or came from spotify_config_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spotify_config_error(config: *const spotify_config) -> *const c_char {
    // SAFETY: the caller's promise.
    let error = unsafe { config.as_ref() }.and_then(|config| config.error.as_ref());
    error.map_or(ptr::null(), |error| error.message_text().as_c_str().as_ptr())
}

/// Releases a configuration. Clients made from it have their own copy and go on. NULL does nothing.
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

fn logger(function: unsafe extern "C" fn(*mut c_void, i32, *const c_char), user_data: *mut c_void) -> Logger {
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

    let user_data = UserData(user_data);
    Logger::new(move |level: Level, message: &str| {
        let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the host gave the function for this, with this pointer; the message outlives the call.
        unsafe { function(user_data.pointer(), level as i32, message.as_ptr()) };
    })
}
