//! The `spotify-token` command: the library for people, shells and everything that can start a process. It uses the
//! library's public interface. This file picks the verb; each verb has a file of its own.
#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod browser;
mod child_environment;
mod cli;
mod completions;
mod demo;
mod doctor;
mod exec;
mod exit;
mod get;
mod help;
mod keep;
mod log;
mod login;
mod logout;
mod manual;
mod messages;
mod mock_server;
mod output;
mod overview;
mod prompt;
mod reset;
mod settings;
mod status;
mod stderr;
mod terminal;
mod token;
mod version;
mod wrap;

use std::process::ExitCode;

use cli::Flags;
use exit::Exit;
use token::Form;

fn main() -> ExitCode {
    match run() {
        Ok(()) => {
            messages::print_survived();
            ExitCode::SUCCESS
        }
        Err(exit) => exit.report(),
    }
}

fn run() -> Result<(), Exit> {
    let matches = cli::parse()?;
    let (name, verb) = matches.subcommand().unzip();
    let flags = Flags::new(&matches, verb);
    match (name, verb) {
        (None | Some("token"), _) => token::run(Form::Token, flags),
        (Some("json"), _) => token::run(Form::Json, flags),
        (Some("header"), _) => token::run(Form::Header, flags),
        (Some("env"), _) => token::run(Form::Env, flags),
        (Some("exec"), Some(verb)) => exec::run(flags, verb),
        (Some("get"), _) => get::run(flags),
        (Some("reset"), _) => reset::run(flags),
        (Some("keep"), Some(verb)) => keep::run(flags, verb),
        (Some("login"), Some(verb)) => login::run(flags, verb),
        (Some("logout"), _) => logout::run(flags),
        (Some("status"), Some(verb)) => status::run(flags, verb),
        (Some("doctor"), Some(verb)) => doctor::run(flags, verb),
        (Some("demo"), Some(verb)) => demo::run(matches.get_flag(cli::USER) || verb.get_flag(cli::USER)),
        (Some("mock-server"), Some(verb)) => mock_server::run(verb),
        (Some("completions"), Some(verb)) => completions::run(verb),
        (Some("man"), _) => manual::run(),
        (Some("help"), Some(verb)) => help::run(verb),
        (Some(verb), _) => unreachable!("clap knows no verb {verb}"),
    }
}
