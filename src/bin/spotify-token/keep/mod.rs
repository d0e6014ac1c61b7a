//! The verb `keep`: keeps a file with a fresh token until it is told to end. One process keeps one file, so that a failure ends the
//! service that it belongs to and no other; keepers of one machine share the token in the store.

mod file;
mod metrics;
mod notify;

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use clap::ArgMatches;
use spotify_token::unstable::platform::signals::{Signal, Signals};
use spotify_token::unstable::{self, Config, Environment, Settings};
use spotify_token::{Client, Error, ErrorKind, Grant, Level, Token};
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::exit::{Exit, STDOUT_FAILED};
use crate::messages::Verbosity;
use crate::token::Form;
use crate::{log, settings};

use file::TokenFile;
use metrics::Metrics;
use notify::Service;

/// The clock may be set, and the machine may have slept: no wait is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Between looks while a token is being refreshed.
const LOOKS: Duration = Duration::from_secs(1);
/// No wait is shorter.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// Keeps the file.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Exit> {
    log::set_format(verb);
    let form = form(verb);
    let service = Service::from_environment();
    let events = Events::begin()?;
    let mut keeper = Keeper {
        file: TokenFile::lock(file::path(verb), file::mode(verb)?)?,
        metrics: None,
        form,
        service,
        verbosity: flags.verbosity(),
        written: None,
        is_ready: false,
        cannot_write: false,
        cannot_write_metrics: false,
        failures: 0,
    };
    let result = keeper.keep(flags, verb, &events);
    keeper.service.tell("STOPPING=1");
    if result.is_err() || !verb.get_flag("leave") {
        keeper.file.remove();
    }
    if result.is_ok() {
        keeper.metrics.iter_mut().for_each(Metrics::remove);
    }
    result
}

fn form(verb: &ArgMatches) -> Form {
    match verb.get_one::<String>("form").map(String::as_str) {
        Some("header") => Form::Header,
        Some("json") => Form::Json,
        _ => Form::Token,
    }
}

/// Signals, in the order in which they came.
struct Events {
    received: Receiver<Signal>,
    /// The client whose calls a signal ends.
    client: Arc<Mutex<Option<Client>>>,
}

impl Events {
    fn begin() -> Result<Events, Exit> {
        let signals = Signals::watch(&[Signal::Reload, Signal::End]);
        let mut signals = signals.map_err(|error| Exit::internal("cannot wait for signals", &error))?;
        let (sender, received) = mpsc::channel();
        let client = Arc::<Mutex<Option<Client>>>::default();
        let current = client.clone();
        let watch = move || {
            while sender.send(signals.wait()).is_ok() {
                // After the signal is known: the call that ends is not repeated.
                if let Some(client) = &*current.lock().unwrap_or_else(PoisonError::into_inner) {
                    client.cancel();
                }
            }
        };
        let spawned = thread::Builder::new().spawn(watch);
        spawned.map_err(|error| Exit::internal("cannot wait for signals", &error))?;
        Ok(Events { received, client })
    }

    fn watch(&self, client: &Client) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
    }
}

/// What is in the file.
struct Written {
    access_token: Zeroizing<String>,
    token: Token,
}

struct Keeper {
    file: TokenFile,
    form: Form,
    service: Service,
    verbosity: Verbosity,
    written: Option<Written>,
    /// Whether a token has been written.
    is_ready: bool,
    /// Whether the last attempt to write failed: an outage is said once.
    cannot_write: bool,
    /// Where the figures go, if anywhere.
    metrics: Option<Metrics>,
    cannot_write_metrics: bool,
    /// How many looks in a row brought no token.
    failures: u32,
}

impl Keeper {
    fn keep(&mut self, flags: Flags, verb: &ArgMatches, events: &Events) -> Result<(), Exit> {
        let config = settings::config(flags)?;
        let settings = Settings::resolve(&config, &Environment::from_process())?;
        if let Some(path) = verb.get_one::<PathBuf>("metrics") {
            let account = (settings.grant == Grant::User).then_some(settings.account.as_str());
            self.metrics = Some(Metrics::begin(path, file::path(verb), account)?);
        }
        let mut client = self.client(&config, events)?;
        loop {
            let wait = self.turn(&client, settings.refresh_before);
            self.write_metrics(&client);
            match self.wait(wait?, &events.received) {
                Some(Signal::Reload) => {
                    self.service.reloading();
                    self.say(Level::Info, "reading the credentials again");
                    client = self.client(&settings::config(flags)?, events)?;
                    self.service.tell("READY=1");
                }
                Some(_) => return Ok(()),
                None => {}
            }
        }
    }

