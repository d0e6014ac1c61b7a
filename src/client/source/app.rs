//! Where the next token of an app comes from: the store, otherwise the server. Many processes that find the store empty make one
//! request: load, get the lease, load again, request, save. A store that fails is passed over.

use std::sync::Arc;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::client::context::Context;
use crate::client::flight::{Flight, Reason};
use crate::client::policy::remembered_for;
use crate::clock::Moment;
use crate::config::Cache;
use crate::credentials::{self, Credentials};
use crate::error::Error;
use crate::fetch;
use crate::log::Level;
use crate::outcome::Outcome;
use crate::protocol::grant::AuthorizationGrant;
use crate::protocol::response::refusal_advice;
use crate::protocol::token::Token;
use crate::stats::Stat;
use crate::store::{self, CacheKey, CircuitBreaker, Fence, Lease, Operation, Refusal, Store, StoreError, Stored};
use crate::transport::Progress;

/// How long a call waits for another process's token before it makes a request of its own. The last third of its time is kept
/// for that.
fn longest_wait(timeout: Duration) -> Duration {
    timeout / 3 * 2
}

/// Returns the token that a request brings, or why there is none; and what is left to do once the callers have it. Blocks.
pub(in crate::client) fn next_token<'c>(
    context: &'c Context,
    flight: &'c Flight,
    reason: Reason,
) -> Result<(Arc<Outcome>, Option<Unsaved<'c>>), Error> {
    let start = context.clock.now();
    let cancel = flight.cancelled();
    let credentials = find_credentials(context, cancel)?;
    let request = || {
        let fetch = context.fetch(cancel, flight.progress());
        fetch.token_since(&credentials, start)
    };
    let cacheable = |outcome: Outcome| Arc::new(context.policy.cacheable(outcome));
    let Some(store) = &context.store else {
        return Ok((cacheable(Outcome::new(Ok(request()?))), None));
    };
    let session = StoreSession {
        context,
        store,
        key: CacheKey::new(&context.settings.token_url, &credentials),
        reason,
        start,
        cancel,
        progress: flight.progress(),
    };
    let lease = match session.load_or_lease()? {
        Found::Token(token) => return Ok((cacheable(Outcome::from_store(token)), None)),
        Found::Refusal(refusal) => return Ok((cacheable(refused(refusal, &credentials)), None)),
        Found::MustFetch(lease) => lease,
    };
    let fence = match &lease {
        Some(lease) => lease.fence(),
        None => session.next_fence(),
    };
    let outcome = cacheable(Outcome::new(request()));
    match (session.save(&outcome, fence), lease) {
        (Err(error), Some(lease)) if error.trips => {
            let unsaved = Unsaved {
                session,
                outcome: outcome.clone(),
                lease,
            };
            Ok((outcome, Some(unsaved)))
        }
        (_, lease) => {
            session.release(lease);
            Ok((outcome, None))
        }
    }
}

/// Requests a token from the server, whatever the store holds, and saves it there. Blocks.
pub(super) fn refreshed_token(context: &Context) -> Result<Token, Error> {
    let start = context.clock.now();
    let credentials = find_credentials(context, &Cancel::new())?;
    // A store that fails never fails a call, and its error has been logged.
    let fence = use_store(context, &credentials, Operation::Save, |store, key, _| {
        store.next_fence(key)
    });
    let fence = fence.ok().flatten().unwrap_or_default();
    let (cancel, progress) = (Cancel::new(), Progress::new());
    let result = context.fetch(&cancel, &progress).token_since(&credentials, start);
    let _ = use_store(context, &credentials, Operation::Save, |store, key, now| {
        save(store, key, result.as_ref(), fence, now)
    });
    result
}

/// Removes the token from the store if it is the one that was rejected; `None` removes whichever it is, and a refusal.
pub(super) fn remove(context: &Context, rejected: Option<&str>) -> Result<(), Error> {
    let credentials = find_credentials(context, &Cancel::new())?;
    let removed = use_store(context, &credentials, Operation::Remove, |store, key, _| {
        store.remove(key, rejected)
    });
    removed.map(|_| ())
}

/// Returns the token in the store, due for a refresh or not, if there is one.
pub(super) fn peek(context: &Context) -> Result<Option<Outcome>, Error> {
    let credentials = find_credentials(context, &Cancel::new())?;
    let loaded = use_store(context, &credentials, Operation::Load, |store, key, now| {
        store.load(key, now)
    })?;
    Ok(loaded.and_then(|stored| stored.token).map(Outcome::from_store))
}

/// Saves what the server said: a token, or an error that is to be repeated. Other errors are not saved.
fn save(
    store: &dyn Store,
    key: &CacheKey,
    result: Result<&Token, &Error>,
    fence: Fence,
    now: Moment,
) -> Result<(), StoreError> {
    match result {
        Ok(token) => store.save(key, token, fence, now),
        Err(error) => match remembered_for(error) {
            Some(time) => store.save_refusal(key, &Refusal::new(error.clone(), time, now), now),
            None => Ok(()),
        },
    }
}

/// An error that the server gave to another process with these credentials. What to do about it depends on this one.
fn refused(refusal: Refusal, credentials: &Credentials) -> Outcome {
    let Refusal { error, until, .. } = refusal;
    let grant = AuthorizationGrant::ClientCredentials(credentials);
    let advice = refusal_advice(error.kind(), error.retry_after(), &grant);
    Outcome::repeated(error.advise(advice), until)
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
    let is_remote = matches!(context.settings.cache, Cache::Redis(_));
    used.map(Some).map_err(|error| error.of(&store.name(), is_remote))
}

