//! When an attempt ends: at a point in time, or when it is cancelled. Every wait for a socket goes through here, so no
//! peer can stretch the time, however slowly it sends.

use std::io;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::cancel::Cancel;
use crate::platform::socket::{self, Wakeable};

/// The end of an attempt.
#[derive(Debug)]
pub(crate) struct Deadline {
    end: Instant,
    /// Becomes readable when the attempt is cancelled.
    cancelled: Option<Wakeable>,
}

impl Deadline {
    /// Makes one that `cancel`, where there is one, brings forward. Replaces the hook that `cancel` had.
    ///
    /// # Errors
    /// The system's, when the process has too many files open.
    pub(crate) fn new(end: Instant, cancel: Option<&Cancel>) -> io::Result<Deadline> {
        let Some(cancel) = cancel else {
            return Ok(Deadline { end, cancelled: None });
        };
        let (cancelled, waker) = socket::wakeable()?;
        cancel.on_cancel(move || waker.wake());
        Ok(Deadline {
            end,
            cancelled: Some(cancelled),
        })
    }

    /// Waits until something happens to one of these, or until `until`.
    ///
    /// # Errors
    /// `TimedOut` at the deadline; `ConnectionAborted` when the attempt is cancelled.
    pub(crate) fn wait<'f>(&'f self, fds: &mut Vec<PollFd<'f>>, until: Option<Instant>) -> io::Result<()> {
        let others = fds.len();
        fds.extend(
            self.cancelled
                .iter()
                .map(|cancelled| PollFd::new(cancelled, PollFlags::IN)),
        );
        loop {
            let now = Instant::now();
            if now >= self.end {
                return Err(timed_out());
            }
            let next = until.map_or(self.end, |until| until.min(self.end));
            let left = Timespec::try_from(next.saturating_duration_since(now)).ok();
            match poll(fds, left.as_ref()) {
                Ok(_) if fds[others..].iter().any(|fd| !fd.revents().is_empty()) => {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                Ok(0) if next == self.end => {}
                Ok(_) => return Ok(()),
                // A signal of the host's.
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

/// Whether an error is that of a deadline. The system has one with the same name, for a peer that it gave up.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none()
}
