//! Writing to stdout without a buffer. The standard library takes a stdout that cannot be written to for one that was written to, and
//! its buffer would keep a copy of a token.

use std::io;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::SIGPIPE;
use signal_hook::low_level::emulate_default_handler;

use super::inherited;

/// Writes all of this.
///
/// # Errors
/// The system's. See [`is_closed`].
pub fn write_all(mut rest: &[u8]) -> io::Result<()> {
    if inherited::was_closed(1) {
        return Err(Errno::BADF.into());
    }
    let stdout = io::stdout();
    while !rest.is_empty() {
        match rustix::io::write(&stdout, rest) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::INTR) => {}
            // Another program has made this pipe or terminal non-blocking.
            Err(Errno::AGAIN) => {
                let mut writable = [PollFd::new(&stdout, PollFlags::OUT)];
                match poll(&mut writable, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether an error means that stdout is closed, or not open for writing.
pub fn is_closed(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::BADF)
}

/// Ends this process by SIGPIPE, as cat(1) ends when its reader has closed the pipe. Returns where that signal is ignored.
pub fn end_by_broken_pipe(_status: u8) {
    if !inherited::was_ignored(SIGPIPE) {
        let _ = emulate_default_handler(SIGPIPE);
    }
}
