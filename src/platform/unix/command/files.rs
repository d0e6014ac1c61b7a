//! Files and directories that the command creates, and who may read them.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

pub use crate::platform::unix::file_id::FileId;

/// Creates a file with this mode, whatever the umask is, and opens it for writing.
///
/// # Errors
/// The system's; there is a file already.
pub fn create_with_mode(path: &Path, mode: u32) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    // The umask has taken bits away.
    file.set_permissions(Permissions::from_mode(mode))?;
    Ok(file)
}

/// Gives a file another name, in place of whatever has that.
///
/// # Errors
/// The system's.
pub fn replace(path: &Path, new_path: &Path) -> io::Result<()> {
    fs::rename(path, new_path)
}

/// Opens a file to be locked. It is created, for this user alone, if it does not exist.
///
/// # Errors
/// The system's.
pub fn open_to_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Creates a directory for this user alone.
///
/// # Errors
/// The system's; there is one already.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Says who may use a file, for people.
///
/// # Errors
/// The system's.
pub fn protection(path: &Path) -> io::Result<String> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    Ok(format!("mode {mode:04o}"))
}
