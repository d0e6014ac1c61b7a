//! Where the next token comes from: the store, otherwise the server. Many processes that find the store empty make one
//! request: load, get the lease, load again, request, save. A store that fails is passed over.

use std::time::Duration;

use super::context::Context;
use super::flight::{Flight, Reason};
use super::outcome::Outcome;
use crate::cancel::Cancel;
use crate::clock::Moment;
use crate::config::Cache;
use crate::credentials::{self, Credentials};
use crate::error::{Code, Error};
use crate::fetch::{self, Fetch};
use crate::log::Level;
use crate::protocol::retry::Backoff;
use crate::protocol::token::Token;
use crate::random;
use crate::stats::Stat;
use crate::store::{CacheKey, CircuitBreaker, Lease, Operation, Store, StoreError};
use crate::transport::Progress;

/// Between looks at the store while another process holds the lease.
const LOOKS: Backoff = Backoff {
    first: Duration::from_millis(5),
    max: Duration::from_millis(250),
};

/// How long a call waits for another process's token before it makes a request of its own. The last third of its time is kept
/// for that.
fn longest_wait(timeout: Duration) -> Duration {
    timeout / 3 * 2
}

/// Returns the token that a request brings, or why there is none. Blocks.
pub(super) fn next_token(context: &Context, flight: &Flight, reason: Reason) -> Result<Outcome, Error> {
    let start = context.clock.now();
    let cancel = flight.cancelled();
    let credentials = find_credentials(context, cancel)?;
    let request = || request_token(context, &credentials, start, cancel, flight.progress());
    let Some(store) = &context.store else {
        return Ok(Outcome::new(Ok(request()?)));
    };
    let session = StoreSession {
        context,
        store,
        key: CacheKey::new(&context.settings.token_url, &credentials),
        reason,
        start,
        cancel,
    };
    match session.load_or_lease()? {
        Found::Token(token) => Ok(Outcome::from_store(token)),
        Found::MustFetch(lease) => {
            let result = request();
            if let Ok(token) = &result {
                session.save(token, lease.as_ref());
            }
            session.release(lease);
            Ok(Outcome::new(Ok(result?)))
        }
    }
}

/// Requests a token from the server, whatever the store holds, and saves it there. Blocks.
pub(super) fn refreshed_token(context: &Context) -> Result<Token, Error> {
    let start = context.clock.now();
    let credentials = find_credentials(context, &Cancel::new())?;
    let token = request_token(context, &credentials, start, &Cancel::new(), &Progress::new())?;
    // A store that fails never fails a call, and its error has been logged.
    let _ = use_store(context, &credentials, Operation::Save, |store, key, now| {
        store.save(key, &token, None, now)
    });
    Ok(token)
}

/// Removes the token from the store if it is the one that was rejected; `None` removes whichever it is.
pub(super) fn forget(context: &Context, rejected: Option<&str>) -> Result<(), Error> {
    let credentials = find_credentials(context, &Cancel::new())?;
    use_store(context, &credentials, Operation::Forget, |store, key, _| {
        store.forget(key, rejected)
    })
    .map(|_| ())
}

/// Returns the token in the store, due for a refresh or not, if there is one.
pub(super) fn peek(context: &Context) -> Result<Option<Outcome>, Error> {
    let credentials = find_credentials(context, &Cancel::new())?;
    let loaded = use_store(context, &credentials, Operation::Load, |store, key, now| {
        store.load(key, now)
    })?;
    Ok(loaded.flatten().map(Outcome::from_store))
}

/// Uses the store, if there is one, under the key of these credentials.
fn use_store<T>(
    context: &Context,
    credentials: &Credentials,
    operation: Operation,
    run: impl FnOnce(&dyn Store, &CacheKey, Moment) -> Result<T, StoreError>,
) -> Result<Option<T>, Error> {
    let Some(store) = &context.store else { return Ok(None) };
    let key = CacheKey::new(&context.settings.token_url, credentials);
    let now = context.clock.now();
    let used = store.attempt(operation, now, &context.log, |store| run(store, &key, now));
    used.map(Some).map_err(|what| failed(context, store, &what))
}

