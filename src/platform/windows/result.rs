//! What functions of the system return.

use std::io;

use windows_sys::core::BOOL;

/// Returns the system's error where a function says that it failed.
pub(super) fn succeeded(result: BOOL) -> io::Result<()> {
    if result == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
