//! How the command ends: with nothing on stdout, an error message on stderr, and the exit status of the error table.

use std::io;
use std::process::ExitCode;

use spotify_token::unstable::{self, platform::stdout};
use spotify_token::{Error, ErrorKind, Level};

use crate::{log, stderr};

/// What came on stdin is not valid input (sysexits.h, `EX_DATAERR`).
pub const DATA_ERROR: u8 = 65;
/// Something that is needed is not available (sysexits.h, `EX_UNAVAILABLE`).
pub const UNAVAILABLE: u8 = 69;
/// Writing failed (sysexits.h, `EX_IOERR`).
pub const STDOUT_FAILED: u8 = 74;

/// Why the command did not do what it was asked to.
pub enum Exit {
    /// The library returned an error.
    Error(Error),
    /// The command line is not valid.
    Usage(String),
    /// Writing to stdout failed.
    Stdout(io::Error),
    /// Another error, with its exit status.
    Other(u8, String),
    /// The output says what is wrong; only the exit status is left.
    Reported(u8),
}

impl From<Error> for Exit {
    fn from(error: Error) -> Exit {
        Exit::Error(error)
    }
}

impl Exit {
    /// An error of the machine rather than of the user: no memory, no thread.
    pub fn internal(what: &str, error: &dyn std::fmt::Display) -> Exit {
        Exit::Other(
            unstable::row(ErrorKind::Internal).exit_status,
            format!("{what}: {error}"),
        )
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Exit::Error(error) => unstable::row(error.kind()).exit_status,
            Exit::Usage(_) => unstable::row(ErrorKind::InvalidArgument).exit_status,
            Exit::Stdout(_) => STDOUT_FAILED,
            Exit::Other(status, _) | Exit::Reported(status) => *status,
        }
    }

    /// Says what went wrong.
    pub fn message(&self) -> String {
        match self {
            Exit::Error(error) => error.message().to_owned(),
            Exit::Usage(message) | Exit::Other(_, message) => message.trim_end().to_owned(),
            Exit::Stdout(error) if stdout::is_closed(error) => {
                "cannot write to standard output: it is closed, or not open for writing".to_owned()
            }
            Exit::Stdout(error) => format!("cannot write to standard output: {error}"),
            Exit::Reported(_) => String::new(),
        }
    }

    /// Prints the message and returns the exit status.
    pub fn report(self) -> ExitCode {
        if let Exit::Stdout(error) = &self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            stdout::end_by_broken_pipe(self.status());
        }
        match &self {
            Exit::Reported(_) => {}
            // Has its own beginning, and is several lines.
            Exit::Usage(message) => stderr::print(message),
            _ => log::print(Level::Error, "spotify-token: ", &self.message()),
        }
        ExitCode::from(self.status())
    }
}
