//! A directory that belongs to the user alone, and its files: no symbolic link is followed, owner and mode are checked on
//! what was really opened, and a file appears whole or not at all. It knows nothing of tokens.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process;

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;
use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::random;

/// How a temporary file's name ends.
const TEMPORARY: &str = ".tmp";
/// A temporary file of this age was left behind by a process that was killed.
const LEFT_BEHIND_S: i64 = 60;
/// What to do about a file that cannot be used.
const REPLACED: &str = "Remove it, or leave it to the next token, which takes its place";
const ONLY_US: Mode = Mode::RUSR.union(Mode::WUSR);

/// An open directory. Everything is done relative to it, so nobody can exchange it meanwhile.
pub(super) struct Directory(OwnedFd);

impl Directory {
    /// Opens the directory, if it is there.
    pub(super) fn open(path: &Path) -> Result<Option<Directory>, String> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = match fs::open(path, flags, Mode::empty()) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => {
                return Err("this is not a directory of its own. Name another with the option cache".to_owned());
            }
            Err(error) => return Err(format!("it cannot be opened: {}", words(error))),
        };
        let status = fs::fstat(&handle).map_err(|error| format!("it cannot be examined: {}", words(error)))?;
        if status.st_uid != geteuid().as_raw() {
            return Err("the directory belongs to somebody else. Name another with the option cache".to_owned());
        }
        if mode(&status).intersects(Mode::WGRP | Mode::WOTH) {
            return Err("others may write to the directory. Take that away with chmod go-w".to_owned());
        }
        Ok(Some(Directory(handle)))
    }

    /// Opens the directory. Where it is not there, it is made, for this user alone.
    pub(super) fn open_or_make(path: &Path) -> Result<Directory, String> {
        if let Some(directory) = Directory::open(path)? {
            return Ok(directory);
        }
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| {
            format!(
                "it cannot be made: {}. Name another with the option cache",
                error.kind()
            )
        })?;
        Directory::open(path)?.ok_or_else(|| "it has gone".to_owned())
    }

    /// The content of a file, if it is there and ours alone.
    pub(super) fn read(&self, name: &str, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        // A pipe in the file's place would block without NONBLOCK.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let handle = match fs::openat(&self.0, name, flags, Mode::empty()) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(format!("{name} is a symbolic link, and is not followed. {REPLACED}")),
            Err(error) => return Err(format!("{name} cannot be read: {}", words(error))),
        };
        let status = check(&handle).map_err(|fault| format!("{name} is not used: {fault}. {REPLACED}"))?;
        // Room for all of it: a buffer that grows leaves copies behind.
        let size = usize::try_from(status.st_size).unwrap_or(limit).min(limit);
        let mut content = Zeroizing::new(Vec::with_capacity(size + 1));
        let read = File::from(handle).take(limit as u64 + 1).read_to_end(&mut content);
        read.map_err(|error| format!("{name} cannot be read: {}", error.kind()))?;
        if content.len() > limit {
            return Err(format!("{name} is not used: it is larger than any token. {REPLACED}"));
        }
        Ok(Some(content))
    }

    /// Puts a file with this content in the place of whatever has this name.
    pub(super) fn replace(&self, name: &str, content: &[u8]) -> Result<(), String> {
        let temporary = temporary_name(name);
        let done = self.write(&temporary, content).and_then(|()| {
            fs::renameat(&self.0, &temporary, &self.0, name)?;
            Ok(())
        });
        done.map_err(|error| {
            let _ = fs::unlinkat(&self.0, &temporary, AtFlags::empty());
            format!("{name} cannot be written: {}", error.kind())
        })
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&self.0, name, flags, ONLY_US)?);
        file.write_all(content)?;
        // A name that points to a file without its content is what a power cut leaves else.
        file.sync_all()
    }

    /// Removes whatever has this name.
    pub(super) fn remove(&self, name: &str) -> Result<(), String> {
        match fs::unlinkat(&self.0, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(format!("{name} cannot be removed: {}", words(error))),
        }
    }

    /// Removes a file if its content fits. One that is put in its place meanwhile stays.
    pub(super) fn remove_if(&self, name: &str, fits: impl Fn(&[u8]) -> bool) -> Result<(), String> {
        let limit = super::record::LIMIT;
        // What cannot be read is served to nobody, so there is nothing to remove.
        let fits_in = |name: &str| matches!(self.read(name, limit), Ok(Some(content)) if fits(&content));
        if !fits_in(name) {
            return Ok(());
        }
        // Taken away first, and looked at again: then it is known what is removed.
        let taken = temporary_name(name);
        match fs::renameat(&self.0, name, &self.0, &taken) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(format!("{name} cannot be removed: {}", words(error))),
        }
        if !fits_in(&taken) {
            // Back, unless there is an even newer one.
            let _ = fs::linkat(&self.0, &taken, &self.0, name, AtFlags::empty());
        }
        self.remove(&taken)
    }

    /// Locks a file of this name, which stays for ever: removing it would let two hold the lock. `None` while somebody
    /// else holds it.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<File>, String> {
        let fault = |what: &dyn std::fmt::Display| format!("{name} cannot be locked: {what}");
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let handle = fs::openat(&self.0, name, flags, ONLY_US).map_err(|error| fault(&words(error)))?;
        check(&handle).map_err(|what| fault(&format!("{what}. Remove it")))?;
        let file = File::from(handle);
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(fault(&error.kind())),
        }
    }

    /// Removes what killed processes left behind. Whatever hinders that hinders nobody.
    pub(super) fn sweep(&self, now: Moment) {
        let Ok(entries) = Dir::read_from(&self.0) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if !name.to_bytes().ends_with(TEMPORARY.as_bytes()) {
                continue;
            }
            let written = fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW);
            if written.is_ok_and(|status| now.wall_ms / 1000 - status.st_mtime > LEFT_BEHIND_S) {
                let _ = fs::unlinkat(&self.0, name, AtFlags::empty());
            }
        }
    }
}

/// Whether this open file is a plain one that nobody else can read or write; what the system says about it.
fn check(file: &OwnedFd) -> Result<Stat, String> {
    let status = fs::fstat(file).map_err(words)?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err("it is not a plain file".to_owned());
    }
    if status.st_uid != geteuid().as_raw() {
        return Err("it belongs to somebody else".to_owned());
    }
    if mode(&status).intersects(Mode::RWXG | Mode::RWXO) {
        return Err("others may read or write it".to_owned());
    }
    Ok(status)
}

fn mode(status: &Stat) -> Mode {
    Mode::from_raw_mode(status.st_mode)
}

fn words(error: Errno) -> String {
    io::Error::from(error).kind().to_string()
}

/// A name that nobody else picks at the same time: no other process here, and no other machine that has the directory.
fn temporary_name(name: &str) -> String {
    format!("{name}.{}.{:016x}{TEMPORARY}", process::id(), random::number())
}
