//! Writing to stdout. What is written holds a token, so it goes there whole, and nowhere else.

use spotify_token::unstable::platform::stdout;

use crate::exit::Exit;

/// Writes a text to stdout.
pub fn write(text: &str) -> Result<(), Exit> {
    stdout::write_all(text.as_bytes()).map_err(Exit::Stdout)
}
