//! The verb `keep`: keeps a file with a fresh token until it is told to end. One process keeps one file, so that a failure ends the
//! service that it belongs to and no other; keepers of one machine share the token in the store.

mod events;
mod file;
mod keeper;
mod metrics;
mod reporter;
mod service;

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use spotify_token::unstable::platform::signals::Signal;
use spotify_token::{Grant, Level};

use crate::cli::Flags;
use crate::exit::Exit;
use crate::log;
use crate::token::Form;

use metrics::Metrics;

pub use events::{Event, Events};
pub use file::KeptFile;
pub use keeper::{Keeper, Source};
pub use service::Service;

/// Keeps the file.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Exit> {
    log::set_format(verb);
    let (path, service) = (path(verb), Service::from_environment());
    let events = Events::begin(&[Signal::Interrupt, Signal::Terminate, Signal::Reload])?;
    let file = KeptFile::lock(path, mode(verb)?)?;
    let mut keeper = Keeper::new(Source::new(flags)?, file, form(verb), service, flags);
    let mut metrics = match verb.get_one::<PathBuf>("metrics") {
        Some(metrics) => Some(Metrics::begin(metrics, path, account(&keeper))?),
        None => None,
    };
    let result = keep(&mut keeper, metrics.as_mut(), flags, &events);
    keeper.service().tell("STOPPING=1");
    if result.is_ok() {
        metrics.iter_mut().for_each(Metrics::remove);
        if !verb.get_flag("leave") {
            keeper.remove();
        }
    } else {
        keeper.remove();
    }
    result
}

fn keep(keeper: &mut Keeper, mut metrics: Option<&mut Metrics>, flags: Flags, events: &Events) -> Result<(), Exit> {
    loop {
        let event = keeper.step(events);
        if let Some(metrics) = &mut metrics {
            metrics.write(keeper);
        }
        match event? {
            Some(Event::Told(Signal::Reload)) => {
                keeper.service().reloading();
                keeper.say(Level::Info, "reading the credentials again");
                keeper.change_source(Source::new(flags)?);
                keeper.service().tell("READY=1");
            }
            Some(_) => return Ok(()),
            None => {}
        }
    }
}

fn path(verb: &ArgMatches) -> &Path {
    verb.get_one::<PathBuf>("file").expect("clap requires it")
}

/// Returns the mode of the file: octal digits, as chmod(1) takes them.
fn mode(verb: &ArgMatches) -> Result<u32, Exit> {
    let text = verb.get_one::<String>("mode").map_or("0600", String::as_str);
    let mode = u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o777 && mode & 0o600 == 0o600);
    mode.ok_or_else(|| {
        Exit::Usage("spotify-token: invalid value for --mode: set it to octal digits from 600 to 777".to_owned())
    })
}

fn form(verb: &ArgMatches) -> Form {
    match verb.get_one::<String>("form").map(String::as_str) {
        Some("header") => Form::Header,
        Some("json") => Form::Json,
        _ => Form::Token,
    }
}

/// Whose tokens it keeps, if they are a user's.
fn account(keeper: &Keeper) -> Option<&str> {
    let settings = keeper.settings();
    (settings.grant == Grant::User).then_some(settings.account.as_str())
}
