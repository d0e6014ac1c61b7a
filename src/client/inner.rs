//! How a client works. A caller first reads the cached token without a lock (`fresh`). When that is missing, expired or due for
//! a refresh, the caller takes the lock and does what the state machine says (`state`): serve and perhaps refresh, refuse,
//! wait, or start a request. A request is a `Flight`: it runs in a thread of its own and belongs to no caller.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::Guard;

use super::cached::Cached;
use super::context::{Context, Parts};
use super::flight::{Flight, Reason};
use super::process::PerProcess;
use super::source::{self, Unsaved};
use super::state::Step;
use crate::clock::Moment;
use crate::detached::{self, Unfinished};
use crate::error::{Error, ErrorKind};
use crate::log::Level;
use crate::outcome::Outcome;
use crate::panics::{self, Boundary};
use crate::secret::Secret;
use crate::stats::{Stat, Stats};
use crate::sync::{Builder, STACK_SIZE};
use crate::token::Token;

/// What the clones of a client and its requests share.
pub(super) struct Inner {
    pub(super) context: Context,
    cached: Cached,
    process: PerProcess,
}

/// What a caller gets.
pub(crate) struct Served {
    /// The token or the error, shared with every other caller of the same request.
    pub(crate) outcome: Arc<Outcome>,
    /// Whole seconds until the token expires, rounded up.
    pub(crate) expires_in: i64,
    /// Whether the token came from memory or from a store, so that no response of the server belongs to this call.
    pub(crate) from_cache: bool,
}

impl Inner {
    pub(super) fn new(parts: Parts) -> Inner {
        Inner {
            context: Context::new(parts),
            cached: Cached::default(),
            process: PerProcess::new(),
        }
    }

    /// Returns the cached token while it is neither expired nor due for a refresh. Takes no lock and cannot panic.
    pub(super) fn fresh(&self) -> Option<(Guard<Option<Arc<Outcome>>>, Moment)> {
        let cached = self.cached.load();
        let now = self.context.clock.now();
        if !cached.as_ref()?.is_fresh(now) || self.context.has_unsaved_login() {
            return None;
        }
        self.context.counters.count(Stat::Hits);
        Some((cached, now))
    }

    /// Returns the cached token while it can be used, due for a refresh or not.
    pub(super) fn usable(&self) -> Option<Served> {
        let outcome = self.cached.load_full()?;
        let now = self.context.clock.now();
        let usable = self.context.policy.is_usable(outcome.token()?, now);
        usable.then(|| self.hit(outcome))
    }

    /// Returns all figures.
    pub(super) fn stats(&self) -> Stats {
        Stats {
            token_expires_at: self
                .cached
                .load_full()
                .and_then(Token::from_outcome)
                .map(|token| token.expires_at()),
            ..self.context.counters.snapshot()
        }
    }

    /// Returns a figure as C has it: a count, the whole seconds until a time, or the Unix time in seconds of the last success.
    pub(super) fn stat(&self, stat: Stat) -> u64 {
        let stored = self.context.counters.get(stat);
        let now = || self.context.clock.now();
        match stat {
            Stat::TokenSeconds => {
                let cached = self.cached.load_full();
                let token = cached.as_ref().and_then(|outcome| outcome.token());
                token.map_or(0, |token| token.expires_in(now()).unsigned_abs())
            }
            Stat::LoginSeconds => stored.saturating_sub(now().wall_ms.unsigned_abs()).div_ceil(1000),
            Stat::LastSuccess => stored / 1000,
            _ => stored,
        }
    }

