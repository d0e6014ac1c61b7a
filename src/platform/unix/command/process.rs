//! Becoming another program.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::inherited;

/// The names of stdin.
pub const STDIN: &[&str] = &["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/// What `exec` does, for people.
pub const BECOMES: &str = "Becomes CMD";

/// Returns what to start for the name of a command.
pub fn program(name: &OsStr) -> OsString {
    name.to_owned()
}

/// Replaces this process by a command, which starts as this process did: with the same ignored and blocked signals, and the same
/// closed descriptors. Returns only when that fails, and why.
pub fn become_command(command: &mut Command) -> io::Error {
    inherited::hand_on(command);
    command.exec()
}
