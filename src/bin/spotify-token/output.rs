//! Writing the answer. It holds a token, so it goes to stdout, whole, and nowhere else.

use std::io::{self, Write};

use crate::exit::Failure;

/// Writes the answer to stdout.
pub fn answer(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Failure::Stdout)
}
