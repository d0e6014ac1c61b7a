//! When a token can be used, when it is refreshed, and for how long a refusal is remembered.

use std::time::Duration;

use crate::clock::Moment;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::protocol::token::Token;

/// For so long a refused id or secret is not sent again.
pub(super) const REFUSAL_REMEMBERED: Duration = Duration::from_secs(60);

/// When a token can be used, and when it is refreshed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) refresh_before: Duration,
    pub(super) min_ttl: Duration,
}

impl Policy {
    pub(super) fn new(settings: &Settings) -> Policy {
        Policy {
            refresh_before: settings.refresh_before,
            min_ttl: settings.min_ttl,
        }
    }

    /// Returns the same outcome, ready for the cache.
    pub(super) fn cacheable(&self, outcome: Outcome) -> Outcome {
        match outcome.token().map(|token| self.fresh_until(token)) {
            Some(end) => outcome.fresh_until(end),
            None => outcome,
        }
    }

    /// Whether the token has enough time left to be handed out.
    pub(super) fn is_usable(&self, token: &Token, now: Moment) -> bool {
        let left = token.time_left(now);
        !left.is_zero() && left >= self.min_ttl.min(token.lifetime() / 10)
    }

    /// Returns the moment from which on the token is due for a refresh, or cannot be used.
    fn fresh_until(&self, token: &Token) -> Moment {
        let due = self.refresh_before.min(token.lifetime() / 2);
        let unusable = self.min_ttl.min(token.lifetime() / 10);
        token.end().minus(due.max(unusable))
    }

    /// Whether the token is due for a refresh.
    pub(super) fn is_due(&self, token: &Token, now: Moment) -> bool {
        token.time_left(now) <= self.refresh_before.min(token.lifetime() / 2)
    }
}

/// For how long an error is returned instead of asking again: a refused credential stays refused, and a server that is rate
/// limiting says when to come back.
pub(super) fn remembered_for(error: &Error) -> Option<Duration> {
    match error.kind() {
        ErrorKind::InvalidClient => Some(REFUSAL_REMEMBERED),
        ErrorKind::RateLimited => error.retry_after(),
        _ => None,
    }
}
