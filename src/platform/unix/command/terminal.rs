//! What a terminal can show.

use std::{env, io};

/// The width of the terminal that stdout is, in characters, if it says so.
pub fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Whether the terminal understands escape sequences (ECMA-48).
pub fn has_escape_sequences() -> bool {
    env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}
