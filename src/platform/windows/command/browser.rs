//! The user's browser.

use std::os::windows::process::CommandExt;
use std::process::Command;

use windows_sys::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP;

/// The system's way to open an address, which follows it.
pub const OPENERS: &[&str] = &["rundll32.exe url.dll,FileProtocolHandler"];

/// What stands between the commands in the variable BROWSER.
pub const BETWEEN_COMMANDS: char = ';';

/// Whether there is a display that a browser could use.
pub fn has_display() -> bool {
    true
}

/// Keeps Ctrl-C, which is meant for this process, from what the command starts.
pub fn set_apart(command: &mut Command) {
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}
