//! Where the next token comes from: the store, else the server. This is the order of the steps between processes, so that
//! many that find the store empty ask once: look, get the right to refresh, look again, ask, lay down. A store that fails
//! is passed over, and what becomes of the token here is `shared`'s business.

use std::time::Duration;

use super::context::{Context, Renewal};
use super::flight::Flight;
use super::outcome::Outcome;
use crate::cancel::Cancel;
use crate::clock::Moment;
use crate::config::Cache;
use crate::credentials::{self, Credentials};
use crate::error::{Code, Error};
use crate::fetch::{self, Fetch};
use crate::log::Level;
use crate::protocol::token::Token;
use crate::stats::Stat;
use crate::store::{CacheKey, CircuitBreaker, Lease, Operation, Store, StoreError};

/// Waits while another process asks double from the first to the second of these.
const WAITS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(250));

/// How long a call waits for another process's token before it asks for itself. A third of its time is left for that.
fn patience(timeout: Duration) -> Duration {
    timeout / 3 * 2
}

/// The token that a request brings, or why there is none. Blocks.
pub(super) fn next_token(context: &Context, flight: &Flight, renewal: Renewal) -> Result<Outcome, Error> {
    let start = context.clock.now();
    let credentials = find_credentials(context, flight.cancelled())?;
    let ask = || ask_server(context, &credentials, start, flight.cancelled());
    let Some(store) = &context.store else {
        return ask().map(Outcome::of_server);
    };
    let visit = Visit::new(context, flight, store, &credentials, renewal, start);
    match visit.look_or_wait()? {
        Found::Token(token) => Ok(Outcome::of_store(token)),
        Found::OurTurn(lease) => {
            let result = ask();
            if let Ok(token) = &result {
                visit.save(token, lease.as_ref());
            }
            visit.release(lease);
            result.map(Outcome::of_server)
        }
    }
}

/// A token of the server's, whatever the store holds; it is laid down there. Blocks.
pub(super) fn renewed_token(context: &Context) -> Result<Outcome, Error> {
    let start = context.clock.now();
    let credentials = find_credentials(context, &Cancel::new())?;
    let token = ask_server(context, &credentials, start, &Cancel::new())?;
    // A store that fails never fails a call, and has said so to the log.
    let _ = apart_from_requests(context, Operation::Save, |store, key, now| {
        store.save(key, &token, None, now)
    });
    Ok(Outcome::of_server(token))
}

/// The token in the store, for a caller who waits, if looking there takes less time than making a thread for a request.
/// Whatever stands in the way is the request's to find, and to report.
pub(super) fn glance(context: &Context, flight: &Flight) -> Option<Outcome> {
    let store = context.store.as_ref().filter(|store| store.is_near())?;
    let start = context.clock.now();
    let credentials = find_credentials(context, &Cancel::new()).ok()?;
    let visit = Visit::new(context, flight, store, &credentials, Renewal::Awaited, start);
    visit.look().map(Outcome::of_store)
}

/// Removes the token from the store if it is the one that was rejected; `None`: whichever it is.
pub(super) fn forget(context: &Context, rejected: Option<&str>) -> Result<(), Error> {
    apart_from_requests(context, Operation::Forget, |store, key, _| store.forget(key, rejected)).map(|_| ())
}

/// The token in the store, due or not, if there is one.
pub(super) fn peek(context: &Context) -> Result<Option<Outcome>, Error> {
    let loaded = apart_from_requests(context, Operation::Load, |store, key, now| store.load(key, now))?;
    Ok(loaded.flatten().map(Outcome::of_store))
}

/// Uses the store, if there is one, under the key of today's credentials.
fn apart_from_requests<T>(
    context: &Context,
    operation: Operation,
    run: impl FnOnce(&dyn Store, &CacheKey, Moment) -> Result<T, StoreError>,
) -> Result<Option<T>, Error> {
    let Some(store) = &context.store else { return Ok(None) };
    let credentials = find_credentials(context, &Cancel::new())?;
    let key = CacheKey::new(&context.settings.token_url, &credentials);
    let now = context.clock.now();
    let used = store.attempt(operation, now, &context.log, |store| run(store, &key, now));
    used.map(Some).map_err(|fault| failed(context, store, &fault))
}

