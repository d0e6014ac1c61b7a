//! Which messages of the library the command shows: errors, warnings and, when asked for, all that it logs.

use std::sync::{Mutex, PoisonError};

use spotify_token::Level;
use spotify_token::unstable::Logger;

use crate::log;

/// The errors of the library so far, which the command may survive.
static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Stands before an error that the command survives.
const ERROR: &str = "spotify-token: error: ";

/// Prints the errors that the command has survived.
pub fn print_survived() {
    let errors = std::mem::take(&mut *ERRORS.lock().unwrap_or_else(PoisonError::into_inner));
    for error in errors {
        log::print(Level::Error, ERROR, &error);
    }
}

/// Which of the library's log messages are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// None. Errors are still printed.
    Quiet,
    /// Warnings, and errors that did not end the command. The one that did is printed as its last word.
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
        if self == Verbosity::Warnings && level == Level::Error {
            let mut errors = ERRORS.lock().unwrap_or_else(PoisonError::into_inner);
            errors.push(message.to_owned());
        } else if self.shows(level) {
            let start = format!("spotify-token: {}: ", log::name(level));
            log::print(level, &start, message);
        }
    }

    /// Prints a message if it is to be shown, an error too: for a verb that goes on after errors.
    pub fn show_at_once(self, level: Level, message: &str) {
        if self == Verbosity::Warnings && level == Level::Error {
            log::print(level, ERROR, message);
        } else {
            self.show(level, message);
        }
    }

    /// A logger that prints what is to be shown.
    pub fn logger(self) -> Logger {
        Logger::new(move |level, message| self.show(level, message))
    }
}
