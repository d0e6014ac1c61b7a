//! A valid token at any time: cached, refreshed before it expires, one request for any number of callers. This file is the
//! client as its users see it; `inner` is how it works, and `state` decides.

mod context;
mod flight;
mod inner;
#[cfg(all(test, shuttle))]
mod interleavings;
mod outcome;
mod process;
mod rejections;
mod source;
mod state;

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::Guard;

use crate::config::{Config, Environment, Settings};
use crate::error::{Code, Error};
use crate::log::Logger;
use crate::protocol::token::Token;
use crate::stats::Stat;
use crate::store::CircuitBreaker;
use crate::transport::warm_up;

use flight::Flight;
use inner::Inner;

pub use context::Parts;
pub(crate) use inner::Served;
pub(crate) use outcome::Outcome;

/// A long-lived source of tokens for one app. Cheap to clone, and a clone is the same client. Any number of threads may use it
/// at the same time, and so may a child of `fork()`.
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

/// A token that callers share. It stays readable for as long as it is held, whatever becomes of the client.
#[derive(Debug)]
pub struct SharedToken(Arc<Outcome>);

impl Deref for SharedToken {
    type Target = Token;

    fn deref(&self) -> &Token {
        self.0.token().expect("made from a token alone")
    }
}

impl Served {
    fn into_result(self) -> Result<SharedToken, Error> {
        match self.outcome.result() {
            Ok(_) => Ok(SharedToken(self.outcome)),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Client {
    /// Creates a client with these options. What is unset comes from the process's environment, which is read here, or is the
    /// default. No I/O.
    ///
    /// # Errors
    /// `InvalidArgument` for a variable with a value that its option does not take.
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

    /// Creates a client from its parts.
    pub fn from_parts(parts: Parts) -> Client {
        Client {
            inner: Arc::new(Open(Arc::new(Inner::new(parts)))),
        }
    }

    /// Returns a valid token. A cached one is returned at once. Otherwise this blocks for `timeout_ms` at most, and callers that
    /// come meanwhile share the result, an error too.
    ///
    /// # Errors
    /// Why there is no token: see [`Code`].
    pub fn token(&self) -> Result<SharedToken, Error> {
        self.serve().into_result()
    }

    /// Requests a new token from the server, whatever is cached, and keeps it in memory and in the store. When that fails, a
    /// cached token stays. Blocks for `timeout_ms` at most, and shares no other caller's request.
    ///
    /// # Errors
    /// Why there is no token: see [`Code`].
    pub fn refresh(&self) -> Result<SharedToken, Error> {
        self.inner.refresh()?.into_result()
    }

    /// Returns the cached token while it is valid. Does no I/O and waits for no request.
    ///
    /// # Errors
    /// `NotCached`.
    pub fn cached(&self) -> Result<SharedToken, Error> {
        self.serve_cached()?.into_result()
    }

    /// [`token`](Client::token), for the C ABI.
    pub(crate) fn serve(&self) -> Served {
        self.serve_fresh().unwrap_or_else(|| self.inner.token())
    }

    /// [`cached`](Client::cached), for the C ABI.
    pub(crate) fn serve_cached(&self) -> Result<Served, Error> {
        self.serve_fresh().or_else(|| self.inner.usable()).ok_or_else(|| {
            Error::new(Code::NotCached, "no valid token is cached")
                .advise("Request one with a call that may use the network")
        })
    }

    /// Returns what [`token`](Client::token) would, if that is a cached token which is not due for a refresh. Cannot panic.
    pub(crate) fn serve_fresh(&self) -> Option<Served> {
        let (cached, expires_in) = self.inner.fresh()?;
        Some(Served {
            outcome: Guard::into_inner(cached)?,
            expires_in,
            from_cache: true,
        })
    }

    /// Shows `read` such a token, without a reference count. Panics only where `read` does.
    pub(crate) fn read_fresh<T>(&self, read: impl FnOnce(&Token) -> T) -> Option<T> {
        let (cached, _) = self.inner.fresh()?;
        Some(read(cached.as_ref()?.token()?))
    }

    /// Drops the cached token if it is still the one that was rejected, in memory and in the store. `None` drops whichever it
    /// is, and an error that is remembered. Many rejections of one token thus cause one request.
    pub fn invalidate(&self, rejected_access_token: Option<&str>) {
        // What a store cannot forget is not taken from it again.
        let _ = self.inner.invalidate(rejected_access_token);
    }

    /// Drops the cached token, in memory and in the store, whichever it is.
    ///
    /// # Errors
    /// That of the credentials when they are not found, because they name the stored token; `File` or `Connect` when the store
    /// fails. Memory is empty in any case.
    pub fn clear(&self) -> Result<(), Error> {
        self.inner.invalidate(None)
    }

    /// Returns the token in the store, if it has not expired; `None` when tokens are kept in memory only. For diagnosis: it is
    /// not counted, and the client does not use it.
    ///
    /// # Errors
    /// As for [`clear`](Client::clear).
    pub fn stored(&self) -> Result<Option<SharedToken>, Error> {
        Ok(self.inner.stored()?.map(SharedToken))
    }

    /// Names the store for people; `None` when tokens are kept in memory only.
    pub fn store_name(&self) -> Option<String> {
        self.inner.context.store.as_ref().map(CircuitBreaker::name)
    }

    /// Ends the calls that are blocked now, and the request they wait for. Later calls work.
    pub fn cancel(&self) {
        self.inner.abandon_flight_if(Flight::has_waiters);
    }

    /// Returns a counter.
    pub fn stat(&self, stat: Stat) -> u64 {
        self.inner.context.stats.get(stat)
    }

    /// Returns the whole seconds until a token expires, rounded up, by this client's clocks.
    pub fn expires_in(&self, token: &Token) -> i64 {
        token.expires_in(self.inner.context.clock.now())
    }
}
