//! The name under which a token is stored: a hash of the token URL and of the credentials. New credentials thus never meet an
//! old token, and the name does not lead to a secret.

use std::fmt::Write;

use ring::digest;

use crate::config::endpoint::Endpoint;
use crate::credentials::Credentials;

/// Changes when what is hashed changes.
const DOMAIN: &str = "spotify-token 1";

/// 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CacheKey(String);

impl CacheKey {
    /// Computes SHA-256 over the token URL, the id and the secret, each with its length in front, so that no two
    /// triples have the same bytes. A secret of Spotify's has 128 random bits, so it cannot be guessed.
    pub(crate) fn new(url: &Endpoint, credentials: &Credentials) -> CacheKey {
        CacheKey(digest_of([
            DOMAIN,
            &url.to_string(),
            credentials.client_id.expose(),
            credentials.client_secret.expose(),
        ]))
    }

    /// Returns the name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text could be such a name.
    pub(super) fn is_one(text: &str) -> bool {
        is_digest(text)
    }
}

/// Computes SHA-256 over these texts, each with its length in front, as hexadecimal digits.
pub(crate) fn digest_of<const N: usize>(texts: [&str; N]) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    for text in texts {
        hash.update(&(text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let mut name = String::with_capacity(64);
    for byte in hash.finish().as_ref() {
        write!(name, "{byte:02x}").expect("writing to a String never fails");
    }
    name
}

/// Whether a text could be such a digest.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && is_lower_hex(text)
}

/// Whether a text has no other characters than hexadecimal digits.
pub(super) fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(all(test, unix))]
pub(super) fn for_tests(secret: &str) -> CacheKey {
    let credentials = Credentials::from_arguments(Some("id"), Some(secret)).unwrap().unwrap();
    CacheKey::new(&Endpoint::parse("https://example.org/token").unwrap(), &credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(url: &str, id: &str, secret: &str) -> CacheKey {
        let credentials = Credentials::from_arguments(Some(id), Some(secret)).unwrap().unwrap();
        CacheKey::new(&Endpoint::parse(url).unwrap(), &credentials)
    }

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let url = "https://example.org/a";
        let same = key(url, "id", "secret");
        assert_eq!(same, key(url, "id", "secret"));
        for other in [
            key("https://example.org/b", "id", "secret"),
            key(url, "other", "secret"),
            key(url, "id", "rotated"),
            key(url, "ids", "ecret"),
            key(url, "i", "dsecret"),
        ] {
            assert_ne!(same, other);
        }
    }

    #[test]
    fn the_name_is_the_documented_hash() {
        // printf '\0\0\0\0\0\0\0\17spotify-token 1\0\0\0\0\0\0\0\25https://example.org/a\0\0\0\0\0\0\0\2id\0\0\0\0\0\0\0\6secret' | sha256sum
        assert_eq!(
            key("https://example.org/a", "id", "secret").as_str(),
            "6e6c2868e7c477adfba1b62649f076b1c345ab688cfe190e2decb390e919b275"
        );
    }
}
