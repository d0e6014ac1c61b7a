//! The tokens that the Web API rejected. A store may still hold one of them, or another process may store it again; a client
//! never takes it from there.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ring::digest::{SHA256, digest};

use crate::clock::Moment;
use crate::protocol::token::Token;

/// How many rejected tokens are remembered; the oldest is forgotten first. A token lives for an hour, so this many are never
/// alive at once, unless a program rejects tokens that it did not get here.
const MAX: usize = 64;

/// A hash, so that no copy of a token stays in memory.
type Digest = [u8; 32];

#[derive(Clone, Default)]
struct Known {
    /// Rejected tokens, the oldest first.
    tokens: Vec<Digest>,
    /// Every token that was requested up to this moment counts as rejected.
    all_until: Option<Moment>,
}

/// What was rejected. Read and changed without a lock, so that it is right in a child of `fork()` too.
#[derive(Default)]
pub(super) struct Rejections(ArcSwap<Known>);

impl Rejections {
    /// Remembers a token. Returns whether it was known.
    pub(super) fn add(&self, access_token: &str) -> bool {
        let digest = digest_of(access_token);
        let before = self.0.rcu(|known| {
            if known.tokens.contains(&digest) {
                return known.clone();
            }
            let mut changed = Known::clone(known);
            if changed.tokens.len() == MAX {
                changed.tokens.remove(0);
            }
            changed.tokens.push(digest);
            Arc::new(changed)
        });
        before.tokens.contains(&digest)
    }

    /// Rejects every token that was requested up to `now`.
    pub(super) fn add_all(&self, now: Moment) {
        self.0.rcu(|known| Known {
            all_until: Some(now),
            ..Known::clone(known)
        });
    }

    /// Whether all that the server said at this moment counts as rejected.
    pub(super) fn cover(&self, wall_ms: i64) -> bool {
        let until = self.0.load().all_until;
        until.is_some_and(|until| wall_ms <= until.wall_ms)
    }

    /// Whether a token from a store is one of those. By the wall clock, the only one that processes share.
    pub(super) fn contain(&self, token: &Token) -> bool {
        let known = self.0.load();
        let too_old = |until: Moment| token.requested_at().wall_ms <= until.wall_ms;
        known.all_until.is_some_and(too_old) || known.tokens.contains(&digest_of(token.access_token()))
    }
}

fn digest_of(access_token: &str) -> Digest {
    let digest = digest(&SHA256, access_token.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::token::TokenResponse;
    use crate::secret::Secret;

    fn at(seconds: i64) -> Moment {
        Moment {
            wall_ms: seconds * 1000,
            steady_ms: seconds * 1000,
        }
    }

    fn token(name: &str, requested_at: i64) -> Token {
        let response = TokenResponse {
            access_token: Secret::new(name),
            scope: String::new(),
            lifetime: Duration::from_secs(3600),
        };
        Token::new(&response, at(requested_at))
    }

    #[test]
    fn each_rejected_token_stays_rejected() {
        let rejections = Rejections::default();
        assert!(!rejections.add("a") && !rejections.add("b"));
        assert!(rejections.add("a"), "known");
        assert!(rejections.contain(&token("a", 0)) && rejections.contain(&token("b", 0)));
        assert!(!rejections.contain(&token("c", 0)));
    }

    #[test]
    fn all_tokens_up_to_a_moment_are_rejected() {
        let rejections = Rejections::default();
        rejections.add_all(at(10));
        assert!(rejections.contain(&token("a", 9)) && rejections.contain(&token("a", 10)));
        assert!(!rejections.contain(&token("a", 11)));
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let rejections = Rejections::default();
        for number in 0..=MAX {
            rejections.add(&number.to_string());
        }
        assert!(!rejections.contain(&token("0", 0)) && rejections.contain(&token("1", 0)));
    }
}
