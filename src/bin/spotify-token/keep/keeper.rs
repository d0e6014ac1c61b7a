//! Keeps a file with a fresh token: asks for a token when one is due, writes it, and removes the file when its token has expired.
//! Nothing here waits for the network: a call runs in a thread of its own, and its result is an event.

use std::time::{Duration, Instant};

use spotify_token::unstable::{self, Environment, Settings};
use spotify_token::{Client, Error, ErrorKind, Level, Stats, Token};
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::exit::{Exit, STDOUT_FAILED};
use crate::settings;
use crate::token::Form;

use super::events::{Event, Events};
use super::file::KeptFile;
use super::reporter::Reporter;
use super::service::Service;

/// The clock may be set, the machine may have slept, and the file may be gone: no wait is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Between looks while a token is being refreshed, and after a first failure.
const LOOKS: Duration = Duration::from_secs(1);
/// After more failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// No wait is shorter.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// Where tokens come from.
pub struct Source {
    /// The client.
    pub client: Client,
    /// Its options.
    pub settings: Settings,
    /// Where messages of both go.
    reporter: Reporter,
}

impl Source {
    /// Makes a client with the options of the command line, which looks for credentials anew.
    pub fn new(flags: Flags) -> Result<Source, Exit> {
        let reporter = Reporter::new(flags.verbosity());
        let config = settings::config(flags)?;
        Ok(Source {
            client: unstable::client(&config, reporter.logger())?,
            settings: Settings::resolve(&config, &Environment::from_process())?,
            reporter,
        })
    }
}

/// What is in the file.
struct Written {
    access_token: Zeroizing<String>,
    token: Token,
}

/// The next call for a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// When one is due.
    WhenDue,
    /// At once.
    AtOnce,
    /// At once, and of the server, whatever is cached.
    Refresh,
}

/// A file that is kept.
pub struct Keeper {
    source: Source,
    file: KeptFile,
    form: Form,
    service: Service,
    written: Option<Written>,
    /// Whether a token has been written.
    is_ready: bool,
    is_asking: bool,
    next_call: Call,
    /// How many calls in a row brought no token.
    failures: u32,
    no_look_before: Instant,
}

impl Keeper {
    /// Keeps this file with tokens from this source.
    pub fn new(source: Source, file: KeptFile, form: Form, service: Service, flags: Flags) -> Keeper {
        Keeper {
            source,
            file,
            form,
            service,
            written: None,
            is_ready: false,
            is_asking: false,
            next_call: if flags.refresh() { Call::Refresh } else { Call::WhenDue },
            failures: 0,
            no_look_before: Instant::now(),
        }
    }

