//! A token at any time: cached, renewed ahead of its end, one request for any number of callers. This file is the
//! client as its users see it; `shared` is how it works, and `state` decides.

mod context;
mod flight;
mod inner;
#[cfg(all(test, shuttle))]
mod interleavings;
mod outcome;
mod process;
mod share;
mod source;
mod state;

use std::ops::Deref;
use std::sync::Arc;

use crate::config::environment::Environment;
use crate::config::{Config, Settings};
use crate::error::{Code, Error};
use crate::log::Logger;
use crate::protocol::token::Token;
use crate::stats::Stat;
use crate::store::CircuitBreaker;
use crate::transport::warm_up;

use flight::Flight;
use inner::Shared;

pub use context::Parts;
pub(crate) use inner::Served;
pub(crate) use outcome::Outcome;
pub(crate) use share::{Share, give_back};

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

/// A token that callers share. It stays readable for as long as it is held, whatever becomes of the client.
#[derive(Debug)]
pub struct SharedToken(Arc<Share>);

impl Deref for SharedToken {
    type Target = Token;

    fn deref(&self) -> &Token {
        self.0.outcome().token().expect("made from a token alone")
    }
}

impl Served {
    fn into_result(self) -> Result<SharedToken, Error> {
        match self.share.outcome().result() {
            Ok(_) => Ok(SharedToken(self.share)),
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
        warm_up();
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
        Client {
            handle: Arc::new(Handle {
                shared: Arc::new(Shared::new(parts)),
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

    /// A token that the server issues now, whatever is cached; it is kept in memory and in the store. When there is none,
    /// a cached token stays. Blocks for `timeout_ms` at most, and asks apart from other callers.
    ///
    /// # Errors
    /// Why there is no token: see [`Code`].
    pub fn renew(&self) -> Result<SharedToken, Error> {
        self.handle.shared.renew()?.into_result()
    }

    /// The cached token while it is valid. Never does I/O and never waits for a request.
    ///
    /// # Errors
    /// `NotCached`.
    pub fn cached(&self) -> Result<SharedToken, Error> {
        self.ask_memory()?.into_result()
    }

    /// [`token`](Client::token), for the C ABI.
    pub(crate) fn ask(&self) -> Served {
        let shared = &self.handle.shared;
        shared.with_fresh(Served::from_memory).unwrap_or_else(|| shared.token())
    }

    /// [`cached`](Client::cached), for the C ABI.
    pub(crate) fn ask_memory(&self) -> Result<Served, Error> {
        let shared = &self.handle.shared;
        let given = shared.with_fresh(Served::from_memory).or_else(|| shared.usable());
        given.ok_or_else(|| {
            Error::new(
                Code::NotCached,
                "no valid token is cached. Ask for one with a call that may use the network",
            )
        })
    }

    /// What [`token`](Client::token) would give, if this thread has it in hand. Cannot panic.
    #[inline]
    pub(crate) fn ask_hand(&self) -> Option<Served> {
        self.handle.shared.with_in_hand(Served::from_memory)
    }

    /// Shows `take` what [`token`](Client::token) would give; a cached token without counting a reference.
    pub fn with_token<T>(&self, mut take: impl FnMut(Result<&Token, &Error>) -> T) -> T {
        let shared = &self.handle.shared;
        let taken = shared.with_fresh(|own| take(own.share().outcome().result()));
        taken.unwrap_or_else(|| take(shared.token().share.outcome().result()))
    }

    /// The same, if this thread has the token in hand. Panics only where `take` does.
    #[inline]
    pub(crate) fn with_token_in_hand<T>(&self, take: impl FnOnce(Result<&Token, &Error>) -> T) -> Option<T> {
        self.handle
            .shared
            .with_in_hand(|own| take(own.share().outcome().result()))
    }

    /// Drops the cached token if it is still the one that was rejected, in memory and in the store; `None` drops whichever
    /// it is, and any refusal that is remembered. A storm of rejections of one token thus costs one request.
    pub fn invalidate(&self, rejected_access_token: Option<&str>) {
        // What a store cannot forget is not taken from it again.
        let _ = self.handle.shared.invalidate(rejected_access_token);
    }

    /// Drops the cached token, in memory and in the store, whichever it is.
    ///
    /// # Errors
    /// That of the credentials when they are not found, for they say which token of the store is ours; `File` or `Connect`
    /// when the store fails. Memory is empty in any case.
    pub fn forget(&self) -> Result<(), Error> {
        self.handle.shared.invalidate(None)
    }

    /// The token in the store, if it has time left; `None` when tokens stay in memory. For whoever examines a store: no
    /// counter notes it, and the client goes on as before.
    ///
    /// # Errors
    /// As for [`forget`](Client::forget).
    pub fn stored(&self) -> Result<Option<SharedToken>, Error> {
        let stored = source::peek(&self.handle.shared.context)?;
        Ok(stored.map(|outcome| SharedToken(Share::of(Arc::new(outcome)))))
    }

    /// The store that tokens rest in, for people; `None` when they stay in memory.
    pub fn store_name(&self) -> Option<String> {
        let store = self.handle.shared.context.store.as_ref();
        store.map(CircuitBreaker::name)
    }

    /// Ends the calls that block now, and the request they wait for. Later calls work.
    pub fn cancel(&self) {
        self.handle.give_up(Flight::has_waiters);
    }

    /// A counter.
    pub fn stat(&self, stat: Stat) -> u64 {
        let shared = &self.handle.shared;
        let not_added_yet = match stat {
            Stat::Hits => shared.context.epochs.current().hits_of_shares(),
            _ => 0,
        };
        shared.context.stats.get(stat) + not_added_yet
    }

    /// Whole seconds that a token has left, rounded up, by this client's clocks.
    pub fn expires_in(&self, token: &Token) -> i64 {
        token.expires_in(self.handle.shared.context.clock.now())
    }
}

impl Handle {
    fn give_up(&self, fits: impl FnOnce(&Flight) -> bool) {
        let epoch = self.shared.context.epochs.current();
        let flight = epoch.lock().take_flight_if(fits);
        if let Some(flight) = flight {
            flight.cancel();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.give_up(|_| true);
        share::forget(self.shared.number);
    }
}
