//! The token as a Rust program sees it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::{Clock, SystemClock};
use crate::outcome::Outcome;
use crate::protocol::token::Token as AccessToken;

/// The last second of the year 9999. Later times are beyond what some systems can represent.
const END_OF_9999_MS: i64 = 253_402_300_799_000;

/// An access token. Cheap to clone: clones share the text, which is wiped from memory when the last one is dropped and no
/// client caches it. It stays readable after the client was dropped.
#[derive(Clone)]
pub struct Token(Arc<Outcome>);

impl Token {
    /// Returns nothing for an outcome that is an error.
    pub(crate) fn from_outcome(outcome: Arc<Outcome>) -> Option<Token> {
        outcome.token().is_some().then_some(Token(outcome))
    }

    pub(crate) fn from_access_token(token: AccessToken) -> Token {
        Token(Arc::new(Outcome::new(Ok(token))))
    }

    pub(crate) fn inner(&self) -> &AccessToken {
        self.0.token().expect("checked when it was made")
    }

    /// Returns the access token.
    pub fn access_token(&self) -> &str {
        self.inner().access_token()
    }

    /// Returns the value of an `Authorization` header: `Bearer` and the access token (RFC 6750, section 2.1).
    pub fn authorization(&self) -> &str {
        self.inner().authorization()
    }

    /// Returns the scopes of the token, separated by spaces. Empty when the server returned none.
    pub fn scope(&self) -> &str {
        self.inner().scope()
    }

    /// Returns the time at which the token expires.
    pub fn expires_at(&self) -> SystemTime {
        let ms = self.inner().expires_at_ms().clamp(0, END_OF_9999_MS);
        UNIX_EPOCH + Duration::from_millis(ms.unsigned_abs())
    }

    /// Returns the time until the token expires; zero when it has expired.
    pub fn expires_in(&self) -> Duration {
        self.inner().time_left(SystemClock.now())
    }
}

impl fmt::Debug for Token {
    /// Shows no part of the access token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("scope", &self.scope())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}
