//! Strings of the operating system that are wiped.

use std::ffi::{OsStr, OsString};

use zeroize::Zeroizing;

/// A string of the operating system, such as the value of an environment variable, that is wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct WipedOsString(Zeroizing<Vec<u8>>);

impl WipedOsString {
    /// Takes the string. No copy of it is left.
    pub(crate) fn new(string: OsString) -> WipedOsString {
        WipedOsString(Zeroizing::new(string.into_encoded_bytes()))
    }

    /// Returns the string.
    pub(crate) fn as_os_str(&self) -> &OsStr {
        // SAFETY: these bytes came out of an `OsString`, whole and unchanged.
        unsafe { OsStr::from_encoded_bytes_unchecked(&self.0) }
    }
}
