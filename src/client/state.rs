//! The state machine of a client: what is under way, what is remembered, and what the next caller does. No clock, no
//! thread, no I/O: everything comes in as an argument, so that it can be read, and tested, by itself.

use std::sync::Arc;
use std::time::Duration;

use super::flight::Flight;
use super::outcome::Outcome;
use crate::clock::Moment;
use crate::config::Settings;
use crate::error::{Code, Error};
use crate::protocol::token::Token;
use crate::secret::Secret;

/// A refused id or secret stays refused for this long, whoever asks.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(60);
/// Waits after failed renewals double from the first to the second of these, and never exceed a tenth of the lifetime.
const RENEWAL_WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// When a token is good enough, and when it should be renewed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    refresh_before: Duration,
    min_ttl: Duration,
}

impl Policy {
    pub(super) fn new(settings: &Settings) -> Policy {
        Policy {
            refresh_before: settings.refresh_before,
            min_ttl: settings.min_ttl,
        }
    }

    /// Whether the token may be handed out.
    pub(super) fn is_usable(&self, token: &Token, now: Moment) -> bool {
        let left = token.time_left(now);
        !left.is_zero() && left >= self.min_ttl.min(token.lifetime() / 10)
    }

    /// Whether it is time for the next one.
    pub(super) fn is_due(&self, token: &Token, now: Moment) -> bool {
        token.time_left(now) <= self.refresh_before.min(token.lifetime() / 2)
    }
}

/// What the caller at hand does.
pub(super) enum Step {
    /// Takes this token; renews it in the background when asked to.
    Serve { outcome: Arc<Outcome>, renew: bool },
    /// Takes this error, which was remembered.
    Refuse(Arc<Outcome>),
    /// Waits for this request.
    Wait(Arc<Flight>),
    /// Starts a request and waits for it.
    Start,
}

/// What is under way, and what is remembered.
#[derive(Default)]
pub(super) struct State {
    flight: Option<Arc<Flight>>,
    /// An error to repeat until this moment.
    refusal: Option<(Arc<Outcome>, Moment)>,
    /// How often renewing has failed in a row, and when it may be tried again.
    renewal_failures: u32,
    no_renewal_before: Option<Moment>,
    /// The token that was rejected last. It does not come back from a store.
    rejected: Option<Secret>,
    /// Whether the store still holds a token that it should have forgotten.
    store_is_stale: bool,
}

impl State {
    /// What a caller does who comes now and finds this in the cache.
    pub(super) fn step(&self, cached: Option<Arc<Outcome>>, policy: &Policy, now: Moment) -> Step {
        if let Some(outcome) = cached
            && let Some(token) = outcome.token()
            && policy.is_usable(token, now)
        {
            let resting = self.no_renewal_before.is_some_and(|end| now.steady_ms < end.steady_ms);
            let renew = policy.is_due(token, now) && self.flight.is_none() && !resting;
            return Step::Serve { outcome, renew };
        }
        if let Some(flight) = &self.flight {
            return Step::Wait(flight.clone());
        }
        match &self.refusal {
            Some((outcome, end)) if now.steady_ms < end.steady_ms => Step::Refuse(outcome.clone()),
            _ => Step::Start,
        }
    }

    /// A request is under way.
    pub(super) fn begin(&mut self, flight: Arc<Flight>) {
        self.flight = Some(flight);
    }

    /// That request is over. Gives what the cache should hold now, if anything new; `None` also for a request that
    /// was given up before, whose late answer must not replace a newer one.
    pub(super) fn end(
        &mut self,
        flight: &Arc<Flight>,
        outcome: &Arc<Outcome>,
        replaced: Option<&Token>,
        now: Moment,
    ) -> Option<Arc<Outcome>> {
        if !self.flight.as_ref().is_some_and(|current| Arc::ptr_eq(current, flight)) {
            return None;
        }
        self.flight = None;
        match outcome.result() {
            Ok(token) => {
                self.forgive();
                let newer = replaced.is_none_or(|old| token.requested_at().steady_ms >= old.requested_at().steady_ms);
                newer.then(|| outcome.clone())
            }
            Err(error) => {
                let remembered = remembered_for(error);
                self.refusal = remembered.map(|time| (outcome.clone(), now.plus(time)));
                self.renewal_failures = self.renewal_failures.saturating_add(1);
                let lifetime = replaced.map_or(Duration::MAX, Token::lifetime);
                let wait = wait_after(self.renewal_failures, lifetime).max(remembered.unwrap_or_default());
                self.no_renewal_before = Some(now.plus(wait));
                None
            }
        }
    }

    /// The server grants tokens again: no failure is remembered.
    pub(super) fn forgive(&mut self) {
        self.refusal = None;
        self.renewal_failures = 0;
        self.no_renewal_before = None;
    }

    /// The request under way, if there is one that fits, is nobody's any more.
    pub(super) fn take_flight_if(&mut self, fits: impl FnOnce(&Flight) -> bool) -> Option<Arc<Flight>> {
        if self.flight.as_ref().is_some_and(|flight| fits(flight)) {
            return self.flight.take();
        }
        None
    }

    /// A token was rejected; gives whether that is known already. `None`: whichever it is, and callers may ask the server
    /// again at once.
    pub(super) fn reject(&mut self, access_token: Option<&str>) -> bool {
        let Some(access_token) = access_token else {
            self.refusal = None;
            self.no_renewal_before = None;
            return false;
        };
        let known = self
            .rejected
            .as_ref()
            .is_some_and(|known| known.expose() == access_token);
        if !known {
            self.rejected = Some(Secret::new(access_token));
        }
        known
    }

    /// The store could not forget. Nothing is taken from it until it holds a token of ours.
    pub(super) fn distrust_store(&mut self) {
        self.store_is_stale = true;
    }

    /// The store holds what we asked for.
    pub(super) fn trust_store(&mut self) {
        self.store_is_stale = false;
    }

    /// Whether a token from the store is not to be taken.
    pub(super) fn distrusts(&self, token: &Token) -> bool {
        let is_rejected = |rejected: &Secret| rejected.expose() == token.access_token();
        self.store_is_stale || self.rejected.as_ref().is_some_and(is_rejected)
    }
}

/// How long an error is repeated instead of asking again: a refused credential does not get better by asking, and a
/// server that says when to come back means it.
fn remembered_for(error: &Error) -> Option<Duration> {
    match error.code() {
        Code::InvalidClient => Some(REFUSAL_REMEMBERED),
        Code::RateLimited => error.retry_after(),
        _ => None,
    }
}

fn wait_after(failures: u32, lifetime: Duration) -> Duration {
    let (first, longest) = RENEWAL_WAITS;
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(longest).min(lifetime / 10)
}

#[cfg(test)]
mod tests;
