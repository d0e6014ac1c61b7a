//! A directory and its files, all of them this user's alone: what the system checks there, in words, and files that appear whole or
//! not at all.

use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::process;

use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::platform::Unfit;
use crate::platform::advice::FORBID_WRITING;
use crate::platform::directory;
use crate::platform::lock::Lock;
use crate::random;
use crate::store::StoreError;
use crate::store::key::is_lower_hex;

/// The end of a temporary file's name.
const TEMPORARY: &str = ".tmp";
/// A temporary file of this age was left behind by a process that was killed.
const LEFT_BEHIND_S: i64 = 60;

/// What to do about what cannot be used. It depends on what is kept there.
#[derive(Debug)]
pub(crate) struct Advice {
    /// Where no variable names a directory.
    pub(crate) unnamed: &'static str,
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

/// An open directory.
pub(crate) struct Directory {
    handle: directory::Directory,
    advice: &'static Advice,
}

impl Directory {
    /// Opens the directory, if it exists.
    pub(crate) fn open(path: &Path, advice: &'static Advice) -> Result<Option<Directory>, StoreError> {
        let error = |what: String| StoreError::transient(what).advise(advice.directory);
        match directory::Directory::open(path) {
            Ok(handle) => Ok(Some(Directory { handle, advice })),
            Err(Unfit::Missing) => Ok(None),
            Err(Unfit::Kind | Unfit::Link) => Err(error("not a directory, or a symbolic link".to_owned())),
            Err(Unfit::Owner) => Err(error("the directory belongs to another user".to_owned())),
            Err(Unfit::Shared) => {
                Err(StoreError::transient("other users may write to the directory").advise(FORBID_WRITING))
            }
            Err(Unfit::System(kind)) => Err(error(format!("the directory cannot be opened: {kind}"))),
        }
    }

    /// Opens the directory. If it does not exist, it is created, for this user alone.
    pub(crate) fn open_or_create(path: &Path, advice: &'static Advice) -> Result<Directory, StoreError> {
        if let Some(directory) = Directory::open(path, advice)? {
            return Ok(directory);
        }
        let error = |what: String| StoreError::transient(what).advise(advice.directory);
        let created = directory::Directory::create(path);
        created.map_err(|e| error(format!("the directory cannot be created: {}", e.kind())))?;
        Directory::open(path, advice)?.ok_or_else(|| error("the directory was removed".to_owned()))
    }

    /// Reads a file, if it exists and belongs to this user alone.
    pub(crate) fn read(&self, name: &str, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let error = |what: String| StoreError::transient(what).advise(self.advice.file);
        let (file, size) = match self.handle.open_file(name) {
            Ok(opened) => opened,
            Err(Unfit::Missing) => return Ok(None),
            Err(Unfit::Link) => return Err(error(format!("{name} is a symbolic link, which is not followed"))),
            Err(Unfit::System(kind)) => return Err(error(format!("{name} cannot be read: {kind}"))),
            Err(unfit) => {
                let error = error(format!("{name} is not used: {}", reason(unfit)));
                return Err(if unfit == Unfit::Shared {
                    error.advise(self.advice.mode)
                } else {
                    error
                });
            }
        };
        // Room for all of it: a buffer that grows leaves copies behind.
        let size = usize::try_from(size).unwrap_or(limit).min(limit);
        let mut content = Zeroizing::new(Vec::with_capacity(size + 1));
        let read = file.take(limit as u64 + 1).read_to_end(&mut content);
        read.map_err(|e| error(format!("{name} cannot be read: {}", e.kind())))?;
        if content.len() > limit {
            return Err(error(format!("{name} is not used: it is larger than any record")));
        }
        Ok(Some(content))
    }

