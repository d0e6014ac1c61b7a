//! Names and descriptions of the error codes, and the version of the library.

use std::ffi::{CStr, c_char};

use crate::error::{Row, TABLE};

/// An error code: SPOTIFY_OK or one of SPOTIFY_ERROR_*.
pub type spotify_code = i32;

/// Returns the name of an error code, such as "SPOTIFY_ERROR_TLS", or "SPOTIFY_ERROR_UNKNOWN" for an unknown code.
/// Never NULL; the string is static.
#[unsafe(no_mangle)]
pub extern "C" fn spotify_error_name(code: spotify_code) -> *const c_char {
    row_text(code, |row| row.name_in_c, c"SPOTIFY_ERROR_UNKNOWN")
}

/// Returns a short description of an error code. The error_message of a result says more. Never NULL; the string is
/// static.
#[unsafe(no_mangle)]
pub extern "C" fn spotify_error_description(code: spotify_code) -> *const c_char {
    row_text(code, |row| row.description_in_c, c"an unknown error")
}

/// Returns the version of the library, such as "1.2.3". SPOTIFY_TOKEN_VERSION is the version of this header. The
/// string is static.
#[unsafe(no_mangle)]
pub extern "C" fn spotify_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// Returns the number of the library's ABI, which is also the number in its SONAME (libspotify_token.so.0). It
/// changes only when compiled programs must be compiled again. A binding checks this number and
/// spotify_token_size().
#[unsafe(no_mangle)]
pub extern "C" fn spotify_abi_version() -> i32 {
    const NUMBER: i32 = match i32::from_str_radix(env!("SPOTIFY_TOKEN_ABI"), 10) {
        Ok(number) => number,
        Err(_) => panic!("soname in Cargo.toml is a number"),
    };
    NUMBER
}

fn row_text(code: i32, part: impl FnOnce(&Row) -> &'static CStr, otherwise: &'static CStr) -> *const c_char {
    let row = TABLE.iter().find(|row| row.code == code);
    row.map_or(otherwise, part).as_ptr()
}
