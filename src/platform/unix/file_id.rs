//! Which file is which.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A file, whatever its name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
    /// Seconds and nanoseconds. The inode of a file that was removed may be given to another.
    written_at: (i64, i64),
}

impl FileId {
    /// Returns which file this open one is.
    ///
    /// # Errors
    /// The system's.
    pub fn of(file: &File) -> io::Result<FileId> {
        Ok(FileId::new(&file.metadata()?))
    }

    /// Returns which file has this name. A symbolic link is a file of its own.
    ///
    /// # Errors
    /// The system's.
    pub fn named(path: &Path) -> io::Result<FileId> {
        Ok(FileId::new(&fs::symlink_metadata(path)?))
    }

    fn new(status: &Metadata) -> FileId {
        FileId {
            device: status.dev(),
            inode: status.ino(),
            written_at: (status.mtime(), status.mtime_nsec()),
        }
    }
}
