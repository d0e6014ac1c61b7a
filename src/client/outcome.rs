//! What one request brought: the immutable block that every caller's pointers point into.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::clock::Moment;
use crate::error::Error;
use crate::protocol::token::Token;

/// A token or an error, reference-counted by its holders and never changed; only the note of the last look at the
/// clock is.
#[derive(Debug)]
pub struct Outcome {
    result: Result<Token, Error>,
    /// Whether another process asked for the token.
    from_store: bool,
    /// The clock's tick in which the token was last found good; 0 at first.
    seen_good_in: AtomicU64,
    /// Seconds that were left then.
    seconds_left: AtomicI64,
}

impl Outcome {
    /// Nothing is known yet about how long it will be good.
    pub fn new(result: Result<Token, Error>) -> Outcome {
        Outcome {
            result,
            from_store: false,
            seen_good_in: AtomicU64::new(0),
            seconds_left: AtomicI64::new(0),
        }
    }

    /// A token that the server granted us.
    pub(super) fn of_server(token: Token) -> Outcome {
        Outcome::new(Ok(token))
    }

    /// A token that another process asked for.
    pub(super) fn of_store(token: Token) -> Outcome {
        Outcome {
            from_store: true,
            ..Outcome::new(Ok(token))
        }
    }

    /// Whether another process asked for the token.
    pub(super) fn is_from_store(&self) -> bool {
        self.from_store
    }

    /// The token or the error.
    pub fn result(&self) -> Result<&Token, &Error> {
        self.result.as_ref()
    }

    /// The token, if it is one.
    pub fn token(&self) -> Option<&Token> {
        self.result.as_ref().ok()
    }

    /// Whole seconds that were left when the token was last found good.
    pub(super) fn seconds_left_when_seen(&self) -> i64 {
        self.seconds_left.load(Ordering::Relaxed)
    }

    /// Whether this is that token.
    pub(super) fn is_token(&self, access_token: &str) -> bool {
        self.token().is_some_and(|token| token.access_token() == access_token)
    }

    /// Whether the token was found good in this tick.
    pub(super) fn was_seen_good(&self, tick: u64) -> bool {
        self.seen_good_in.load(Ordering::Acquire) == tick
    }

    /// Notes that the token is good in this tick.
    pub(super) fn saw_good(&self, tick: u64, now: Moment) {
        if let Some(token) = self.token() {
            self.seconds_left.store(token.expires_in(now), Ordering::Relaxed);
            self.seen_good_in.store(tick, Ordering::Release);
        }
    }
}
