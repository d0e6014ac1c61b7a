//! Locked files. A lock belongs to the open file, which a child of `fork()` inherits: a holder that is killed would leave its lock
//! to a child that knows nothing of it. So open lock files are noted here, and [`inherited`] gives them to a handler that closes
//! them in the child. Nothing here waits: a lock that another thread held at the fork would stay locked in the child.

use std::fs::{File, TryLockError};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::time::Duration;
use std::{io, thread};

use crate::fork::ProcessId;

/// So many locks can be held at once and still end with their holder.
const MAX: usize = 64;
const NONE: RawFd = -1;

/// The lock files that are open.
static OPEN: [AtomicI32; MAX] = [const { AtomicI32::new(NONE) }; MAX];
/// The forks that have begun, and those that are being made.
static FORKS: AtomicU32 = AtomicU32::new(0);
static FORKING: AtomicU32 = AtomicU32::new(0);

/// A file that is locked while this exists, and no longer than this process.
#[derive(Debug)]
pub(crate) struct Lock(LockFile);

impl Drop for Lock {
    fn drop(&mut self) {
        // Before the file is closed, which a child that is born now still has open. In a child the lock is the parent's.
        if self.0.process == ProcessId::current() {
            let _ = self.0.file().unlock();
        }
    }
}

impl Lock {
    /// Returns the file.
    pub(crate) fn file(&self) -> &File {
        self.0.file()
    }
}

/// An open file, noted.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: Option<File>,
    slot: Option<usize>,
    process: ProcessId,
}

impl LockFile {
    /// Opens the file and notes it. A child that is born in between would keep it open, so it is then opened again.
    pub(super) fn open<E>(open: impl Fn() -> Result<OwnedFd, E>) -> Result<LockFile, E> {
        loop {
            let forks = forks_when_none_is_made();
            let file = LockFile::note(open()?.into());
            if FORKS.load(Ordering::SeqCst) == forks {
                return Ok(file);
            }
        }
    }

    /// Locks the file. `None` while another has locked it.
    pub(crate) fn try_lock(self) -> io::Result<Option<Lock>> {
        match self.file().try_lock() {
            Ok(()) => Ok(Some(Lock(self))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn note(file: File) -> LockFile {
        let fd = file.as_raw_fd();
        let take = |slot: &AtomicI32| {
            slot.compare_exchange(NONE, fd, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
        };
        LockFile {
            slot: OPEN.iter().position(take),
            process: ProcessId::current(),
            file: Some(file),
        }
    }

    fn file(&self) -> &File {
        self.file.as_ref().expect("taken by drop alone")
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let file = self.file.take();
        match self.slot {
            // Before the file is closed: its number may be another file's after that.
            Some(slot) if self.process == ProcessId::current() => OPEN[slot].store(NONE, Ordering::SeqCst),
            // A child of `fork()` has closed it.
            Some(_) => std::mem::forget(file),
            None => {}
        }
    }
}

/// Returns how many forks have begun. Waits for those that are being made, up to a tenth of a second.
fn forks_when_none_is_made() -> u32 {
    for _ in 0..100 {
        let forks = FORKS.load(Ordering::SeqCst);
        if FORKING.load(Ordering::SeqCst) == 0 {
            return forks;
        }
        thread::sleep(Duration::from_millis(1));
    }
    FORKS.load(Ordering::SeqCst)
}

/// For `pthread_atfork`, in the parent before the fork.
pub(super) fn before_fork() {
    FORKING.fetch_add(1, Ordering::SeqCst);
    FORKS.fetch_add(1, Ordering::SeqCst);
}

/// For `pthread_atfork`, in the parent after the fork.
pub(super) fn after_fork_in_parent() {
    FORKING.fetch_sub(1, Ordering::SeqCst);
}

/// For `pthread_atfork`, in the child. Returns the lock files of the parent, which have to be closed.
pub(super) fn inherited() -> impl Iterator<Item = RawFd> {
    FORKING.store(0, Ordering::SeqCst);
    OPEN.iter()
        .map(|slot| slot.swap(NONE, Ordering::SeqCst))
        .filter(|fd| *fd != NONE)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_lock_file_is_noted_while_it_is_open() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("lock");
        let open = || File::create(&path).map(OwnedFd::from);
        let noted = |fd: RawFd| OPEN.iter().any(|slot| slot.load(Ordering::SeqCst) == fd);
        let lock = LockFile::open(open).unwrap().try_lock().unwrap().unwrap();
        let fd = lock.0.file().as_raw_fd();
        assert!(noted(fd));
        let other = LockFile::open(open).unwrap();
        let other_fd = other.file().as_raw_fd();
        assert!(noted(other_fd));
        assert!(other.try_lock().unwrap().is_none(), "locked");
        drop(lock);
        assert!(LockFile::open(open).unwrap().try_lock().unwrap().is_some(), "unlocked");
    }

    #[test]
    fn a_file_that_was_opened_during_a_fork_is_opened_again() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("lock");
        let opened = AtomicU32::new(0);
        let open = || {
            if opened.fetch_add(1, Ordering::SeqCst) == 0 {
                before_fork();
                after_fork_in_parent();
            }
            File::create(&path).map(OwnedFd::from)
        };
        LockFile::open(open).unwrap();
        assert!(opened.load(Ordering::SeqCst) > 1);
    }
}
