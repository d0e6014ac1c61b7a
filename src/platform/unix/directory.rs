//! A directory and its files, all of them this user's alone. Everything is done relative to the open directory, so nobody can replace
//! it meanwhile. No symbolic link is followed, and owner and mode are checked on what was really opened.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::lock::LockFile;
use crate::platform::Unfit;

const ONLY_US: Mode = Mode::RUSR.union(Mode::WUSR);

/// An open directory.
pub(crate) struct Directory(OwnedFd);

impl Directory {
    /// Opens the directory and checks that it belongs to this user, and that no other may write to it.
    pub(crate) fn open(path: &Path) -> Result<Directory, Unfit> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = match fs::open(path, flags, Mode::empty()) {
            Err(Errno::NOTDIR) => return Err(Unfit::Kind),
            opened => opened.map_err(unfit)?,
        };
        let status = fs::fstat(&handle).map_err(unfit)?;
        if status.st_uid != geteuid().as_raw() {
            return Err(Unfit::Owner);
        }
        if mode(&status).intersects(Mode::WGRP | Mode::WOTH) {
            return Err(Unfit::Shared);
        }
        Ok(Directory(handle))
    }

    /// Creates the directory, and those above it, for this user alone.
    pub(crate) fn create(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Opens a file for reading, if it belongs to this user alone. Returns its size with it.
    pub(crate) fn open_file(&self, name: &str) -> Result<(File, u64), Unfit> {
        // A pipe in the file's place would block without NONBLOCK.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let handle = fs::openat(&self.0, name, flags, Mode::empty()).map_err(unfit)?;
        let status = check(&handle)?;
        Ok((handle.into(), u64::try_from(status.st_size).unwrap_or(u64::MAX)))
    }

    /// Writes a new file, for this user alone, to the disk.
    pub(crate) fn write_new_file(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&self.0, name, flags, ONLY_US)?);
        file.write_all(content)?;
        // Otherwise a power failure can leave the name of a file without its content.
        unless_unsupported(file.sync_all())
    }

    /// Gives a file another name, in place of whatever has that.
    pub(crate) fn rename(&self, name: &str, new_name: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.0, name, &self.0, new_name)?)
    }

    /// Gives a file another name as well, unless something has that.
    pub(crate) fn link(&self, name: &str, new_name: &str) -> io::Result<()> {
        Ok(fs::linkat(&self.0, name, &self.0, new_name, AtFlags::empty())?)
    }

    /// Removes whatever has this name.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Opens a file to be locked. It is created if it does not exist. Where nothing can be written, an existing file is opened.
    pub(crate) fn open_lock_file(&self, name: &str) -> Result<LockFile, Unfit> {
        LockFile::open(|| {
            let handle = self.open_or_create(name).map_err(unfit)?;
            check(&handle)?;
            Ok(handle)
        })
    }

    fn open_or_create(&self, name: &str) -> Result<OwnedFd, Errno> {
        let common = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let unwritable = match fs::openat(&self.0, name, OFlags::RDWR | OFlags::CREATE | common, ONLY_US) {
            Err(errno @ (Errno::ROFS | Errno::ACCESS | Errno::NOSPC | Errno::DQUOT)) => errno,
            opened => return opened,
        };
        // Why it cannot be created says more than that it is not there.
        fs::openat(&self.0, name, OFlags::RDONLY | common, Mode::empty())
            .map_err(|errno| if errno == Errno::NOENT { unwritable } else { errno })
    }

    /// Returns whether the file of this name is this open one.
    pub(crate) fn is_file(&self, name: &str, file: &File) -> bool {
        let named = fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW);
        let opened = fs::fstat(file);
        matches!((named, opened), (Ok(named), Ok(opened)) if (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino))
    }

    /// Writes what was renamed in this directory to the disk, so that a power failure does not undo it.
    pub(crate) fn sync(&self) -> io::Result<()> {
        unless_unsupported(fs::fsync(&self.0).map_err(io::Error::from))
    }

    /// Passes each name in this directory that is text to `take`.
    pub(crate) fn each_name(&self, mut take: impl FnMut(&str)) -> io::Result<()> {
        for entry in Dir::read_from(&self.0)? {
            if let Ok(name) = entry?.file_name().to_str() {
                take(name);
            }
        }
        Ok(())
    }

    /// Returns when a regular file was written last, in seconds since 1970.
    pub(crate) fn written_at(&self, name: &str) -> Option<i64> {
        let status = fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        (FileType::from_raw_mode(status.st_mode) == FileType::RegularFile).then_some(status.st_mtime)
    }
}

/// Returns the nearest directory above a path that does not exist, if it belongs to another user. The system's directories belong to
/// root, who gives permission to create something there.
pub(crate) fn another_users_above(path: &Path) -> Option<&Path> {
    let (above, status) = path
        .ancestors()
        .find_map(|above| Some((above, above.metadata().ok()?)))?;
    (status.uid() != 0 && status.uid() != geteuid().as_raw()).then_some(above)
}

/// Checks that this open file is a regular one that no other user can read or write.
fn check(file: &OwnedFd) -> Result<Stat, Unfit> {
    let status = fs::fstat(file).map_err(unfit)?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(Unfit::Kind);
    }
    if status.st_uid != geteuid().as_raw() {
        return Err(Unfit::Owner);
    }
    if mode(&status).intersects(Mode::RWXG | Mode::RWXO) {
        return Err(Unfit::Shared);
    }
    Ok(status)
}

fn mode(status: &Stat) -> Mode {
    Mode::from_raw_mode(status.st_mode)
}

fn unfit(errno: Errno) -> Unfit {
    match errno {
        Errno::NOENT => Unfit::Missing,
        Errno::LOOP => Unfit::Link,
        _ => Unfit::System(io::Error::from(errno).kind()),
    }
}

/// Forgives a file system that has no `fsync`: some in user space, some on other machines.
fn unless_unsupported(result: io::Result<()>) -> io::Result<()> {
    let unsupported = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP];
    match result {
        Err(error) if Errno::from_io_error(&error).is_some_and(|errno| unsupported.contains(&errno)) => Ok(()),
        result => result,
    }
}
