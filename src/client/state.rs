//! The state machine of a client: which request is being made, what is remembered, and what the next caller does. No clock,
//! no thread, no I/O: everything comes in as an argument, so that it can be read and tested by itself.

use std::sync::Arc;
use std::time::Duration;

use super::flight::Flight;
use super::policy::{Policy, remembered_for};
use crate::clock::Moment;
use crate::outcome::Outcome;
use crate::protocol::retry::Backoff;
use crate::protocol::token::Token;

/// Between refreshes that fail. Never longer than a tenth of the token's lifetime.
const REFRESHES: Backoff = Backoff {
    first: Duration::from_secs(1),
    max: Duration::from_secs(60),
};

/// What a caller does next.
pub(super) enum Step {
    /// Takes this token, and starts a refresh in the background when asked to.
    Serve { outcome: Arc<Outcome>, refresh: bool },
    /// Takes this error, which was remembered.
    Refuse(Arc<Outcome>),
    /// Waits for this request.
    Wait(Arc<Flight>),
    /// Starts a request and waits for it.
    Start,
}

/// Which request is being made, and what is remembered.
#[derive(Default)]
pub(super) struct State {
    flight: Option<Arc<Flight>>,
    /// An error that is returned until this moment, instead of asking again.
    refusal: Option<(Arc<Outcome>, Moment)>,
    /// How many refreshes have failed in a row, and when the next may be tried.
    failed_refreshes: u32,
    no_refresh_before: Option<Moment>,
}

impl State {
    /// Says what a caller does that finds this in the cache.
    pub(super) fn step(&self, cached: Option<Arc<Outcome>>, policy: &Policy, now: Moment) -> Step {
        if let Some(outcome) = cached
            && let Some(token) = outcome.token()
            && policy.is_usable(token, now)
        {
            let too_soon = self.no_refresh_before.is_some_and(|end| now.steady_ms < end.steady_ms);
            let refresh = policy.is_due(token, now) && self.flight.is_none() && !too_soon;
            return Step::Serve { outcome, refresh };
        }
        if let Some(flight) = &self.flight {
            return Step::Wait(flight.clone());
        }
        match &self.refusal {
            Some((outcome, end)) if now.steady_ms < end.steady_ms => Step::Refuse(outcome.clone()),
            _ => Step::Start,
        }
    }

    /// Returns the request that is being made.
    pub(super) fn flight(&self) -> Option<Arc<Flight>> {
        self.flight.clone()
    }

    /// Begins a request.
    pub(super) fn begin(&mut self) -> Arc<Flight> {
        let flight = Arc::<Flight>::default();
        self.flight = Some(flight.clone());
        flight
    }

    /// Ends that request. Returns what the cache should hold now, if anything new. A request that was abandoned changes nothing:
    /// its late response must not replace a newer token.
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
                self.forget_failures();
                let newer = replaced.is_none_or(|old| token.requested_at().steady_ms >= old.requested_at().steady_ms);
                newer.then(|| outcome.clone())
            }
            Err(error) => {
                let until = outcome.repeat_until();
                let until = until.or_else(|| remembered_for(error).map(|time| now.plus(time)));
                self.refusal = until.map(|until| (outcome.clone(), until));
                self.failed_refreshes = self.failed_refreshes.saturating_add(1);
                let lifetime = replaced.map_or(Duration::MAX, Token::lifetime);
                let wait = REFRESHES.after(self.failed_refreshes).min(lifetime / 10);
                let wait = wait.max(until.map_or(Duration::ZERO, |until| until.since(now)));
                self.no_refresh_before = Some(now.plus(wait));
                None
            }
        }
    }

    /// Forgets refusals and failed refreshes: the server issues tokens again, or a caller wants it to be asked again.
    pub(super) fn forget_failures(&mut self) {
        self.refusal = None;
        self.failed_refreshes = 0;
        self.no_refresh_before = None;
    }

    /// Gives up the request that is being made, if there is one and it fits.
    pub(super) fn take_flight_if(&mut self, fits: impl FnOnce(&Flight) -> bool) -> Option<Arc<Flight>> {
        if self.flight.as_ref().is_some_and(|flight| fits(flight)) {
            return self.flight.take();
        }
        None
    }
}

#[cfg(test)]
mod tests;
