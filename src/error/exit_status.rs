//! What the command's exit statuses mean (sysexits.h, and 77 and 78 for credentials). Which error has which status stands
//! in `table`; `--help`, the manual page and the README put the two together.

use super::table::{Row, TABLE};

/// One exit status.
#[derive(Debug)]
pub struct ExitStatus {
    /// The number.
    pub status: u8,
    /// What it means, a few words.
    pub meaning: &'static str,
}

const fn status(status: u8, meaning: &'static str) -> ExitStatus {
    ExitStatus { status, meaning }
}

/// Every status, in the order of the numbers.
pub static EXIT_STATUSES: [ExitStatus; 14] = [
    status(0, "done"),
    status(64, "bad option"),
    status(65, "OAuth error, bad stdin"),
    status(66, "unreadable file"),
    status(69, "DNS, connect, TLS or proxy"),
    status(70, "internal fault"),
    status(74, "stdout failed"),
    status(75, "try again: timeout, network, 429, 5xx"),
    status(76, "unusable answer"),
    status(77, "id or secret refused"),
    status(78, "no or malformed id or secret"),
    status(126, "cannot run CMD"),
    status(127, "no such CMD"),
    status(130, "interrupted"),
];

impl ExitStatus {
    /// The errors that end the command with this status.
    pub fn errors(&self) -> impl Iterator<Item = &'static Row> {
        let status = self.status;
        TABLE.iter().filter(move |row| row.exit_status == status)
    }
}
