//! Which file is which.

use std::fs::{File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, GetFileInformationByHandle,
};

use super::result::succeeded;

/// A file, whatever its name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    volume: u32,
    index: (u32, u32),
}

impl FileId {
    /// Returns which file this open one is.
    ///
    /// # Errors
    /// The system's.
    pub fn of(file: &File) -> io::Result<FileId> {
        let mut status = MaybeUninit::uninit();
        // SAFETY: the handle is open, and the struct may be written.
        succeeded(unsafe { GetFileInformationByHandle(file.as_raw_handle(), status.as_mut_ptr()) })?;
        // SAFETY: the call has filled it.
        let status = unsafe { status.assume_init() };
        Ok(FileId {
            volume: status.dwVolumeSerialNumber,
            index: (status.nFileIndexHigh, status.nFileIndexLow),
        })
    }

    /// Returns which file has this name. A symbolic link is a file of its own.
    ///
    /// # Errors
    /// The system's.
    pub fn named(path: &Path) -> io::Result<FileId> {
        let mut options = OpenOptions::new();
        options
            .access_mode(FILE_READ_ATTRIBUTES)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS);
        FileId::of(&options.open(path)?)
    }
}
