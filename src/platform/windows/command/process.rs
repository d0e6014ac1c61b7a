//! Becoming another program.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{self, Command};

use super::console;

/// The names of stdin.
pub const STDIN: &[&str] = &["-"];

/// What `exec` does, for people.
pub const BECOMES: &str = "Runs CMD, and ends with its exit status";

/// How the files of commands end. A file of the first kind is found by the system itself.
const ENDINGS: [&str; 3] = ["exe", "bat", "cmd"];

/// Returns what to start for the name of a command: the path of a batch file, as npm and others are, or the name itself.
pub fn program(name: &OsStr) -> OsString {
    let path = Path::new(name);
    if path.extension().is_some() {
        return name.to_owned();
    }
    let has_directory = path.parent().is_some_and(|parent| !parent.as_os_str().is_empty());
    let directories = if has_directory {
        OsString::from(".")
    } else {
        env::var_os("PATH").unwrap_or_default()
    };
    for directory in env::split_paths(&directories) {
        for ending in ENDINGS {
            let file = directory.join(path).with_extension(ending);
            if file.is_file() {
                let is_program = ending == ENDINGS[0];
                return if is_program { name.to_owned() } else { file.into() };
            }
        }
    }
    name.to_owned()
}

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
