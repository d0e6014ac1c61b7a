//! The verb `exec`: becomes another command, which finds the token in its environment and no way to the client secret. With `--file` it
//! runs beside the command, which finds the path of a file with a fresh token there.

mod beside;

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::ArgMatches;
use spotify_token::unstable::platform::process::{STDIN, become_command, program};

use crate::child_environment::remove_secrets;
use crate::cli::Flags;
use crate::exit::Exit;
use crate::messages;
use crate::token::{self, VARIABLE};

/// The exit statuses of env(1), nice(1) and the shell.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Gets a token and runs the command.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Exit> {
    if let Some(path) = verb.get_one::<PathBuf>("file") {
        return beside::run(flags, verb, path);
    }
    let token = token::get(flags)?;
    let mut command = command(flags, verb);
    command.env(VARIABLE, token.access_token());
    messages::print_survived();
    let error = become_command(&mut command);
    Err(cannot_run(command.get_program(), &error))
}

/// Returns the command, without the variables that lead to a secret.
fn command(flags: Flags, verb: &ArgMatches) -> Command {
    let mut words = verb.get_many::<OsString>("command").into_iter().flatten();
    let mut command = Command::new(program(words.next().expect("the command line has a command")));
    command.args(words);
    let mut secret_files = remove_secrets(&mut command);
    secret_files.extend(flags.client_secret_file().map(OsString::from));
    if secret_files.iter().any(|path| STDIN.iter().any(|stdin| path == stdin)) {
        // It was read to its end, but a file can be read again.
        command.stdin(Stdio::null());
    }
    command
}

fn cannot_run(program: &OsStr, error: &io::Error) -> Exit {
    let (status, advice) = match error.kind() {
        ErrorKind::NotFound => (NOT_FOUND, "Check its name and PATH"),
        _ => (CANNOT_RUN, "Check that it is a program and may be executed"),
    };
    let name = program.to_string_lossy();
    Exit::Other(status, format!("cannot run {name}: {error}. {advice}"))
}
