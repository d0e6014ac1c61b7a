//! The verb `exec`: becomes another command, which finds the token in its environment and the app's secret nowhere.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use clap::ArgMatches;

use crate::cli::Flags;
use crate::exit::Failure;
use crate::token::{self, VARIABLE};

/// Every variable that has the secret in it, or says where it is.
const SECRETS: [&str; 4] = [
    "SPOTIFY_CLIENT_SECRET",
    "SPOTIFY_CLIENT_SECRET_FILE",
    "CLIENT_SECRET",
    "CLIENT_SECRET_FILE",
];

/// The statuses of env(1), nice(1) and the shell.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Gets a token and becomes the command.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Failure> {
    let mut words = verb.get_many::<OsString>("command").into_iter().flatten();
    let program = words.next().expect("the command line has a command");
    let token = token::get(flags)?;
    let mut command = Command::new(program);
    command.args(words).env(VARIABLE, token.access_token());
    for secret in SECRETS {
        command.env_remove(secret);
    }
    // Only a failure comes back.
    let fault = command.exec();
    let status = match fault.kind() {
        ErrorKind::NotFound => NOT_FOUND,
        _ => CANNOT_RUN,
    };
    let name = program.to_string_lossy();
    let advice = match status {
        NOT_FOUND => "Check its name and PATH",
        _ => "Check that it is a program, and may be executed",
    };
    Err(Failure::Other(status, format!("cannot run {name}: {fault}. {advice}")))
}
