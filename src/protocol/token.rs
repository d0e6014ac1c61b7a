//! An access token and its expiry.

use std::ffi::{CStr, c_char};
use std::time::Duration;

use crate::clock::Moment;
use crate::secret::{CText, Secret};

/// The type of every token (RFC 6750).
const BEARER: &str = "Bearer";

/// A successful token response (RFC 6749, section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: Secret,
    /// The scopes; empty when the server returned none.
    pub scope: String,
    /// How long it is valid, from the moment the request was sent.
    pub lifetime: Duration,
}

/// An access token with its expiry. Immutable. Its texts are made once, NUL-terminated, and wiped on drop.
#[derive(Clone, Debug)]
pub struct Token {
    authorization: Secret,
    scope: CText,
    requested_at: Moment,
    end: Moment,
    lifetime: Duration,
}

impl Token {
    /// Makes a token that was requested at `requested_at`. Its lifetime counts from before the request was sent, so that a slow
    /// response does not extend it.
    pub fn new(response: &TokenResponse, requested_at: Moment) -> Token {
        Token {
            authorization: Secret::join(&[BEARER, " ", response.access_token.expose()]),
            scope: CText::new(&response.scope),
            requested_at,
            end: requested_at.plus(response.lifetime),
            lifetime: response.lifetime,
        }
    }

    /// Makes a token that another process requested and that has `left` left at `now` by the wall clock, the only clock that
    /// processes share; at most its lifetime. From here on both clocks count, as for any other token.
    pub(crate) fn with_time_left(response: &TokenResponse, left: Duration, now: Moment) -> Token {
        let age = response.lifetime.saturating_sub(left);
        Token {
            end: now.plus(left.min(response.lifetime)),
            ..Token::new(response, now.minus(age))
        }
    }

    /// Limits the time until the token expires to `left`.
    #[cfg(feature = "redis")]
    pub(crate) fn capped_at(mut self, left: Duration, now: Moment) -> Token {
        let end = now.plus(left);
        self.end.wall_ms = self.end.wall_ms.min(end.wall_ms);
        self.end.steady_ms = self.end.steady_ms.min(end.steady_ms);
        self
    }

    /// Returns the value of an `Authorization` header (RFC 6750, section 2.1).
    pub fn authorization(&self) -> &str {
        self.authorization.expose()
    }

    /// Returns the access token.
    pub fn access_token(&self) -> &str {
        &self.authorization.expose()[BEARER.len() + 1..]
    }

    /// Returns `Bearer`.
    pub fn token_type(&self) -> &'static str {
        BEARER
    }

    /// Returns the scopes; empty when the server returned none.
    pub fn scope(&self) -> &str {
        self.scope.as_str()
    }

    /// Returns the Unix time in seconds at which the token expires, by the wall clock.
    pub fn expires_at(&self) -> i64 {
        self.end.wall_ms.div_euclid(1000)
    }

    /// Returns the same in milliseconds.
    pub(crate) fn expires_at_ms(&self) -> i64 {
        self.end.wall_ms
    }

    /// Returns the time until the token expires, by the clock that says less.
    pub fn time_left(&self, now: Moment) -> Duration {
        let by_wall = self.end.wall_ms.saturating_sub(now.wall_ms);
        let by_steady = self.end.steady_ms.saturating_sub(now.steady_ms);
        Duration::from_millis(u64::try_from(by_wall.min(by_steady)).unwrap_or(0)).min(self.lifetime)
    }

    /// Returns the time until the token expires in whole seconds, rounded up.
    pub fn expires_in(&self, now: Moment) -> i64 {
        let left = self.time_left(now);
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }

    /// Returns the lifetime of the token when it was issued.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns the moment just before the request was sent.
    pub fn requested_at(&self) -> Moment {
        self.requested_at
    }

    /// Returns the moment at which the token expires.
    pub(crate) fn end(&self) -> Moment {
        self.end
    }

    /// Returns the `Authorization` value for the C ABI.
    pub(crate) fn authorization_c_str(&self) -> &CStr {
        self.authorization.expose_c_str()
    }

    /// Returns the access token for the C ABI: the tail of that value, so it is NUL-terminated too.
    pub(crate) fn access_token_ptr(&self) -> *const c_char {
        self.authorization_c_str().as_ptr().wrapping_add(BEARER.len() + 1)
    }

    /// Returns the scopes for the C ABI.
    pub(crate) fn scope_c_str(&self) -> &CStr {
        self.scope.as_c_str()
    }
}

