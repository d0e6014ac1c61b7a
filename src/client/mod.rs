//! A valid token at any time: cached, refreshed before it expires, one request for any number of callers. This file is the
//! client as its users see it; `inner` is how it works, and `state` decides.

mod cached;
mod context;
mod flight;
mod inner;
#[cfg(all(test, shuttle))]
mod interleavings;
mod policy;
mod process;
mod rejections;
mod source;
mod state;
mod user_source;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use arc_swap::Guard;

use crate::config::{Config, Environment, Settings};
use crate::error::{Error, ErrorKind};
use crate::log::Logger;
use crate::protocol::token::Token as AccessToken;
use crate::stats::{Stat, Stats};
use crate::store::CircuitBreaker;
use crate::token::Token;

use flight::Flight;
use inner::Inner;

pub use context::Parts;
pub(crate) use inner::Served;

/// A long-lived source of tokens for one app. It caches the token and refreshes it before it expires.
///
/// Cheap to clone, and a clone is the same client. Any number of threads may use it at the same time, and so may a child process
/// after `fork()`. Calls block; in async code, use [`cached`](Client::cached), and otherwise call [`token`](Client::token) in
/// `spawn_blocking`.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Open>,
}

/// Closes the client when its last clone is dropped, although a request may still hold its parts.
struct Open(Arc<Inner>);

impl Deref for Open {
    type Target = Arc<Inner>;

    fn deref(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Served {
    fn into_result(self) -> Result<Token, Error> {
        match self.outcome.result() {
            Ok(_) => Ok(Token::from_outcome(self.outcome).expect("it is a token")),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Client {
    /// Creates a client whose options and credentials come from the environment.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for an environment variable with an invalid value.
    pub fn from_env() -> Result<Client, Error> {
        Client::new(&Config::new(), Logger::default())
    }

    /// Creates a client with these options. What is unset comes from the process's environment, which is read here, or is the
    /// default. No I/O.
    pub(crate) fn new(config: &Config, log: Logger) -> Result<Client, Error> {
        let environment = Environment::from_process();
        Ok(Client::from_parts(Parts {
            settings: Settings::resolve(config, &environment)?,
            environment,
            log,
            transport: None,
            clock: None,
        }))
    }

    /// Creates a client from its parts.
    pub(crate) fn from_parts(parts: Parts) -> Client {
        Client {
            inner: Arc::new(Open(Arc::new(Inner::new(parts)))),
        }
    }

    /// Returns a valid token.
    ///
    /// A cached token is returned immediately. Otherwise the call blocks, for at most the timeout, while a new token is
    /// requested. Concurrent calls share that request and its result, including an error. Close to expiry the token is
    /// refreshed in the background while calls keep returning the current one.
    ///
    /// # Errors
    /// The reason why there is no token. Rejected credentials are remembered for 60 seconds, and HTTP 429 for its
    /// `Retry-After`: until then, calls fail immediately with the same error.
    pub fn token(&self) -> Result<Token, Error> {
        self.serve().into_result()
    }

    /// Returns the cached token if it is still valid. Does no I/O and does not block.
    pub fn cached(&self) -> Option<Token> {
        self.serve_cached().ok()?.into_result().ok()
    }

    /// Requests a new token, although one is cached, and caches it. After an error the cached token stays. Blocks for at most
    /// the timeout.
    ///
    /// # Errors
    /// The reason why there is no new token.
    pub fn refresh(&self) -> Result<Token, Error> {
        self.inner.refresh()?.into_result()
    }

    /// Reports that the Web API rejected a token with status 401. The token is removed from memory and from the store if it is
    /// still the current one, so many threads that report the same token cause a single request.
    pub fn invalidate(&self, rejected: &Token) {
        self.invalidate_text(Some(rejected.access_token()));
    }

    /// Removes the cached token, whichever it is, from memory and from the store.
    ///
    /// # Errors
    /// The error of the store, or that of the credentials, which name the stored token. The token is removed from memory in any
    /// case.
    pub fn clear(&self) -> Result<(), Error> {
        self.inner.invalidate(None)
    }

    /// Ends all calls that are blocked, and the request they wait for. They return
    /// [`Cancelled`](crate::ErrorKind::Cancelled). Later calls work.
    pub fn cancel(&self) {
        self.inner.abandon_flight_if(Flight::has_waiters);
    }

    /// Returns what this client did and has, in numbers. Does no I/O and does not block.
    pub fn stats(&self) -> Stats {
        self.inner.stats()
    }

    /// The options that hold.
    #[cfg(test)]
    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.context.settings
    }

    /// Returns whether a call waits for another process that makes the same request.
    pub(crate) fn waits_for_other(&self) -> bool {
        self.inner.waits_for_other()
    }

    /// [`token`](Client::token), for the C ABI.
    pub(crate) fn serve(&self) -> Served {
        self.serve_fresh().unwrap_or_else(|| self.inner.token())
    }

    /// [`cached`](Client::cached), for the C ABI.
    pub(crate) fn serve_cached(&self) -> Result<Served, Error> {
        self.serve_fresh().or_else(|| self.inner.usable()).ok_or_else(|| {
            Error::new(ErrorKind::NotCached, "no valid token is cached")
                .advise("Request one with a call that may use the network")
        })
    }

    /// Returns what [`token`](Client::token) would, if that is a cached token which is not due for a refresh. Cannot panic.
    pub(crate) fn serve_fresh(&self) -> Option<Served> {
        let (cached, now) = self.inner.fresh()?;
        let outcome = Guard::into_inner(cached)?;
        Some(Served {
            expires_in: outcome.token()?.expires_in(now),
            outcome,
            from_cache: true,
        })
    }

    /// Shows `read` such a token, without a reference count. Panics only where `read` does.
    pub(crate) fn read_fresh<T>(&self, read: impl FnOnce(&AccessToken) -> T) -> Option<T> {
        let (cached, _) = self.inner.fresh()?;
        Some(read(cached.as_ref()?.token()?))
    }

    /// Drops the cached token if it is still the one that was rejected, in memory and in the store. `None` drops whichever it
    /// is, and a remembered error.
    pub(crate) fn invalidate_text(&self, rejected_access_token: Option<&str>) {
        // What a store cannot forget is not taken from it again.
        let _ = self.inner.invalidate(rejected_access_token);
    }

    /// Returns the token in the store, if it has not expired; `None` when tokens are kept in memory only. For diagnosis: it is
    /// not counted, and the client does not use it.
    pub(crate) fn stored(&self) -> Result<Option<Token>, Error> {
        Ok(self.inner.stored()?.and_then(Token::from_outcome))
    }

    /// Names the store for people; `None` when tokens are kept in memory only.
    pub(crate) fn store_name(&self) -> Option<String> {
        self.inner.context.store.as_ref().map(CircuitBreaker::name)
    }

    /// Returns a figure as C has it.
    pub(crate) fn stat(&self, stat: Stat) -> u64 {
        self.inner.stat(stat)
    }

    /// Returns the whole seconds until a token expires, rounded up, by this client's clocks.
    pub(crate) fn expires_in(&self, token: &AccessToken) -> i64 {
        token.expires_in(self.inner.context.clock.now())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.inner.context.settings;
        f.debug_struct("Client")
            .field("settings", settings)
            .finish_non_exhaustive()
    }
}