    /// Does what is due, and waits for the next thing to do or for an event that is not the keeper's own. Fails if waiting does not
    /// help: a person has to do something. The file is gone then.
    pub fn step(&mut self, events: &Events) -> Result<Option<Event>, Exit> {
        self.drop_expired();
        if !self.is_asking && self.pause().is_zero() {
            self.ask(events);
        }
        match self.wait(events) {
            Some(Event::Result(result)) => {
                self.is_asking = false;
                self.take_result(result)?;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// Takes tokens from another source from now on.
    pub fn change_source(&mut self, source: Source) {
        // The result of a call that is not over is the last of the old source.
        self.source.client.cancel();
        self.source = source;
        self.next_call = Call::AtOnce;
    }

    /// Returns the figures of the client, and the Unix time at which the token in the file expires, if there is one.
    pub fn figures(&self) -> (Stats, Option<i64>) {
        let written = self.written.as_ref();
        let expires_at = written.map(|written| unstable::access_token(&written.token).expires_at());
        (self.source.client.stats(), expires_at)
    }

    /// The options of the source.
    pub fn settings(&self) -> &Settings {
        &self.source.settings
    }

    /// The service manager that is told what goes on.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Shows a message, if it is to be shown.
    pub fn say(&self, level: Level, text: &str) {
        self.source.reporter.say(level, text);
    }

    /// Removes the file.
    pub fn remove(&mut self) {
        self.file.remove();
        self.written = None;
    }

    /// Writes the token, unless it is in the file. The first one has to be written.
    pub fn take(&mut self, token: Token) -> Result<(), Exit> {
        self.failures = 0;
        self.no_look_before = Instant::now() + between_looks(&token);
        if self.has(&token) {
            return Ok(());
        }
        let expires_in = unstable::access_token(&token).expires_in(unstable::now());
        if let Err(error) = self.file.write(self.form.file_content(&token, expires_in).as_bytes()) {
            let what = format!("cannot write {}: {error}", self.file.shown());
            if !self.is_ready {
                return Err(Exit::Other(STDOUT_FAILED, what));
            }
            self.say(Level::Error, &format!("{what}. Trying again"));
            return Ok(());
        }
        self.source.reporter.forget();
        let name = self.file.shown();
        self.say(Level::Info, &format!("{name} has a token for {expires_in} s"));
        self.service
            .tell(&format!("STATUS=The token is good for {expires_in} s"));
        if !std::mem::replace(&mut self.is_ready, true) {
            self.service.tell("READY=1");
        }
        self.written = Some(Written {
            access_token: Zeroizing::new(token.access_token().to_owned()),
            token,
        });
        Ok(())
    }

    fn has(&self, token: &Token) -> bool {
        let written = self.written.as_ref();
        written.is_some_and(|written| *written.access_token == token.access_token()) && self.file.is_there()
    }

    fn ask(&mut self, events: &Events) {
        let call = std::mem::replace(&mut self.next_call, Call::WhenDue);
        match events.ask(&self.source.client, call == Call::Refresh) {
            Ok(()) => self.is_asking = true,
            Err(error) => self.fail(&error.to_string(), &error.to_string()),
        }
    }

    fn take_result(&mut self, result: Result<Token, Error>) -> Result<(), Exit> {
        match result {
            Ok(token) => self.take(token),
            Err(error) if error.kind() == ErrorKind::Cancelled => Ok(()),
            Err(error) if is_final(&error) => {
                self.file.remove_leftover();
                self.remove();
                Err(error.into())
            }
            Err(error) => {
                self.fail(&error.to_string(), error.message());
                Ok(())
            }
        }
    }

    fn fail(&mut self, what: &str, message: &str) {
        self.say(Level::Warning, &format!("no new token: {message}"));
        self.service.tell(&format!("STATUS=No new token: {what}"));
        let pause = LOOKS.saturating_mul(2u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        self.no_look_before = Instant::now() + pause.min(LONGEST_PAUSE);
        // How good its token is is unknown.
        self.file.remove_leftover();
    }

    /// Removes a file whose token has expired: none is better than one that does not work.
    fn drop_expired(&mut self) {
        if self.until_expiry() == Some(Duration::ZERO) {
            let name = self.file.shown();
            self.say(Level::Warning, &format!("{name} is removed: its token has expired"));
            self.remove();
        }
    }

    /// The time until the token in the file expires, if there is one.
    fn until_expiry(&self) -> Option<Duration> {
        self.written.as_ref().map(|written| written.token.expires_in())
    }

    /// How long to wait before asking for a token.
    fn pause(&self) -> Duration {
        if self.next_call != Call::WhenDue {
            return Duration::ZERO;
        }
        let until_due = match &self.written {
            Some(written) if self.file.is_there() => {
                let lifetime = unstable::access_token(&written.token).lifetime();
                let due = self.source.settings.refresh_before.min(lifetime / 2);
                written.token.expires_in().saturating_sub(due)
            }
            _ => Duration::ZERO,
        };
        until_due.max(self.no_look_before.saturating_duration_since(Instant::now()))
    }

    /// Waits for an event until there is something to do, and tells the service manager meanwhile that this process lives.
    fn wait(&self, events: &Events) -> Option<Event> {
        let until_look = if self.is_asking { LONGEST_WAIT } else { self.pause() };
        let until_expiry = self.until_expiry().unwrap_or(LONGEST_WAIT);
        let mut left = until_look.min(until_expiry).min(LONGEST_WAIT).max(SHORTEST_WAIT);
        loop {
            self.service.alive();
            let part = self.service.watchdog().map_or(left, |every| every.min(left));
            if let Some(event) = events.wait(part) {
                return Some(event);
            }
            left = left.saturating_sub(part);
            if left.is_zero() {
                return None;
            }
        }
    }
}

/// How long to wait before asking again, while a token like this one is being refreshed.
fn between_looks(token: &Token) -> Duration {
    let lifetime = unstable::access_token(token).lifetime();
    LOOKS.min(lifetime / 20).max(SHORTEST_WAIT)
}

/// Whether waiting does not help.
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
