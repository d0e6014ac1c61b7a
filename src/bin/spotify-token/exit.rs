//! How the command ends: nothing on stdout, one line on stderr, and the status that the error table gives.

use std::io::{self, Write};
use std::process::ExitCode;

use spotify_token::{Code, Error};

/// What came on stdin is not for us (sysexits.h, `EX_DATAERR`).
pub const DATA_ERROR: u8 = 65;
/// Writing the answer failed (sysexits.h, `EX_IOERR`).
const STDOUT_FAILED: u8 = 74;

/// Why the command did not do what it was asked to.
pub enum Failure {
    /// No token.
    Token(Error),
    /// The command line is not understood.
    Usage(String),
    /// The answer could not be written.
    Stdout(io::Error),
    /// Another failure, with its status.
    Other(u8, String),
    /// The answer says itself what is wrong.
    Reported(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Token(error)
    }
}

impl Failure {
    /// A fault of the machine rather than of the user: no port, no memory.
    pub fn internal(what: &str, fault: &dyn std::fmt::Display) -> Failure {
        Failure::Other(Code::Internal.row().exit_status, format!("{what}: {fault}"))
    }

    /// What the command exits with.
    pub fn status(&self) -> u8 {
        match self {
            Failure::Token(error) => error.code().row().exit_status,
            Failure::Usage(_) => Code::InvalidArgument.row().exit_status,
            Failure::Stdout(_) => STDOUT_FAILED,
            Failure::Other(status, _) | Failure::Reported(status) => *status,
        }
    }

    /// What went wrong, for a person.
    pub fn message(&self) -> String {
        match self {
            Failure::Token(error) => error.message().to_owned(),
            Failure::Usage(message) | Failure::Other(_, message) => message.trim_end().to_owned(),
            Failure::Stdout(error) => format!("cannot write the answer: {error}"),
            Failure::Reported(_) => String::new(),
        }
    }

    /// Says what went wrong, and gives the exit status.
    pub fn report(self) -> ExitCode {
        match &self {
            Failure::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe => end_like_a_filter(),
            Failure::Reported(_) => {}
            // Has the name of the command in it already, or is several lines.
            Failure::Usage(message) => say(message.trim_end()),
            _ => say(&format!("spotify-token: {}", self.message())),
        }
        ExitCode::from(self.status())
    }
}

/// One line on stderr. When that fails there is nobody to tell.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The reader has gone: end as `cat` would, by SIGPIPE.
fn end_like_a_filter() {
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
}
