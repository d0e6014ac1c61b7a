//! A directory and its files, all of them this user's alone. No symbolic link is followed, owner and mode are checked on what was
//! really opened, and a file appears whole or not at all.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::process;

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;
use zeroize::Zeroizing;

use super::lock::{Lock, LockFile};
use crate::clock::Moment;
use crate::random;
use crate::store::StoreError;
use crate::store::key::is_lower_hex;

/// The end of a temporary file's name.
const TEMPORARY: &str = ".tmp";
/// A temporary file of this age was left behind by a process that was killed.
const LEFT_BEHIND_S: i64 = 60;
const ONLY_US: Mode = Mode::RUSR.union(Mode::WUSR);

/// What to do about what cannot be used. It depends on what is kept there.
#[derive(Debug)]
pub(crate) struct Advice {
    /// What is missing where no directory is named, and what to do about it.
    pub(crate) unnamed: (&'static str, &'static str),
    /// About a directory.
    pub(crate) directory: &'static str,
    /// About a directory that would be created in another user's.
    pub(crate) owner: &'static str,
    /// About a file that cannot be read.
    pub(crate) file: &'static str,
    /// About a file that other users may read or write.
    pub(crate) mode: &'static str,
    /// About a file that cannot be written.
    pub(crate) full: &'static str,
}

/// An open directory. Everything is done relative to it, so nobody can replace it meanwhile.
pub(crate) struct Directory {
    handle: OwnedFd,
    advice: &'static Advice,
}

