//! Writing to stdout. What is written holds a token, so it goes there whole, and nowhere else.

use std::io;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use spotify_token::unstable::ffi::process;

use crate::exit::Exit;

/// Writes a text to stdout. Not by the standard library: it takes a stdout that cannot be written to for one that was
/// written to, and its buffer would keep a copy of the token.
pub fn write(text: &str) -> Result<(), Exit> {
    write_all(text.as_bytes()).map_err(|error| Exit::Stdout(error.into()))
}

fn write_all(mut rest: &[u8]) -> Result<(), Errno> {
    if process::was_closed(1) {
        return Err(Errno::BADF);
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
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
