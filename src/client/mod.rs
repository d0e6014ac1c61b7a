//! A token at any time: cached, renewed ahead of its end, one request for any number of callers. This file is the
//! client as its users see it; `shared` is how it works, and `state` decides.

mod epoch;
mod flight;
mod outcome;
mod shared;
mod source;
mod state;

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::clock::{Clock, SystemClock};
use crate::environment::Environment;
use crate::error::{Code, Error};
use crate::log::Logger;
use crate::options::{Config, Settings};
use crate::stats::{Stat, Stats};
use crate::store;
use crate::token::Token;
use crate::transport::{HttpTransport, Transport};

use epoch::Epochs;
use flight::Flight;
use shared::Shared;
use state::Policy;

pub(crate) use outcome::Outcome;
pub(crate) use shared::Given;

/// A long-lived source of tokens for one app. Cheap to clone, and a clone is the same client; safe to use from any
/// number of threads, and in a child of `fork()`.
#[derive(Clone)]
pub struct Client {
    handle: Arc<Handle>,
}

/// What the clones of a client share. When the last of them goes, nobody waits for a request any more.
struct Handle {
    shared: Arc<Shared>,
}

/// What a client is built from, for programs that bring their own clock or transport.
pub struct Parts {
    /// Checked options.
    pub settings: Settings,
    /// Where credentials, proxy and trust are looked up.
    pub environment: Environment,
    /// Who listens.
    pub log: Logger,
    /// How requests get to the server; `None` for HTTP.
    pub transport: Option<Box<dyn Transport>>,
    /// What time it is; `None` for the system's clocks.
    pub clock: Option<Box<dyn Clock>>,
}

/// A token that callers share. It stays readable for as long as it is held, whatever becomes of the client.
#[derive(Debug)]
pub struct SharedToken(Arc<Outcome>);

impl Deref for SharedToken {
    type Target = Token;

    fn deref(&self) -> &Token {
        self.0.token().expect("made from a token alone")
    }
}

