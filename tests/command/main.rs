//! The command as people use it: the real binary, a real server, and what is on stdout, on stderr and in `$?`. Each
//! verb has a file; what all verbs share has others.

#[path = "../support/mod.rs"]
mod support;

mod completions;
mod cookbook;
mod demo;
mod doctor;
mod doctor_user;
mod env;
mod exec;
mod exec_file;
mod flags;
mod get;
mod help;
mod keep;
mod kubernetes;
mod log;
mod login;
mod man;
mod messages;
mod mock_server;
mod output;
mod pipes;
mod systemd;
mod terminal;
mod token;

use std::process::{Command, Output, Stdio};

use support::place::{Place, binary};

/// Every verb.
const VERBS: [&str; 17] = [
    "token",
    "json",
    "header",
    "env",
    "exec",
    "get",
    "reset",
    "keep",
    "login",
    "logout",
    "status",
    "doctor",
    "demo",
    "mock-server",
    "completions",
    "man",
    "help",
];

/// Runs a line of shell in a place. `"$@"` is the command with these arguments.
fn shell(place: &Place, line: &str, arguments: &[&str]) -> Output {
    let settings = place.command(&[]);
    Command::new("sh")
        .args(["-c", line, "sh"])
        .arg(binary())
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(settings.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(place.directory.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}
