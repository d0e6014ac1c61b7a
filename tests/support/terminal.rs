//! The command on a terminal. Python makes the terminal.

use std::process::Command;

use super::installed::root;
use super::place::{Place, binary, stdout};
use super::tools;

/// Runs the command in this place on a terminal, and does these steps there: tests/support/on_a_terminal.py says which
/// there are. Returns what the terminal showed and how the command ended; nothing without Python.
pub fn on_a_terminal(place: &Place, arguments: &[&str], steps: &[&str]) -> Option<(String, String)> {
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
        .args(steps)
        .arg("--")
        .arg(binary())
        .args(arguments);
    let output = python.output().unwrap();
    let (shown, ended) = stdout(&output).trim_end().rsplit_once('\n')?;
    Some((shown.to_owned(), ended.to_owned()))
}

/// Runs it, and types this at the prompt for the client secret.
pub fn at_the_prompt(place: &Place, arguments: &[&str], typed: &str) -> Option<(String, String)> {
    let typed = format!("type:{typed}");
    on_a_terminal(place, arguments, &["expect:Client secret of", "no-echo", &typed])
}
