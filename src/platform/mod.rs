//! What systems differ in. `unix` and `windows` have the same modules with the same functions in them; everything else asks these, and
//! never which system it runs on.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

mod os_string;

pub(crate) use os_string::WipedOsString;
#[cfg(feature = "cli")]
pub use system::command;
#[cfg(feature = "keyring")]
pub(crate) use system::keyring;
pub(crate) use system::{
    advice, cancellation, certificates, clock, directory, environment, file, fork, loading, lock, places, rights,
    socket,
};

use std::io;

/// Where a directory of the user may be, the best place first: a variable that names one, and the path from there.
pub(crate) type Candidates = [(&'static str, &'static str); 2];

/// Why a directory or a file of this user is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is not there.
    Missing,
    /// It is a symbolic link.
    Link,
    /// It is something else: not a directory, or not a regular file.
    Kind,
    /// It belongs to another user.
    Owner,
    /// Other users may write to the directory, or may read or write the file.
    Shared,
    /// The system has another reason.
    System(io::ErrorKind),
}

#[cfg(test)]
mod tests;
