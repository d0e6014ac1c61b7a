//! What the command says on stderr: errors, warnings and, when asked for, the library's log.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use spotify_token::Level;
use spotify_token::unstable::{Logger, one_line};

use crate::terminal;

/// Which of the library's log messages are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// None. Errors are still printed.
    Quiet,
    /// Warnings alone. An error is not among them: the command ends with it, and prints it then.
    Warnings,
    /// What happens as well.
    Info,
    /// Everything.
    Debug,
}

impl Verbosity {
    fn shows(self, level: Level) -> bool {
        match self {
            Verbosity::Quiet => false,
            Verbosity::Warnings => level == Level::Warning,
            Verbosity::Info => level <= Level::Info,
            Verbosity::Debug => true,
        }
    }

    /// Prints a message of the library, if it is to be shown.
    pub fn show(self, level: Level, message: &str) {
        if self.shows(level) {
            let name = match level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Info => "info",
                _ => "debug",
            };
            print(&format!("spotify-token: {name}: {message}"));
        }
    }

    /// A logger that prints what is to be shown.
    pub fn logger(self) -> Logger {
        Logger::new(move |level, message| self.show(level, message))
    }
}

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
