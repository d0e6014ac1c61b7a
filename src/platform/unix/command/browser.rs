//! The user's browser.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The system's ways to open an address, the best first. The address follows each.
#[cfg(not(target_os = "macos"))]
pub const OPENERS: &[&str] = &["xdg-open", "gio open", "wslview", "open"];
/// The system's way to open an address, which follows it.
#[cfg(target_os = "macos")]
pub const OPENERS: &[&str] = &["open"];

/// What stands between the commands in the variable BROWSER.
pub const BETWEEN_COMMANDS: char = ':';

/// Whether there is a display that a browser could use.
pub fn has_display() -> bool {
    let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(is_set)
}

/// Keeps Ctrl-C, which is meant for this process, from what the command starts.
pub fn set_apart(command: &mut Command) {
    command.process_group(0);
}