fn find_credentials(context: &Context, cancel: &Cancel) -> Result<Credentials, Error> {
    let allowed = fetch::time_for_credentials(context.settings.timeout);
    credentials::find(&context.settings, &context.environment, allowed, cancel)
}

fn failed(context: &Context, store: &CircuitBreaker, fault: &str) -> Error {
    let code = match context.settings.cache {
        Cache::Redis(_) => Code::Connect,
        _ => Code::File,
    };
    Error::new(code, format!("{}: {fault}", store.name()))
}

fn ask_server(context: &Context, credentials: &Credentials, start: Moment, cancel: &Cancel) -> Result<Token, Error> {
    let fetch = Fetch {
        settings: &context.settings,
        transport: &*context.transport,
        clock: &*context.clock,
        log: &context.log,
        stats: &context.stats,
        cancel,
    };
    fetch.token_since(credentials, start)
}

/// What a visit to the store led to.
enum Found {
    /// A token that another process asked for.
    Token(Token),
    /// Nothing, and it is for us to ask: with the right to refresh, or without when it was not to be had.
    OurTurn(Option<Lease>),
}

/// One request's dealings with the store.
struct Visit<'a> {
    context: &'a Context,
    flight: &'a Flight,
    store: &'a CircuitBreaker,
    key: CacheKey,
    renewal: Renewal,
    start: Moment,
}

impl<'a> Visit<'a> {
    fn new(
        context: &'a Context,
        flight: &'a Flight,
        store: &'a CircuitBreaker,
        credentials: &Credentials,
        renewal: Renewal,
        start: Moment,
    ) -> Visit<'a> {
        Visit {
            context,
            flight,
            store,
            key: CacheKey::new(&context.settings.token_url, credentials),
            renewal,
            start,
        }
    }

    /// Looks, and while another process has the right to refresh, looks again.
    fn look_or_wait(&self) -> Result<Found, Error> {
        let mut wait = WAITS.0;
        loop {
            if let Some(token) = self.look() {
                return Ok(Found::Token(token));
            }
            match self.attempt(Operation::Lease, |store, _| store.try_lease(&self.key)) {
                Err(_) => return Ok(Found::OurTurn(None)),
                Ok(Some(lease)) => return Ok(self.look_under(lease)),
                Ok(None) => {}
            }
            let waited = self.context.clock.now().since(self.start);
            let left = patience(self.context.settings.timeout).saturating_sub(waited);
            if left.is_zero() {
                self.context.log.log(Level::Info, || {
                    format!(
                        "{}: another process has been asking for long; asking too",
                        self.store.name()
                    )
                });
                return Ok(Found::OurTurn(None));
            }
            let jittered = wait.mul_f64(0.5 + fastrand::f64() / 2.0);
            self.context.clock.wait(jittered.min(left), self.flight.cancelled());
            self.flight.cancelled().check()?;
            wait = (wait * 2).min(WAITS.1);
        }
    }

    /// The last holder may have laid a token down between our look and our turn.
    fn look_under(&self, lease: Lease) -> Found {
        match self.look() {
            Some(token) => {
                self.release(Some(lease));
                Found::Token(token)
            }
            None => Found::OurTurn(Some(lease)),
        }
    }

    /// The token in the store, if it will do: good enough to be handed out, not one that was rejected here, and not due
    /// itself when what is wanted is the next one.
    fn look(&self) -> Option<Token> {
        let (policy, epoch) = (self.context.policy, self.context.epochs.current());
        let loaded = self.attempt(Operation::Load, |store, now| store.load(&self.key, now));
        let token = loaded.ok().flatten()?;
        let now = self.context.clock.now();
        let too_old = matches!(self.renewal, Renewal::Ahead) && policy.is_due(&token, now);
        if too_old || !policy.is_usable(&token, now) || epoch.lock().distrusts(&token) {
            return None;
        }
        self.context.stats.count(Stat::StoreHits);
        Some(token)
    }

    fn save(&self, token: &Token, lease: Option<&Lease>) {
        let saved = self.attempt(Operation::Save, |store, now| store.save(&self.key, token, lease, now));
        if saved.is_ok() {
            self.context.epochs.current().lock().trust_store();
        }
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
