//! Files that may be pipes or devices.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Opens a file for reading. It neither waits for the writer of a pipe, nor makes a terminal ours.
pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Waits until the file has something to read or ends, for `limit` at most. Returns whether it does. Only a pipe or a device ever makes
/// a caller wait.
pub(crate) fn wait_until_readable(file: &File, limit: Duration) -> io::Result<bool> {
    let limit = Timespec::try_from(limit).ok();
    match poll(&mut [PollFd::new(file, PollFlags::IN)], limit.as_ref()) {
        Ok(0) | Err(Errno::INTR) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
