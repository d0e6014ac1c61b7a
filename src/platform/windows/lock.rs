//! Locked files.

use std::fs::{File, TryLockError};
use std::io;

/// A file that is locked while this exists, and no longer than this process.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Returns the file.
    pub(crate) fn file(&self) -> &File {
        &self.0
    }
}

/// An open file.
#[derive(Debug)]
pub(crate) struct LockFile(File);

impl LockFile {
    pub(super) fn new(file: File) -> LockFile {
        LockFile(file)
    }

    /// Locks the file. `None` while another has locked it.
    pub(crate) fn try_lock(self) -> io::Result<Option<Lock>> {
        match self.0.try_lock() {
            Ok(()) => Ok(Some(Lock(self.0))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