impl Given {
    fn into_result(self) -> Result<SharedToken, Error> {
        match self.outcome.result() {
            Ok(_) => Ok(SharedToken(self.outcome)),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Client {
    /// A client with these options; what is unset comes from the process's environment, read here, or is the default.
    /// No I/O.
    ///
    /// # Errors
    /// `InvalidArgument` for a variable whose value its option does not take.
    pub fn new(config: &Config, log: Logger) -> Result<Client, Error> {
        let environment = Environment::of_process();
        Ok(Client::from_parts(Parts {
            settings: Settings::resolve(config, &environment)?,
            environment,
            log,
            transport: None,
            clock: None,
        }))
    }

    /// A client from its parts.
    pub fn from_parts(parts: Parts) -> Client {
        let settings = Arc::new(parts.settings);
        let environment = Arc::new(parts.environment);
        let http = || Box::new(HttpTransport::new(settings.clone(), environment.clone())) as Box<_>;
        let shared = Shared {
            policy: Policy::of(&settings),
            store: store::open(&settings, &environment),
            transport: parts.transport.unwrap_or_else(http),
            clock: parts.clock.unwrap_or_else(|| Box::new(SystemClock)),
            log: parts.log,
            stats: Stats::default(),
            cached: ArcSwapOption::empty(),
            epochs: Epochs::new(),
            settings,
            environment,
        };
        Client {
            handle: Arc::new(Handle {
                shared: Arc::new(shared),
            }),
        }
    }

    /// A valid token. From memory when there is one; else this blocks for `timeout_ms` at most, and callers who come
    /// meanwhile share the answer, an error too.
    ///
    /// # Errors
    /// Why there is no token: see [`Code`].
    pub fn token(&self) -> Result<SharedToken, Error> {
        self.ask().into_result()
    }

    /// The cached token while it is valid. Never does I/O and never waits for a request.
    ///
    /// # Errors
    /// `NotCached`.
    pub fn cached(&self) -> Result<SharedToken, Error> {
        self.ask_memory()?.into_result()
    }

    /// [`token`](Client::token), for the C ABI.
    pub(crate) fn ask(&self) -> Given {
        let shared = &self.handle.shared;
        match shared.fresh() {
            Some(outcome) => shared.hit(outcome),
            None => shared.token(),
        }
    }

    /// [`cached`](Client::cached), for the C ABI.
    pub(crate) fn ask_memory(&self) -> Result<Given, Error> {
        let shared = &self.handle.shared;
        let usable = || {
            let now = shared.clock.now();
            let held = shared.cached.load_full()?;
            held.token()
                .is_some_and(|token| shared.policy.is_usable(token, now))
                .then_some(held)
        };
        match shared.fresh().or_else(usable) {
            Some(outcome) => Ok(shared.hit(outcome)),
            None => Err(Error::new(
                Code::NotCached,
                "no valid token is cached. Ask for one with a call that may use the network",
            )),
        }
    }

    /// Shows `take` what [`token`](Client::token) would give; a cached token without counting a reference.
    pub fn with_token<T>(&self, take: impl FnOnce(Result<&Token, &Error>) -> T) -> T {
        let shared = &self.handle.shared;
        let held = shared.cached.load();
        if let Some(outcome) = held.as_ref().filter(|outcome| shared.is_fresh(outcome)) {
            shared.stats.count(Stat::Hits);
            return take(outcome.result());
        }
        drop(held);
        take(self.ask().outcome.result())
    }

    /// Drops the cached token if it is still the one that was rejected, in memory and in the store; `None` drops whichever
    /// it is, and any refusal that is remembered. A storm of rejections of one token thus costs one request.
    pub fn invalidate(&self, rejected_access_token: Option<&str>) {
        // What a store could not forget is not taken from it again.
        let _ = self.drop_token(rejected_access_token);
    }

    /// Drops the cached token, in memory and in the store, whichever it is.
    ///
    /// # Errors
    /// That of the credentials when they are not found, for they say which token of the store is ours; `File` or `Connect`
    /// when the store fails. Memory is empty in any case.
    pub fn forget(&self) -> Result<(), Error> {
        self.drop_token(None)
    }

    /// The token in the store, if it has time left; `None` when tokens stay in memory. For who examines a store: no
    /// counter notes it and the cache stays as it is.
    ///
    /// # Errors
    /// As for [`forget`](Client::forget).
    pub fn stored(&self) -> Result<Option<SharedToken>, Error> {
        let stored = source::peek(&self.handle.shared)?;
        Ok(stored.map(|outcome| SharedToken(Arc::new(outcome))))
    }

    fn drop_token(&self, rejected: Option<&str>) -> Result<(), Error> {
        let shared = &self.handle.shared;
        let epoch = shared.epochs.current();
        let is_rejected = |outcome: &Arc<Outcome>| rejected.is_none_or(|rejected| outcome.is_token(rejected));
        let known = {
            let mut state = epoch.lock();
            if shared.cached.load_full().as_ref().is_some_and(is_rejected) {
                shared.cached.store(None);
            }
            state.reject(rejected)
        };
        // Once a token, and not under the lock: a store may take its time.
        if known {
            return Ok(());
        }
        let forgotten = source::forget(shared, rejected);
        if forgotten.is_err() {
            epoch.lock().distrust_store();
        }
        forgotten
    }

    /// Ends the calls that block now, and the request they wait for. Later calls work.
    pub fn cancel(&self) {
        self.handle.give_up(Flight::has_waiters);
    }

    /// A counter.
    pub fn stat(&self, stat: Stat) -> u64 {
        self.handle.shared.stats.get(stat)
    }

    /// Whole seconds that a token has left, rounded up, by this client's clocks.
    pub fn expires_in(&self, token: &SharedToken) -> i64 {
        self.seconds_left(&token.0)
    }

    /// [`expires_in`](Client::expires_in), for the C ABI.
    pub(crate) fn seconds_left(&self, outcome: &Outcome) -> i64 {
        outcome.expires_in(&*self.handle.shared.clock)
    }
}

impl Handle {
    fn give_up(&self, fits: impl FnOnce(&Flight) -> bool) {
        let epoch = self.shared.epochs.current();
        let flight = epoch.lock().take_flight_if(fits);
        if let Some(flight) = flight {
            flight.cancel();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.give_up(|_| true);
    }
}
