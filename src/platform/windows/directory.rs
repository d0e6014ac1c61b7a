//! A directory and its files, all of them this user's alone. While the directory is open, nobody can rename or remove it, nor one above
//! it. No symbolic link is followed, and owner and access control list are checked on what was really opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_GENERIC_READ, FILE_SHARE_READ, FILE_SHARE_WRITE,
};

use super::file_id::FileId;
use super::lock::LockFile;
use super::patience::patiently;
use super::security;
use crate::platform::Unfit;

/// Opens links and directories themselves.
const ITSELF: u32 = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;

/// An open directory.
pub(crate) struct Directory {
    path: PathBuf,
    /// Keeps the path as it is: others may not delete it.
    _handle: File,
}

impl Directory {
    /// Opens the directory and checks that it belongs to this user, and that no other may write to it.
    pub(crate) fn open(path: &Path) -> Result<Directory, Unfit> {
        let mut options = OpenOptions::new();
        options
            .access_mode(FILE_GENERIC_READ)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
            .custom_flags(ITSELF);
        let handle = patiently(|| options.open(path)).map_err(|error| unfit(&error))?;
        if !handle.metadata().map_err(|error| unfit(&error))?.is_dir() {
            return Err(Unfit::Kind);
        }
        security::check_directory(&handle)?;
        Ok(Directory {
            path: path.to_owned(),
            _handle: handle,
        })
    }

    /// Creates the directory, and those above it, for this user alone.
    pub(crate) fn create(path: &Path) -> io::Result<()> {
        match security::create_directory(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let above = path.parent().ok_or(error)?;
                Directory::create(above)?;
                Directory::create(path)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            result => result,
        }
    }

    /// Opens a file for reading, if it belongs to this user alone. Returns its size with it.
    pub(crate) fn open_file(&self, name: &str) -> Result<(File, u64), Unfit> {
        self.open_itself(name, OpenOptions::new().read(true))
    }

    /// Writes a new file, for this user alone, to the disk.
    pub(crate) fn write_new_file(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut file = security::create_file(&self.at(name))?;
        file.write_all(content)?;
        // Otherwise a power failure can leave the name of a file without its content.
        file.sync_all()
    }

    /// Gives a file another name, in place of whatever has that.
    pub(crate) fn rename(&self, name: &str, new_name: &str) -> io::Result<()> {
        patiently(|| fs::rename(self.at(name), self.at(new_name)))
    }

    /// Gives a file another name as well, unless something has that.
    pub(crate) fn link(&self, name: &str, new_name: &str) -> io::Result<()> {
        fs::hard_link(self.at(name), self.at(new_name))
    }

    /// Removes whatever has this name.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        patiently(|| fs::remove_file(self.at(name)))
    }

    /// Opens a file to be locked. It is created if it does not exist. Where nothing can be written, an existing file is opened.
    pub(crate) fn open_lock_file(&self, name: &str) -> Result<LockFile, Unfit> {
        let opened = match self.open_itself(name, OpenOptions::new().read(true)) {
            Err(Unfit::Missing) => {
                match security::create_file(&self.at(name)) {
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(unfit(&error)),
                    // By another process, at the same time.
                    _ => {}
                }
                self.open_itself(name, OpenOptions::new().read(true))
            }
            opened => opened,
        };
        opened.map(|(file, _)| LockFile::new(file))
    }

    fn open_itself(&self, name: &str, options: &mut OpenOptions) -> Result<(File, u64), Unfit> {
        let options = options.custom_flags(ITSELF);
        let file = patiently(|| options.open(self.at(name))).map_err(|error| unfit(&error))?;
        let status = file.metadata().map_err(|error| unfit(&error))?;
        match status.file_type() {
            kind if kind.is_symlink() => return Err(Unfit::Link),
            kind if !kind.is_file() => return Err(Unfit::Kind),
            _ => {}
        }
        security::check_file(&file)?;
        Ok((file, status.len()))
    }

    /// Returns whether the file of this name is this open one.
    pub(crate) fn is_file(&self, name: &str, file: &File) -> bool {
        matches!((FileId::named(&self.at(name)), FileId::of(file)), (Ok(named), Ok(opened)) if named == opened)
    }

    /// Writes what was renamed in this directory to the disk, so that a power failure does not undo it.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let opened = OpenOptions::new().write(true).custom_flags(ITSELF).open(&self.path);
        match opened.and_then(|directory| directory.sync_all()) {
            // Network shares and file systems other than NTFS may have no such thing.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            result => result,
        }
    }

    /// Passes each name in this directory that is text to `take`.
    pub(crate) fn each_name(&self, mut take: impl FnMut(&str)) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            if let Some(name) = entry?.file_name().to_str() {
                take(name);
            }
        }
        Ok(())
    }

    /// Returns when a regular file was written last, in seconds since 1970.
    pub(crate) fn written_at(&self, name: &str) -> Option<i64> {
        let status = fs::symlink_metadata(self.at(name)).ok().filter(fs::Metadata::is_file)?;
        let since_1970 = status.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since_1970.as_secs()).ok()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Returns nothing: what is created belongs to its creator, wherever that is.
pub(crate) fn another_users_above(_path: &Path) -> Option<&Path> {
    None
}

fn unfit(error: &io::Error) -> Unfit {
    match error.kind() {
        ErrorKind::NotFound => Unfit::Missing,
        kind => Unfit::System(kind),
    }
}
