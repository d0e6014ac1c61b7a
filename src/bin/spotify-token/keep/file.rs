//! A file that is kept: written whole, by renaming a temporary file, and locked against another process that would keep it, too.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use spotify_token::unstable::platform::files::{FileId, create_with_mode, open_to_lock, replace};

use crate::exit::{Exit, STDOUT_FAILED, UNAVAILABLE};

/// The end of a temporary file's name.
const TEMPORARY: &str = ".tmp";

/// A file that this process keeps.
pub struct KeptFile {
    directory: PathBuf,
    name: OsString,
    mode: u32,
    /// What was written last: nothing else is removed.
    written: Option<FileId>,
    /// Whether the file may be what a killed process has left behind.
    is_leftover: bool,
    lock: PathBuf,
    _locked: File,
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        // While it is locked: whoever opens a new one cannot be confused with us.
        let _ = fs::remove_file(&self.lock);
    }
}

impl KeptFile {
    /// Locks the file, and removes the temporary files that a killed process has left behind.
    pub fn lock(path: &Path, mode: u32) -> Result<KeptFile, Exit> {
        let failed = |what: String| Exit::Other(STDOUT_FAILED, what);
        let Some(name) = path.file_name().filter(|_| !path.is_dir()) else {
            return Err(failed(format!(
                "{} is a directory. Name a file in it with --file",
                path.display()
            )));
        };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = parent.unwrap_or(Path::new(".")).to_owned();
        let lock = directory.join(hidden(name, ".lock"));
        // Removed by every process that ends by itself.
        let is_leftover = fs::symlink_metadata(&lock).is_ok();
        let locked = locked(&lock).map_err(|error| match error {
            TryLockError::WouldBlock => Exit::Other(
                UNAVAILABLE,
                format!("another process keeps {}. End it, or name another file", path.display()),
            ),
            TryLockError::Error(error) => failed(format!("cannot write in {}: {error}", directory.display())),
        })?;
        let file = KeptFile {
            directory,
            name: name.to_owned(),
            mode,
            written: None,
            is_leftover,
            lock,
            _locked: locked,
        };
        file.sweep();
        Ok(file)
    }

    /// Writes the content whole: a reader sees the old one or this one. Replaces a symbolic link, and does not follow it.
    pub fn write(&mut self, content: &[u8]) -> io::Result<()> {
        let temporary = self
            .directory
            .join(hidden(&self.name, &format!(".{}{TEMPORARY}", process::id())));
        let _ = fs::remove_file(&temporary);
        let written = self.write_and_rename(&temporary, content);
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        self.written = Some(written?);
        self.is_leftover = false;
        Ok(())
    }

    fn write_and_rename(&self, temporary: &Path, content: &[u8]) -> io::Result<FileId> {
        let mut file = create_with_mode(temporary, self.mode)?;
        file.write_all(content)?;
        file.sync_all()?;
        let written = FileId::of(&file)?;
        // Closed before: some systems do not rename an open file.
        drop(file);
        replace(temporary, &self.path())?;
        Ok(written)
    }

    /// Whether what was written last is still there.
    pub fn is_there(&self) -> bool {
        FileId::named(&self.path()).is_ok_and(|named| self.written == Some(named))
    }

    /// Removes what was written last, if it is still there.
    pub fn remove(&mut self) {
        if self.is_there() {
            let _ = fs::remove_file(self.path());
        }
        self.written = None;
    }

    /// Removes the file if a killed process has left it behind.
    pub fn remove_leftover(&mut self) {
        if std::mem::take(&mut self.is_leftover) {
            let _ = fs::remove_file(self.path());
        }
    }

    /// The path, for people.
    pub fn shown(&self) -> String {
        self.path().display().to_string()
    }

    fn path(&self) -> PathBuf {
        self.directory.join(&self.name)
    }

    /// Removes temporary files. Nobody else writes one while the lock is held.
    fn sweep(&self) {
        let start = hidden(&self.name, ".");
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let (name, start) = (name.as_encoded_bytes(), start.as_encoded_bytes());
            if name.starts_with(start) && name.ends_with(TEMPORARY.as_bytes()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The name of a file beside this one, which `ls` does not show.
fn hidden(name: &OsStr, end: &str) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(end);
    hidden
}

/// Opens and locks a file. The one before may have been removed after it was opened.
fn locked(path: &Path) -> Result<File, TryLockError> {
    loop {
        let file = open_to_lock(path).map_err(TryLockError::Error)?;
        file.try_lock()?;
        let opened = FileId::of(&file).map_err(TryLockError::Error)?;
        if FileId::named(path).is_ok_and(|named| named == opened) {
            return Ok(file);
        }
    }
}