    /// Returns a token or the reason why there is none: under the lock, and perhaps over the network.
    pub(super) fn token(self: &Arc<Inner>) -> Served {
        let end = self.context.clock.now().plus(self.context.settings.timeout);
        if self.context.has_unsaved_login() {
            // An error has been logged, and the next call tries again.
            let _ = self.bounded(|context| {
                source::save_unsaved(context);
                Ok(())
            });
        }
        loop {
            let process = self.process.current();
            let mut state = process.lock();
            let now = self.context.clock.now();
            let (flight, reason) = match state.step(self.cached.load_full(), &self.context.policy, now) {
                Step::Refuse(outcome) => return self.served(outcome),
                Step::Serve { outcome, refresh } => {
                    let flight = refresh.then(|| state.begin());
                    drop(state);
                    if let Some(flight) = flight {
                        self.context.counters.count(Stat::BackgroundRefreshes);
                        self.start(&flight, Reason::Refresh);
                    }
                    return self.hit(outcome);
                }
                Step::Wait(flight) => {
                    self.context.counters.count(Stat::Waits);
                    (flight, None)
                }
                Step::Start => (state.begin(), Some(Reason::OnDemand)),
            };
            let waiter = flight.join();
            drop(state);
            if let Some(reason) = reason {
                self.start(&flight, reason);
            }
            let Some(outcome) = waiter.wait_for(end.since(self.context.clock.now())) else {
                let error = flight.progress().timed_out().unwrap_or_else(|| self.timed_out());
                return self.served(Arc::new(Outcome::new(Err(error))));
            };
            if !self.is_void(&outcome) {
                return self.served(outcome);
            }
        }
    }

    /// Drops the cached token if it is still the one that was rejected, in memory and in the store. `None` drops whichever it
    /// is, and a remembered error too. Returns the store's error; such a store gives the token no more all the same.
    pub(super) fn invalidate(self: &Arc<Inner>, rejected_access_token: Option<&str>) -> Result<(), Error> {
        let rejections = &self.context.rejections;
        let process = self.process.current();
        let known = {
            let mut state = process.lock();
            let cached = self.cached.load_full();
            let is_rejected =
                |outcome: &Arc<Outcome>| rejected_access_token.is_none_or(|token| outcome.is_token(token));
            if cached.as_ref().is_some_and(is_rejected) {
                self.cached.store(None);
            }
            match rejected_access_token {
                Some(token) => rejections.add(token),
                None => {
                    state.forget_failures();
                    rejections.add_all(self.context.clock.now());
                    if let Some(token) = cached.as_ref().and_then(|outcome| outcome.token()) {
                        rejections.add(token.access_token());
                    }
                    false
                }
            }
        };
        // Rejections come in storms: one of them removes the token from the store.
        if known || !self.context.has_store() {
            return Ok(());
        }
        let rejected = rejected_access_token.map(Secret::new);
        self.bounded(move |context| source::remove(context, rejected.as_ref().map(Secret::expose)))
    }

    /// Requests a token from the server, whatever is cached, and caches it.
    pub(super) fn refresh(self: &Arc<Inner>) -> Result<Served, Error> {
        let outcome = Outcome::new(Ok(self.bounded(source::refreshed_token)?));
        let outcome = Arc::new(self.context.policy.cacheable(outcome));
        let process = self.process.current();
        {
            let mut state = process.lock();
            state.forget_failures();
            self.cached.store(Some(&outcome));
        }
        self.note_success();
        Ok(self.served(outcome))
    }

    /// Returns the token in the store, due for a refresh or not, if there is one.
    pub(super) fn stored(self: &Arc<Inner>) -> Result<Option<Arc<Outcome>>, Error> {
        if !self.context.has_store() {
            return Ok(None);
        }
        self.bounded(source::peek).map(|stored| stored.map(Arc::new))
    }

    /// Returns whether what is being done waits for another process that makes the same request.
    pub(super) fn waits_for_other(&self) -> bool {
        let process = self.process.current();
        let flight = process.lock().flight();
        let waits = flight.is_some_and(|flight| flight.progress().waits_for_other());
        waits || self.context.refreshing.waits_for_other()
    }

    /// Ends the request that is being made, if there is one and it fits.
    pub(super) fn abandon_flight_if(&self, fits: impl FnOnce(&Flight) -> bool) {
        let process = self.process.current();
        let flight = process.lock().take_flight_if(fits);
        if let Some(flight) = flight {
            flight.cancel();
        }
    }

    /// Ends the request that is being made and drops the cached token. Nothing is logged once this has returned.
    pub(super) fn close(&self) {
        self.abandon_flight_if(|_| true);
        self.cached.store(None);
        self.context.close();
    }

