//! `exec --file`: keeps a file with a fresh token for as long as the command runs, and ends as the command has ended.

use std::path::{self, Path};
use std::process::ExitStatus;
use std::time::Duration;

use clap::ArgMatches;
use spotify_token::Level;
use spotify_token::unstable::platform::child::{ChildCommand, end_like};
use spotify_token::unstable::platform::signals::Signal;

use crate::cli::Flags;
use crate::exit::Exit;
use crate::keep::{Event, Events, Keeper, KeptFile, Service, Source};
use crate::token::{self, Form, VARIABLE};

/// The variable in which the command finds the path of the file.
const FILE_VARIABLE: &str = "SPOTIFY_ACCESS_TOKEN_FILE";

/// For the user alone.
const MODE: u32 = 0o600;

/// Without a token to keep, only the end of the command is waited for.
const IDLE: Duration = Duration::from_secs(3600);

/// Gets a token and runs the command.
pub fn run(flags: Flags, verb: &ArgMatches, file: &Path) -> Result<(), Exit> {
    let source = Source::new(flags)?;
    let token = token::request(&source.client, flags)?;
    let internal = |error| Exit::internal("cannot run a command", &error);
    let path = path::absolute(file).map_err(internal)?;
    let mut command = super::command(flags, verb);
    // A token in the environment would expire while the command runs.
    command.env(FILE_VARIABLE, path).env_remove(VARIABLE);

    let events = Events::begin(&Signal::ALL)?;
    let mut keeper = Keeper::new(
        source,
        KeptFile::lock(file, MODE)?,
        Form::Token,
        Service::default(),
        flags,
    );
    let status = keeper.take(token).and_then(|()| {
        let child = ChildCommand::start(&mut command);
        let child = child.map_err(|error| super::cannot_run(command.get_program(), &error))?;
        match events.expect_end(&child) {
            Ok(()) => keep(&mut keeper, &child, &events),
            Err(error) => keeper.say(Level::Error, &format!("the file is not kept: {error}")),
        }
        child.wait().map_err(internal)
    });
    keeper.remove();
    drop(keeper);
    end(status?)
}

/// Keeps the file until the command has ended.
fn keep(keeper: &mut Keeper, child: &ChildCommand, events: &Events) {
    let mut has_source = true;
    loop {
        let event = if has_source {
            keeper.step(events)
        } else {
            Ok(events.wait(IDLE))
        };
        match event {
            Ok(Some(Event::Ended)) => return,
            Ok(Some(Event::Told(signal))) => child.tell(signal),
            Ok(_) => {}
            Err(exit) => {
                keeper.say(Level::Error, &format!("no more tokens: {}", exit.message()));
                has_source = false;
            }
        }
    }
}

fn end(status: ExitStatus) -> Result<(), Exit> {
    match end_like(status) {
        0 => Ok(()),
        status => Err(Exit::Reported(status)),
    }
}
