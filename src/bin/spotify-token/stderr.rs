//! Writing to stderr.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use spotify_token::unstable::one_line;

use crate::terminal;

/// Prints a text on stderr, without what could control a terminal. A failure is ignored: there is nowhere to report it.
pub fn print(text: &str) {
    let mut cleaned = String::with_capacity(text.len() + 1);
    for line in text.trim_end().lines() {
        let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
        let _ = writeln!(cleaned, "{indent}{}", one_line(line));
    }
    let _progress = terminal::without_progress();
    let _ = io::stderr().write_all(cleaned.as_bytes());
}