impl Directory {
    /// Opens the directory, if it exists.
    pub(crate) fn open(path: &Path, advice: &'static Advice) -> Result<Option<Directory>, StoreError> {
        let error = |what: String| StoreError::transient(what).advise(advice.directory);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = match fs::open(path, flags, Mode::empty()) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(error("not a directory, or a symbolic link".to_owned())),
            Err(errno) => return Err(error(format!("the directory cannot be opened: {}", kind(errno)))),
        };
        let status = fs::fstat(&handle).map_err(|errno| error(kind(errno)))?;
        if status.st_uid != geteuid().as_raw() {
            return Err(error("the directory belongs to another user".to_owned()));
        }
        if mode(&status).intersects(Mode::WGRP | Mode::WOTH) {
            let error = StoreError::transient("other users may write to the directory");
            return Err(error.advise("Remove that permission with chmod go-w"));
        }
        Ok(Some(Directory { handle, advice }))
    }

    /// Opens the directory. If it does not exist, it is created, for this user alone.
    pub(crate) fn open_or_create(path: &Path, advice: &'static Advice) -> Result<Directory, StoreError> {
        if let Some(directory) = Directory::open(path, advice)? {
            return Ok(directory);
        }
        let error = |what: String| StoreError::transient(what).advise(advice.directory);
        let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
        created.map_err(|e| error(format!("the directory cannot be created: {}", e.kind())))?;
        Directory::open(path, advice)?.ok_or_else(|| error("the directory was removed".to_owned()))
    }

    /// Reads a file, if it exists and belongs to this user alone.
    pub(crate) fn read(&self, name: &str, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let error = |what: String| StoreError::transient(what).advise(self.advice.file);
        // A pipe in the file's place would block without NONBLOCK.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let handle = match fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(error(format!("{name} is a symbolic link, which is not followed"))),
            Err(errno) => return Err(error(format!("{name} cannot be read: {}", kind(errno)))),
        };
        let status = check(&handle).map_err(|unfit| {
            let error = error(format!("{name} is not used: {}", unfit.reason()));
            if unfit == Unfit::Mode {
                error.advise(self.advice.mode)
            } else {
                error
            }
        })?;
        // Room for all of it: a buffer that grows leaves copies behind.
        let size = usize::try_from(status.st_size).unwrap_or(limit).min(limit);
        let mut content = Zeroizing::new(Vec::with_capacity(size + 1));
        let read = File::from(handle).take(limit as u64 + 1).read_to_end(&mut content);
        read.map_err(|e| error(format!("{name} cannot be read: {}", e.kind())))?;
        if content.len() > limit {
            return Err(error(format!("{name} is not used: it is larger than any record")));
        }
        Ok(Some(content))
    }

    /// Writes a file with this content, in place of whatever has this name.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let temporary = temporary_name(name);
        let written = self.write(&temporary, content).and_then(|()| {
            fs::renameat(&self.handle, &temporary, &self.handle, name)?;
            Ok(())
        });
        written.map_err(|error| {
            let _ = fs::unlinkat(&self.handle, &temporary, AtFlags::empty());
            StoreError::transient(format!("{name} cannot be written: {}", error.kind())).advise(self.advice.full)
        })
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&self.handle, name, flags, ONLY_US)?);
        file.write_all(content)?;
        // Otherwise a power failure can leave the name of a file without its content.
        match file.sync_all() {
            Err(error) if is_unsupported(&error) => Ok(()),
            result => result,
        }
    }

    /// Removes whatever has this name. Returns whether there was something.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, StoreError> {
        match fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(not_removed(name, errno)),
        }
    }

    /// Removes a file if its content matches. A file that replaces it meanwhile stays.
    pub(crate) fn remove_if(
        &self,
        name: &str,
        limit: usize,
        matches: impl Fn(&[u8]) -> bool,
    ) -> Result<(), StoreError> {
        // What cannot be read is never used, so it need not be removed.
        let file_matches = |name: &str| matches!(self.read(name, limit), Ok(Some(content)) if matches(&content));
        if !file_matches(name) {
            return Ok(());
        }
        // Renamed first and read again, so that it is known what is removed.
        let renamed = temporary_name(name);
        match fs::renameat(&self.handle, name, &self.handle, &renamed) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(()),
            Err(errno) => return Err(not_removed(name, errno)),
        }
        if !file_matches(&renamed) {
            // Back to its name, unless that belongs to a newer file.
            let _ = fs::linkat(&self.handle, &renamed, &self.handle, name, AtFlags::empty());
        }
        self.remove(&renamed)?;
        Ok(())
    }

    /// Locks a file of this name. It is never removed, because then two processes could hold the lock. `None` while another
    /// process holds it. Where nothing can be written, an existing file is locked.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<Lock>, StoreError> {
        let error = |reason: &str| StoreError::transient(format!("{name} cannot be locked: {reason}"));
        let file = LockFile::open(|| {
            let handle = self.open_lock(name);
            let handle = handle.map_err(|errno| error(&kind(errno)).advise(self.advice.directory))?;
            check(&handle).map_err(|unfit| error(unfit.reason()).advise("Remove that file"))?;
            Ok(handle)
        })?;
        file.try_lock()
            .map_err(|e| error(&e.kind().to_string()).advise(self.advice.directory))
    }

    fn open_lock(&self, name: &str) -> Result<OwnedFd, Errno> {
        let common = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let unwritable = match fs::openat(&self.handle, name, OFlags::RDWR | OFlags::CREATE | common, ONLY_US) {
            Err(errno @ (Errno::ROFS | Errno::ACCESS | Errno::NOSPC | Errno::DQUOT)) => errno,
            opened => return opened,
        };
        // Why it cannot be created says more than that it is not there.
        fs::openat(&self.handle, name, OFlags::RDONLY | common, Mode::empty())
            .map_err(|errno| if errno == Errno::NOENT { unwritable } else { errno })
    }

    /// Returns whether the file of this name is the one that is locked. Somebody may have removed that.
    pub(crate) fn has_lock(&self, name: &str, lock: &Lock) -> bool {
        let named = fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW);
        let locked = fs::fstat(lock);
        matches!((named, locked), (Ok(named), Ok(locked)) if (named.st_dev, named.st_ino) == (locked.st_dev, locked.st_ino))
    }

    /// Writes what was renamed in this directory to the disk, so that a power failure does not undo it.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        match fs::fsync(&self.handle).map_err(io::Error::from) {
            Err(error) if !is_unsupported(&error) => {
                let error = StoreError::transient(format!("the directory cannot be written: {}", error.kind()));
                Err(error.advise(self.advice.full))
            }
            _ => Ok(()),
        }
    }

    /// Returns the names of the files that end like this.
    pub(crate) fn names(&self, end: &str) -> Result<Vec<String>, StoreError> {
        let error = |errno| {
            StoreError::transient(format!("the directory cannot be read: {}", kind(errno)))
                .advise(self.advice.directory)
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(error)? {
            let entry = entry.map_err(error)?;
            if let Ok(name) = entry.file_name().to_str()
                && name.ends_with(end)
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Removes the temporary files of killed processes, for files whose names are ours. An error here prevents nothing.
    pub(crate) fn sweep(&self, now: Moment, is_ours: impl Fn(&str) -> bool) {
        let Ok(entries) = Dir::read_from(&self.handle) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if !name.to_str().is_ok_and(|name| is_temporary(name, &is_ours)) {
                continue;
            }
            let left_behind = |status: Stat| {
                FileType::from_raw_mode(status.st_mode) == FileType::RegularFile
                    && now.wall_ms / 1000 - status.st_mtime > LEFT_BEHIND_S
            };
            if fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(left_behind) {
                let _ = fs::unlinkat(&self.handle, name, AtFlags::empty());
            }
        }
    }
}

/// Returns an error if a directory would be created among those of another user, who could not use it. The system's directories
/// belong to root, who gives permission to create something there.
pub(crate) fn check_owner_above(path: &Path, advice: &'static Advice) -> Result<(), StoreError> {
    let existing = path.ancestors().find_map(|above| Some((above, above.metadata().ok()?)));
    let Some((above, status)) = existing else { return Ok(()) };
    if status.uid() == 0 || status.uid() == geteuid().as_raw() {
        return Ok(());
    }
    let what = format!(
        "nothing is created in {}, which belongs to another user",
        above.display()
    );
    Err(StoreError::transient(what).advise(advice.owner))
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unfit {
    System(String),
    Kind,
    Owner,
    Mode,
}

impl Unfit {
    fn reason(&self) -> &str {
        match self {
            Unfit::System(error) => error,
            Unfit::Kind => "it is not a regular file",
            Unfit::Owner => "it belongs to another user",
            Unfit::Mode => "other users may read or write it",
        }
    }
}

/// Checks that this open file is a regular one that no other user can read or write.
fn check(file: &OwnedFd) -> Result<Stat, Unfit> {
    let status = fs::fstat(file).map_err(|errno| Unfit::System(kind(errno)))?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(Unfit::Kind);
    }
    if status.st_uid != geteuid().as_raw() {
        return Err(Unfit::Owner);
    }
    if mode(&status).intersects(Mode::RWXG | Mode::RWXO) {
        return Err(Unfit::Mode);
    }
    Ok(status)
}

fn mode(status: &Stat) -> Mode {
    Mode::from_raw_mode(status.st_mode)
}

fn not_removed(name: &str, errno: Errno) -> StoreError {
    StoreError::transient(format!("{name} cannot be removed: {}", kind(errno))).advise("Remove it by hand")
}

/// What a file system answers that has no `fsync`: some in user space, some on other machines.
fn is_unsupported(error: &io::Error) -> bool {
    let unsupported = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP];
    Errno::from_io_error(error).is_some_and(|errno| unsupported.contains(&errno))
}

fn kind(errno: Errno) -> String {
    io::Error::from(errno).kind().to_string()
}

/// Makes a name that no other process uses at the same time: none on this machine, not even a child that inherited our random
/// numbers, and none on another machine that shares the directory.
fn temporary_name(name: &str) -> String {
    format!("{name}.{}.{:016x}{TEMPORARY}", process::id(), random::number())
}

/// Whether [`temporary_name`] could have made this from a name that is ours.
fn is_temporary(name: &str, is_ours: impl Fn(&str) -> bool) -> bool {
    let parts = || {
        let (rest, random) = name.strip_suffix(TEMPORARY)?.rsplit_once('.')?;
        let (name, process) = rest.rsplit_once('.')?;
        Some((name, process, random))
    };
    parts().is_some_and(|(name, process, random)| {
        is_ours(name)
            && !process.is_empty()
            && process.bytes().all(|byte| byte.is_ascii_digit())
            && random.len() == 16
            && is_lower_hex(random)
    })
}
