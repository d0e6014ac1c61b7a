//! Becoming another program.

use std::io;
use std::process::{self, Command};

use super::console;

/// The names of stdin.
pub const STDIN: &[&str] = &["-"];

/// What `exec` does, for people.
pub const BECOMES: &str = "Runs CMD, and ends with its exit status";

/// Starts a command, waits for it, and ends with its status: a process cannot become another one here. Meanwhile Ctrl-C is left to the
/// command. Returns only when that fails, and why.
pub fn become_command(command: &mut Command) -> io::Error {
    let ended = console::on_end(|_| ()).and_then(|()| command.status());
    match ended {
        // Every program ends with one: Windows has no signals.
        Ok(status) => process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