    /// A token from memory.
    fn hit(&self, outcome: Arc<Outcome>) -> Served {
        self.context.counters.count(Stat::Hits);
        Served {
            from_cache: true,
            ..self.served(outcome)
        }
    }

    fn served(&self, outcome: Arc<Outcome>) -> Served {
        let token = outcome.token();
        Served {
            expires_in: token.map_or(0, |token| token.expires_in(self.context.clock.now())),
            from_cache: outcome.is_from_store(),
            outcome,
        }
    }

    fn note_success(&self) {
        let now = self.context.clock.now();
        self.context.counters.set_time(Stat::LastSuccess, now.wall_ms);
    }

    /// Whether a token has expired, or was rejected, since a request found it.
    fn is_void(&self, outcome: &Outcome) -> bool {
        let Some(token) = outcome.token() else { return false };
        let expired = token.time_left(self.context.clock.now()).is_zero();
        expired || outcome.is_from_store() && self.context.rejections.contain(token)
    }

    fn timed_out(&self) -> Error {
        let timeout = self.context.settings.timeout.as_millis();
        Error::new(ErrorKind::Timeout, format!("no response within {timeout} ms"))
            .advise("Try again, or allow more time with timeout_ms; check the network")
    }

    /// Makes a request in a thread of its own. Where no thread can be made, a caller that needs the token makes the request
    /// itself; a refresh is tried again later.
    fn start(self: &Arc<Inner>, flight: &Arc<Flight>, reason: Reason) {
        let (inner, running) = (self.clone(), flight.clone());
        let run = move || {
            if let Some(unsaved) = inner.run(&running, reason) {
                let _ = panics::catch(Boundary::Request, || unsaved.save());
            }
        };
        let Err(error) = thread_builder().spawn(run) else {
            return;
        };
        let error = no_thread(&error);
        self.context.log.log(Level::Warning, || error.message().to_owned());
        match reason {
            Reason::OnDemand => drop(self.run(flight, reason)),
            Reason::Refresh => self.complete(flight, Arc::new(Outcome::new(Err(error)))),
        }
    }

    /// Makes a request, and wakes the callers that wait, whatever happens. Returns what is left to do.
    fn run<'c>(&'c self, flight: &'c Arc<Flight>, reason: Reason) -> Option<Unsaved<'c>> {
        let result = panics::catch(Boundary::Request, || source::next_token(&self.context, flight, reason));
        let failed = |error| (Arc::new(Outcome::new(Err(error))), None);
        let (outcome, unsaved) = result.and_then(|result| result).unwrap_or_else(failed);
        self.complete(flight, outcome);
        unsaved
    }

    fn complete(&self, flight: &Arc<Flight>, outcome: Arc<Outcome>) {
        if outcome.token().is_some() {
            self.note_success();
        }
        let process = self.process.current();
        {
            let mut state = process.lock();
            let cached = self.cached.load_full();
            let replaced = cached.as_ref().and_then(|cached| cached.token());
            let newer = state.end(flight, &outcome, replaced, self.context.clock.now());
            if let Some(newer) = newer.filter(|newer| !self.is_void(newer)) {
                self.cached.store(Some(&newer));
            }
        }
        flight.complete(outcome);
    }

    /// Runs something that does I/O, for the time that a call may take at most: in a thread of its own, so that a file system
    /// that hangs does not block the caller. Where no thread can be made, it runs in the caller's.
    fn bounded<T: Send + 'static>(
        self: &Arc<Inner>,
        run: impl FnOnce(&Context) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // A request ends in time by itself; this is for what cannot be interrupted.
        let timeout = self.context.settings.timeout + Duration::from_millis(100);
        let inner = self.clone();
        match detached::run_for(timeout, Boundary::Request, move || run(&inner.context)) {
            Ok(result) => result,
            Err(Unfinished::Failed(error)) => Err(error),
            Err(Unfinished::Hangs(_)) => Err(self.timed_out()),
        }
    }
}

fn thread_builder() -> Builder {
    Builder::new().name("spotify-token".to_owned()).stack_size(STACK_SIZE)
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("no thread can be made: {error}")).advise("Raise the limit on threads")
}
