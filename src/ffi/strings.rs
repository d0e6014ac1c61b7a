//! Strings from C.

use std::ffi::{CStr, c_char};

use crate::error::{Error, ErrorKind};

/// Borrows a string; returns nothing for NULL.
///
/// # Safety
/// `string` is NULL or points to a NUL-terminated string that nobody changes while the result lives.
pub(super) unsafe fn optional<'a>(string: *const c_char, name: &str) -> Result<Option<&'a str>, Error> {
    if string.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and the rest is the caller's promise.
    let string = unsafe { CStr::from_ptr(string) };
    string.to_str().map(Some).map_err(|_| {
        Error::new(
            ErrorKind::InvalidArgument,
            format!("the argument {name} is not UTF-8 text"),
        )
        .advise("Pass UTF-8 text")
    })
}

/// Borrows a string that must not be NULL.
///
/// # Safety
/// As for [`optional`].
pub(super) unsafe fn required<'a>(string: *const c_char, name: &str) -> Result<&'a str, Error> {
    // SAFETY: the caller's promise.
    unsafe { optional(string, name) }?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidArgument, format!("the argument {name} is NULL")).advise("Pass a string")
    })
}