    /// Writes a file with this content, in place of whatever has this name.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let temporary = temporary_name(name);
        let written = self
            .handle
            .write_new_file(&temporary, content)
            .and_then(|()| self.handle.rename(&temporary, name));
        written.map_err(|error| {
            let _ = self.handle.remove(&temporary);
            StoreError::transient(format!("{name} cannot be written: {}", error.kind())).advise(self.advice.full)
        })
    }

    /// Removes whatever has this name. Returns whether there was something.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, StoreError> {
        match self.handle.remove(name) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(not_removed(name, &error)),
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
        match self.handle.rename(name, &renamed) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(not_removed(name, &error)),
        }
        if !file_matches(&renamed) {
            // Back to its name, unless that belongs to a newer file.
            let _ = self.handle.link(&renamed, name);
        }
        self.remove(&renamed)?;
        Ok(())
    }

    /// Locks a file of this name. It is never removed, because then two processes could hold the lock. `None` while another
    /// process holds it. Where nothing can be written, an existing file is locked.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<Lock>, StoreError> {
        let error =
            |reason: &str, advice| StoreError::transient(format!("{name} cannot be locked: {reason}")).advise(advice);
        let file = self.handle.open_lock_file(name).map_err(|unfit| {
            let is_there = !matches!(unfit, Unfit::Missing | Unfit::System(_));
            let advice = if is_there {
                "Remove that file"
            } else {
                self.advice.directory
            };
            error(&reason(unfit), advice)
        })?;
        file.try_lock()
            .map_err(|e| error(&e.kind().to_string(), self.advice.directory))
    }

    /// Returns whether the file of this name is the one that is locked. Somebody may have removed that.
    pub(crate) fn has_lock(&self, name: &str, lock: &Lock) -> bool {
        self.handle.is_file(name, lock.file())
    }

    /// Writes what was renamed in this directory to the disk, so that a power failure does not undo it.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.handle.sync().map_err(|error| {
            StoreError::transient(format!("the directory cannot be written: {}", error.kind())).advise(self.advice.full)
        })
    }

    /// Returns the names of the files that end like this.
    pub(crate) fn names(&self, end: &str) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        let read = self.handle.each_name(|name| {
            if name.ends_with(end) {
                names.push(name.to_owned());
            }
        });
        read.map_err(|error| {
            StoreError::transient(format!("the directory cannot be read: {}", error.kind()))
                .advise(self.advice.directory)
        })?;
        Ok(names)
    }

    /// Removes the temporary files of killed processes, for files whose names are ours. An error here prevents nothing.
    pub(crate) fn sweep(&self, now: Moment, is_ours: impl Fn(&str) -> bool) {
        let _ = self.handle.each_name(|name| {
            let is_left_behind = |written_at| now.wall_ms / 1000 - written_at > LEFT_BEHIND_S;
            if is_temporary(name, &is_ours) && self.handle.written_at(name).is_some_and(is_left_behind) {
                let _ = self.handle.remove(name);
            }
        });
    }
}

/// Returns an error if a directory would be created among those of another user, who could not use it.
pub(crate) fn check_owner_above(path: &Path, advice: &'static Advice) -> Result<(), StoreError> {
    let Some(above) = directory::another_users_above(path) else {
        return Ok(());
    };
    let what = format!(
        "nothing is created in {}, which belongs to another user",
        above.display()
    );
    Err(StoreError::transient(what).advise(advice.owner))
}

/// Why a file is not used, in words.
fn reason(unfit: Unfit) -> String {
    match unfit {
        Unfit::Missing => return ErrorKind::NotFound.to_string(),
        Unfit::Link => "it is a symbolic link",
        Unfit::Kind => "it is not a regular file",
        Unfit::Owner => "it belongs to another user",
        Unfit::Shared => "other users may read or write it",
        Unfit::System(kind) => return kind.to_string(),
    }
    .to_owned()
}

fn not_removed(name: &str, error: &io::Error) -> StoreError {
    StoreError::transient(format!("{name} cannot be removed: {}", error.kind())).advise("Remove it by hand")
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