    /// Looks for a token, and brings the file up to date. Returns how long to wait before the next look.
    fn turn(&mut self, client: &Client, refresh_before: Duration) -> Result<Duration, Exit> {
        let wait = match client.token() {
            Ok(token) => {
                self.take(token)?;
                self.until_due(refresh_before)
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => SHORTEST_WAIT,
            Err(error) if is_final(&error) => {
                self.remove();
                return Err(error.into());
            }
            Err(error) => self.until_next_try(&error),
        };
        self.drop_expired();
        Ok(wait)
    }

    /// Makes a client, which looks for credentials anew.
    fn client(&self, config: &Config, events: &Events) -> Result<Client, Exit> {
        let client = unstable::client(config, self.verbosity.live_logger())?;
        events.watch(&client);
        Ok(client)
    }

    /// Writes the token, unless it is in the file. The first one has to be written.
    fn take(&mut self, token: Token) -> Result<(), Exit> {
        self.failures = 0;
        if self
            .written
            .as_ref()
            .is_some_and(|written| *written.access_token == token.access_token())
            && self.file.is_there()
        {
            return Ok(());
        }
        let expires_in = unstable::access_token(&token).expires_in(unstable::now());
        let text = self.form.rendered(&token, expires_in);
        // A file has the token alone: programs that read it send what is there.
        let content = if matches!(self.form, Form::Token) {
            text.trim_end()
        } else {
            &text
        };
        if let Err(error) = self.file.write(content.as_bytes()) {
            let what = format!("cannot write {}: {error}", self.file.shown());
            if !self.is_ready {
                return Err(Exit::Other(STDOUT_FAILED, what));
            }
            if !std::mem::replace(&mut self.cannot_write, true) {
                self.say(Level::Error, &format!("{what}. Trying again"));
            }
            return Ok(());
        }
        self.cannot_write = false;
        self.say(
            Level::Info,
            &format!("{} has a token for {expires_in} s", self.file.shown()),
        );
        self.written = Some(Written {
            access_token: Zeroizing::new(token.access_token().to_owned()),
            token,
        });
        self.service
            .tell(&format!("STATUS=The token is good for {expires_in} s"));
        if !std::mem::replace(&mut self.is_ready, true) {
            self.service.tell("READY=1");
        }
        Ok(())
    }

    /// How long to wait until the token is due for a refresh; shortly while one is being made.
    fn until_due(&self, refresh_before: Duration) -> Duration {
        let Some(written) = &self.written else { return LOOKS };
        let left = written.token.expires_in();
        let lifetime = unstable::access_token(&written.token).lifetime();
        let due = refresh_before.min(lifetime / 2);
        match left.checked_sub(due) {
            Some(wait) if !wait.is_zero() => wait.min(LONGEST_WAIT).max(SHORTEST_WAIT),
            _ => LOOKS.min(lifetime / 20).max(SHORTEST_WAIT),
        }
    }

    /// How long to wait after an error, as long as the token in the file can be used at most.
    fn until_next_try(&mut self, error: &Error) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.say(Level::Warning, &format!("no new token: {}", error.message()));
        self.service.tell(&format!("STATUS=No new token: {error}"));
        let wait = (LOOKS * 2u32.saturating_pow(self.failures - 1).min(30)).min(LONGEST_WAIT);
        let left = self.written.as_ref().map(|written| written.token.expires_in());
        let until_expiry = left.filter(|left| !left.is_zero()).map(|left| left + SHORTEST_WAIT);
        until_expiry.map_or(wait, |left| wait.min(left))
    }

    /// Removes a file whose token has expired: none is better than one that does not work.
    fn drop_expired(&mut self) {
        if self
            .written
            .as_ref()
            .is_some_and(|written| written.token.expires_in().is_zero())
        {
            self.say(
                Level::Warning,
                &format!("{} is removed: its token has expired", self.file.shown()),
            );
            self.remove();
        }
    }

    fn remove(&mut self) {
        self.file.remove();
        self.written = None;
    }

    /// Writes the figures. The file with the token is more important than they are: a failure ends nothing.
    fn write_metrics(&mut self, client: &Client) {
        let Some(metrics) = &mut self.metrics else { return };
        let written = self.written.as_ref();
        let expires_at = written.map(|written| unstable::access_token(&written.token).expires_at());
        let result = metrics.write(&client.stats(), expires_at);
        let failed_before = std::mem::replace(&mut self.cannot_write_metrics, result.is_err());
        if let Err(error) = result
            && !failed_before
        {
            let what = format!("cannot write {}: {error}. Trying again", metrics.shown());
            self.say(Level::Warning, &what);
        }
    }

    /// Waits for a signal, and tells the service manager meanwhile that this process lives.
    fn wait(&self, wait: Duration, signals: &Receiver<Signal>) -> Option<Signal> {
        let mut left = wait;
        loop {
            let part = self.service.watchdog().map_or(left, |every| every.min(left));
            self.service.alive();
            match signals.recv_timeout(part) {
                Ok(signal) => return Some(signal),
                Err(RecvTimeoutError::Disconnected) => return Some(Signal::End),
                Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(part),
            }
            if left.is_zero() {
                return None;
            }
        }
    }

    fn say(&self, level: Level, text: &str) {
        self.verbosity.show_at_once(level, text);
    }
}

/// Whether waiting does not help: a person has to do something.
fn is_final(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidArgument
            | ErrorKind::MissingCredentials
            | ErrorKind::MalformedCredentials
            | ErrorKind::File
            | ErrorKind::InvalidClient
            | ErrorKind::Oauth
            | ErrorKind::LoginRequired
    )
}
