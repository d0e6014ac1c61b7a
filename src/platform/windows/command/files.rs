//! Files and directories that the command creates, and who may read them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::platform::Unfit;
use crate::platform::windows::{patience::patiently, security};

pub use crate::platform::windows::file_id::FileId;

/// The permissions of a mode that are not the owner's.
const OTHERS: u32 = 0o077;

/// Creates a file, and opens it for writing: for this user alone where the mode gives nothing to others, and otherwise with what it
/// inherits from its directory.
///
/// # Errors
/// The system's; there is a file already.
pub fn create_with_mode(path: &Path, mode: u32) -> io::Result<File> {
    if mode & OTHERS == 0 {
        security::create_file(path)
    } else {
        File::create_new(path)
    }
}

/// Gives a file another name, in place of whatever has that. A program that reads it at this moment may make this fail.
///
/// # Errors
/// The system's.
pub fn replace(path: &Path, new_path: &Path) -> io::Result<()> {
    patiently(|| fs::rename(path, new_path))
}

/// Opens a file to be locked. It is created if it does not exist.
///
/// # Errors
/// The system's.
pub fn open_to_lock(path: &Path) -> io::Result<File> {
    patiently(|| OpenOptions::new().write(true).create(true).truncate(false).open(path))
}

/// Creates a directory for this user alone.
///
/// # Errors
/// The system's; there is one already.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    security::create_directory(path)
}

/// Says who may use a file, for people.
///
/// # Errors
/// The system's.
pub fn protection(path: &Path) -> io::Result<String> {
    Ok(match security::check_file(&File::open(path)?) {
        Ok(()) => "for this user alone",
        Err(Unfit::Owner) => "of another user",
        Err(_) => "for others as well",
    }
    .to_owned())
}
