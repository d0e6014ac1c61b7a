//! The `spotify-token` command: the library for people, shells and everything that can start a process. It knows the
//! library only from outside. This file picks the verb; one file each has what a verb does.
#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod cli;
mod demo;
mod exit;
mod mock_server;
mod output;
mod settings;
mod token;

use std::process::ExitCode;

use exit::Failure;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run() -> Result<(), Failure> {
    let matches = cli::parse()?;
    match matches.subcommand() {
        None => token::run(token::Form::Token, &matches, None),
        Some(("token", verb)) => token::run(token::Form::Token, &matches, Some(verb)),
        Some(("json", verb)) => token::run(token::Form::Json, &matches, Some(verb)),
        Some(("header", verb)) => token::run(token::Form::Header, &matches, Some(verb)),
        Some(("reset", verb)) => Ok(settings::client(&matches, Some(verb))?.forget()?),
        Some(("demo", _)) => demo::run(),
        Some(("mock-server", verb)) => mock_server::run(verb),
        Some((verb, _)) => unreachable!("clap knows no verb {verb}"),
    }
}