/// Finds the credentials, in the time of a call.
fn find_credentials(context: &Context, cancel: &Cancel) -> Result<Credentials, Error> {
    let allowed = fetch::working_time(context.settings.timeout);
    credentials::find(&context.settings, &context.environment, allowed, cancel)
}

/// What a request found in the store.
enum Found {
    /// A token, perhaps of another process.
    Token(Token),
    /// An error that the server gave to another process, and that is repeated for a while.
    Refusal(Refusal),
    /// Nothing. This process has to make a request: with the lease, or without where it could not be had.
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
    progress: &'a Progress,
}

impl StoreSession<'_> {
    /// Loads the token or takes the lease. While another process holds the lease, it waits and loads again, and a store that
    /// fails meanwhile may come back: another server takes over within seconds.
    fn load_or_lease(&self) -> Result<Found, Error> {
        let timeout = self.context.settings.timeout;
        let mut others_request = None;
        for looks in 1.. {
            if let Some(found) = self.load(others_request.is_some()) {
                return Ok(found);
            }
            let now = self.context.clock.now();
            match self.use_store(Operation::Lease, others_request.is_some(), |store, _| {
                store.try_lease(&self.key)
            }) {
                Ok(Some(lease)) => return Ok(self.load_again(lease)),
                Ok(None) => others_request = Some(now),
                Err(_) if others_request.is_some_and(|seen| now.since(seen) < timeout / 3) => {}
                Err(_) => break,
            }
            let left = longest_wait(timeout).saturating_sub(now.since(self.start));
            if left.is_zero() {
                self.context.log.log(Level::Info, || {
                    let store = self.store.name();
                    format!("{store}: another process has held the lease for too long; requesting a token anyway")
                });
                break;
            }
            self.progress.wait_for_other();
            self.context
                .clock
                .wait(store::before_look(looks).min(left), self.cancel);
            self.cancel.check()?;
        }
        Ok(Found::MustFetch(None))
    }

    /// The last holder of the lease may have saved something since we looked.
    fn load_again(&self, lease: Lease) -> Found {
        match self.load(false) {
            Some(found) => {
                self.release(Some(lease));
                found
            }
            None => Found::MustFetch(Some(lease)),
        }
    }

    /// Returns the token in the store if it can be used: it was not rejected here, and it is not due for a refresh itself when
    /// this is one. Otherwise a refusal.
    fn load(&self, insist: bool) -> Option<Found> {
        let (policy, rejections) = (self.context.policy, &self.context.rejections);
        let loaded = self.use_store(Operation::Load, insist, |store, now| store.load(&self.key, now));
        let Stored { token, refusal } = loaded.ok()?;
        let now = self.context.clock.now();
        let can_be_used = |token: &Token| {
            let too_old = matches!(self.reason, Reason::Refresh) && policy.is_due(token, now);
            !too_old && policy.is_usable(token, now) && !rejections.contain(token)
        };
        if let Some(token) = token.filter(can_be_used) {
            self.context.counters.count(Stat::StoreHits);
            return Some(Found::Token(token));
        }
        let in_force =
            |refusal: &Refusal| !refusal.time_left(now).is_zero() && !rejections.cover(refusal.since.wall_ms);
        refusal.filter(in_force).map(Found::Refusal)
    }

    /// Returns the number of a request that is made without the lease.
    fn next_fence(&self) -> Fence {
        let fence = self.use_store(Operation::Save, false, |store, _| store.next_fence(&self.key));
        fence.unwrap_or_default()
    }

    fn save(&self, outcome: &Outcome, fence: Fence) -> Result<(), StoreError> {
        self.use_store(Operation::Save, false, |store, now| {
            save(store, &self.key, outcome.result(), fence, now)
        })
    }

    fn release(&self, lease: Option<Lease>) {
        if let Some(lease) = lease {
            let _ = self.use_store(Operation::Lease, false, |store, _| store.release(&self.key, lease));
        }
    }

    /// Uses the store; when it failed recently, only if the caller insists.
    fn use_store<T>(
        &self,
        operation: Operation,
        insist: bool,
        run: impl FnOnce(&dyn Store, Moment) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (now, log) = (self.context.clock.now(), &self.context.log);
        let run = |store: &dyn Store| run(store, now);
        if insist {
            self.store.insist(operation, now, log, run)
        } else {
            self.store.attempt(operation, now, log, run)
        }
    }
}

/// A token that could not be saved because the store could not be reached. Other processes wait for it.
pub(in crate::client) struct Unsaved<'a> {
    session: StoreSession<'a>,
    outcome: Arc<Outcome>,
    lease: Lease,
}

impl Unsaved<'_> {
    /// Tries to save the token for as long as others may wait for it: another server may take over. Blocks.
    pub(in crate::client) fn save(self) {
        let context = self.session.context;
        let end = context.clock.now().plus(longest_wait(context.settings.timeout));
        for failures in 1.. {
            context.clock.wait(store::before_look(failures), &context.closed);
            let is_void = self
                .outcome
                .token()
                .is_none_or(|token| context.rejections.contain(token));
            if is_void || context.closed.is_cancelled() || end.since(context.clock.now()).is_zero() {
                return;
            }
            let saved = self.session.use_store(Operation::Save, true, |store, now| {
                save(store, &self.session.key, self.outcome.result(), self.lease.fence(), now)
            });
            if saved.is_ok() {
                return self.session.release(Some(self.lease));
            }
        }
    }
}
