//! What one request brought: the immutable block that every caller's pointers point into.

use crate::clock::Moment;
use crate::error::Error;
use crate::protocol::token::Token;

/// A token or an error. Callers share it, and it never changes.
#[derive(Clone, Debug)]
pub struct Outcome {
    result: Result<Token, Error>,
    /// Whether the token came from a store.
    from_store: bool,
    /// Before this moment the token is returned as it is.
    fresh_until: Option<Moment>,
    /// Until when the error is returned instead of asking again, where that is known.
    repeat_until: Option<Moment>,
}

impl Outcome {
    /// An outcome that did not come from a store.
    pub fn new(result: Result<Token, Error>) -> Outcome {
        Outcome {
            result,
            from_store: false,
            fresh_until: None,
            repeat_until: None,
        }
    }

    /// A token that was stored, perhaps by another process.
    pub(crate) fn from_store(token: Token) -> Outcome {
        Outcome {
            from_store: true,
            ..Outcome::new(Ok(token))
        }
    }

    /// Returns the same outcome, whose token is returned as it is before this moment.
    pub(crate) fn fresh_until(self, end: Moment) -> Outcome {
        Outcome {
            fresh_until: Some(end),
            ..self
        }
    }

    /// Whether this is a token that is neither expired nor due for a refresh.
    pub(crate) fn is_fresh(&self, now: Moment) -> bool {
        self.fresh_until.is_some_and(|end| now.is_before(end))
    }

    /// An error that another process got, and that is returned until then instead of asking again.
    pub(crate) fn repeated(error: Error, until: Moment) -> Outcome {
        Outcome {
            repeat_until: Some(until),
            ..Outcome::new(Err(error))
        }
    }

    /// Until when the error is returned instead of asking again, where another process knows that.
    pub(crate) fn repeat_until(&self) -> Option<Moment> {
        self.repeat_until
    }

    /// Whether the token came from a store.
    pub(crate) fn is_from_store(&self) -> bool {
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

    /// Whether this is that token.
    pub(crate) fn is_token(&self, access_token: &str) -> bool {
        self.token().is_some_and(|token| token.access_token() == access_token)
    }
}