/// Returns whether this is a token as RFC 6750, section 2.1, defines it (`b64token`).
pub fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && body.bytes().all(allowed)
}

/// Returns whether this consists of the characters of RFC 6749, section 3.3, and spaces.
pub fn is_scope(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment {
        wall_ms: 1_700_000_000_250,
        steady_ms: 5_000,
    };

    fn token(lifetime: u64) -> Token {
        let response = TokenResponse {
            access_token: Secret::new("BQabc"),
            scope: String::new(),
            lifetime: Duration::from_secs(lifetime),
        };
        Token::new(&response, START)
    }

    fn later(wall_ms: i64, steady_ms: i64) -> Moment {
        Moment {
            wall_ms: START.wall_ms + wall_ms,
            steady_ms: START.steady_ms + steady_ms,
        }
    }

    #[test]
    fn one_text_serves_the_header_and_the_token() {
        let token = token(3600);
        assert_eq!(token.authorization(), "Bearer BQabc");
        assert_eq!(token.access_token(), "BQabc");
        let tail = token.authorization_c_str().as_ptr().wrapping_add("Bearer ".len());
        assert_eq!(token.access_token_ptr(), tail);
    }

    #[test]
    fn seconds_left_are_rounded_up_and_end_at_nothing() {
        let token = token(3600);
        assert_eq!(token.expires_at(), 1_700_003_600);
        for (passed, left) in [
            (0, 3600),
            (1, 3600),
            (999, 3600),
            (1000, 3599),
            (3_599_999, 1),
            (3_600_000, 0),
            (9_999_999, 0),
        ] {
            assert_eq!(token.expires_in(later(passed, passed)), left, "{passed} ms");
        }
    }

    #[test]
    fn either_clock_ends_a_token() {
        let token = token(3600);
        assert!(
            token.time_left(later(3_600_000, 10)).is_zero(),
            "the wall clock says so"
        );
        assert!(
            token.time_left(later(10, 3_600_000)).is_zero(),
            "the steady clock says so"
        );
        assert!(
            token.time_left(later(-9_000_000, 3_600_000)).is_zero(),
            "a clock set back revives nothing"
        );
        assert_eq!(token.expires_in(later(-9_000_000, 1000)), 3599);
    }

    #[test]
    fn a_token_of_another_process_has_what_is_left_of_it() {
        let response = TokenResponse {
            access_token: Secret::new("BQabc"),
            scope: String::new(),
            lifetime: Duration::from_secs(3600),
        };
        let token = Token::with_time_left(&response, Duration::from_secs(600), START);
        assert_eq!((token.expires_in(START), token.lifetime()), (600, response.lifetime));
        assert_eq!(START.since(token.requested_at()), Duration::from_secs(3000));
        assert!(token.time_left(later(10, 600_000)).is_zero(), "the steady clock counts");
        assert!(token.time_left(later(600_000, 10)).is_zero(), "the wall clock counts");
        let ahead = Token::with_time_left(&response, Duration::from_secs(9999), START);
        assert_eq!(ahead.expires_in(START), 3600);
    }

    #[test]
    fn a_lifetime_beyond_all_time_does_not_overflow() {
        let token = token(i64::MAX as u64);
        assert!(token.expires_at() > 0 && token.expires_in(later(1, 1)) > 0);
    }

    #[test]
    fn a_token_is_made_of_rfc_6750s_characters() {
        for good in ["BQabc", "a-._~+/9==", "x"] {
            assert!(is_b64token(good), "{good}");
        }
        for bad in ["", "=", "a b", "a\r\nb", "a\"b", "a=b", "ä", "a\0b"] {
            assert!(!is_b64token(bad), "{bad}");
        }
    }
}