/// Finds the credentials, in the time of a call.
fn find_credentials(context: &Context, cancel: &Cancel) -> Result<Credentials, Error> {
    let allowed = fetch::working_time(context.settings.timeout);
    credentials::find(&context.settings, &context.environment, allowed, cancel)
}

fn failed(context: &Context, store: &CircuitBreaker, what: &str) -> Error {
    let code = match context.settings.cache {
        Cache::Redis(_) => Code::Connect,
        _ => Code::File,
    };
    Error::new(code, format!("{}: {what}", store.name()))
}

fn request_token(
    context: &Context,
    credentials: &Credentials,
    start: Moment,
    cancel: &Cancel,
    progress: &Progress,
) -> Result<Token, Error> {
    let fetch = Fetch {
        settings: &context.settings,
        transport: &*context.transport,
        clock: &*context.clock,
        log: &context.log,
        counters: &context.counters,
        cancel,
        progress,
    };
    fetch.token_since(credentials, start)
}

/// What a request found in the store.
enum Found {
    /// A token, perhaps of another process.
    Token(Token),
    /// No token. This process has to request one: with the lease, or without where it could not be had.
    MustFetch(Option<Lease>),
}

/// One request's use of the store.
struct StoreSession<'a> {
    context: &'a Context,
    store: &'a CircuitBreaker,
    key: CacheKey,
    reason: Reason,
    start: Moment,
    cancel: &'a Cancel,
}

impl StoreSession<'_> {
    /// Loads the token or takes the lease. While another process holds the lease, it waits and loads again.
    fn load_or_lease(&self) -> Result<Found, Error> {
        for looks in 1.. {
            if let Some(token) = self.load() {
                return Ok(Found::Token(token));
            }
            match self.attempt(Operation::Lease, |store, _| store.try_lease(&self.key)) {
                Err(_) => break,
                Ok(Some(lease)) => return Ok(self.load_again(lease)),
                Ok(None) => {}
            }
            let waited = self.context.clock.now().since(self.start);
            let left = longest_wait(self.context.settings.timeout).saturating_sub(waited);
            if left.is_zero() {
                self.context.log.log(Level::Info, || {
                    let store = self.store.name();
                    format!("{store}: another process has held the lease for too long; requesting a token anyway")
                });
                break;
            }
            let jittered = LOOKS.after(looks).mul_f64(0.5 + random::fraction() / 2.0);
            self.context.clock.wait(jittered.min(left), self.cancel);
            self.cancel.check()?;
        }
        Ok(Found::MustFetch(None))
    }

    /// The last holder of the lease may have saved a token since we looked.
    fn load_again(&self, lease: Lease) -> Found {
        match self.load() {
            Some(token) => {
                self.release(Some(lease));
                Found::Token(token)
            }
            None => Found::MustFetch(Some(lease)),
        }
    }

    /// Returns the token in the store if it can be used: it was not rejected here, and it is not due for a refresh itself when
    /// this is one.
    fn load(&self) -> Option<Token> {
        let policy = self.context.policy;
        let loaded = self.attempt(Operation::Load, |store, now| store.load(&self.key, now));
        let token = loaded.ok().flatten()?;
        let now = self.context.clock.now();
        let too_old = matches!(self.reason, Reason::Refresh) && policy.is_due(&token, now);
        if too_old || !policy.is_usable(&token, now) || self.context.rejections.contain(&token) {
            return None;
        }
        self.context.counters.count(Stat::StoreHits);
        Some(token)
    }

    fn save(&self, token: &Token, lease: Option<&Lease>) {
        let _ = self.attempt(Operation::Save, |store, now| store.save(&self.key, token, lease, now));
    }

    fn release(&self, lease: Option<Lease>) {
        if let Some(lease) = lease {
            let _ = self.attempt(Operation::Lease, |store, _| store.release(&self.key, lease));
        }
    }

    fn attempt<T>(
        &self,
        operation: Operation,
        run: impl FnOnce(&dyn Store, Moment) -> Result<T, StoreError>,
    ) -> Result<T, String> {
        let now = self.context.clock.now();
        self.store
            .attempt(operation, now, &self.context.log, |store| run(store, now))
    }
}
