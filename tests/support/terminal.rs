//! The command on a terminal. Python makes the terminal.

use std::process::Command;

use super::installed::root;
use super::place::{Place, binary, stdout};
use super::tools;

/// Runs the command in this place on a terminal, types this once that is shown, and gives what the terminal showed and how
/// it ended; nothing without Python.
pub fn on_a_terminal(place: &Place, arguments: &[&str], expect: &str, send: &str) -> Option<(String, String)> {
    if !tools::require("python3") {
        return None;
    }
    let settings = place.command(&[]);
    let mut python = Command::new("python3");
    python
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TERM", "xterm")
        .envs(settings.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(place.directory.path())
        .arg(root().join("tests/support/on_a_terminal.py"))
        .args([expect, send])
        .arg(binary())
        .args(arguments);
    let output = python.output().unwrap();
    let (shown, ended) = stdout(&output).trim_end().rsplit_once('\n')?;
    Some((shown.to_owned(), ended.to_owned()))
}
