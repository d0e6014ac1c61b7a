//! The socket on which a service manager listens, which Windows does not have.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::io;

/// What a service manager is told, for people: a sentence and a space, or nothing.
pub const READY: &str = "";

/// Where messages would go.
pub struct Socket(Infallible);

impl Socket {
    /// Finds none.
    pub fn named(_name: &OsStr) -> Option<Socket> {
        None
    }

    /// Is never called.
    ///
    /// # Errors
    /// None.
    pub fn send(&self, _message: &[u8]) -> io::Result<()> {
        match self.0 {}
    }
}

/// Returns the microseconds of the clock that service managers compare.
pub fn monotonic_us() -> i128 {
    i128::from(crate::platform::clock::steady_ms()) * 1000
}

/// Returns which stream stderr is: none to a journal.
pub fn stderr_stream() -> Option<String> {
    None
}
