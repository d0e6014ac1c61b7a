//! The exit statuses of the command (sysexits.h, and 77 and 78 for credentials). `table` says which error has which status;
//! `--help`, the manual page and the README combine the two.

use super::table::{Row, TABLE};

/// One exit status.
#[derive(Debug)]
pub struct ExitStatus {
    /// The number.
    pub status: u8,
    /// Its meaning, in a few words.
    pub meaning: &'static str,
}

const fn status(status: u8, meaning: &'static str) -> ExitStatus {
    ExitStatus { status, meaning }
}

/// Every status, in the order of the numbers.
pub static EXIT_STATUSES: [ExitStatus; 14] = [
    status(0, "success"),
    status(64, "bad option"),
    status(65, "OAuth error, bad stdin"),
    status(66, "unreadable file"),
    status(69, "DNS, connect, TLS or proxy"),
    status(70, "internal error"),
    status(74, "stdout error"),
    status(75, "try again"),
    status(76, "bad response"),
    status(77, "rejected, or log in"),
    status(78, "no credentials"),
    status(126, "cannot run CMD"),
    status(127, "CMD not found"),
    status(130, "interrupted"),
];

impl ExitStatus {
    /// Returns the errors that end the command with this status.
    pub fn errors(&self) -> impl Iterator<Item = &'static Row> {
        let status = self.status;
        TABLE.iter().filter(move |row| row.exit_status == status)
    }
}
