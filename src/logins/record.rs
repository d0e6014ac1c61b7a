//! A login as it is stored: JSON, read back as strictly as a response of the server.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::LoginKey;
use crate::calendar;
use crate::clock::Moment;
use crate::json::{Json, Members};
use crate::protocol::token::{Token, is_scope};
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::record::{LIMIT, token_of};

/// What this version writes and reads.
const VERSION: u32 = 1;
/// Spotify ends a login so many months after it began (since July 2026). Refreshing does not prolong it.
const LOGIN_MONTHS: i64 = 6;
/// From so long before a login ends, a warning says the day.
pub const WARNED_BEFORE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Returns the first of the wanted scopes that is not among those that were granted.
pub(crate) fn missing_scope<'s>(granted: &str, wanted: &'s str) -> Option<&'s str> {
    let has = |scope: &str| granted.split(' ').any(|granted| granted == scope);
    wanted.split(' ').find(|scope| !scope.is_empty() && !has(scope))
}

/// A login.
#[derive(Clone, Debug)]
pub struct Record {
    /// The token endpoint of the login.
    pub token_url: String,
    /// The app that the user agreed to.
    pub client_id: String,
    /// The name that the login has here.
    pub account: String,
    /// What a new access token is requested with.
    pub refresh_token: Secret,
    /// The one that was used before, until the new one has worked once.
    pub previous_refresh_token: Option<Secret>,
    /// The newest access token, unless it has expired.
    pub token: Option<Token>,
    /// What the user agreed to.
    pub scope: String,
    /// When the user logged in, in Unix milliseconds.
    pub logged_in_at_ms: i64,
    /// When the server last refused to refresh, in Unix milliseconds.
    pub refused_at_ms: Option<i64>,
}

impl Record {
    /// When Spotify ends the login, in Unix milliseconds.
    pub(crate) fn ends_at_ms(&self) -> i64 {
        calendar::months_after(self.logged_in_at_ms, LOGIN_MONTHS)
    }

    /// Writes the record as JSON, with the number of the lock in a place that counts them.
    pub(crate) fn encode(&self, fence: Option<u64>) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let written = Written {
            version: VERSION,
            token_url: &self.token_url,
            client_id: &self.client_id,
            account: &self.account,
            refresh_token: self.refresh_token.expose(),
            previous_refresh_token: self.previous_refresh_token.as_ref().map(Secret::expose),
            scope: &self.scope,
            logged_in_at_ms: self.logged_in_at_ms,
            refused_at_ms: self.refused_at_ms,
            fence,
            token: self.token.as_ref().map(|token| WrittenToken {
                access_token: token.access_token(),
                scope: token.scope(),
                lifetime_s: token.lifetime().as_secs(),
                expires_at_ms: token.expires_at_ms(),
            }),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.room()));
        serde_json::to_writer(&mut *bytes, &written).expect("texts and numbers are JSON");
        if bytes.len() > LIMIT {
            return Err(StoreError::transient("the login is too large to be stored").advise("Log in for fewer scopes"));
        }
        Ok(bytes)
    }

    /// Room for all of it, with each character of a text escaped: a buffer that grows leaves copies behind.
    pub(crate) fn room(&self) -> usize {
        let refresh_tokens = [Some(&self.refresh_token), self.previous_refresh_token.as_ref()];
        let refresh_tokens: usize = refresh_tokens.iter().flatten().map(|token| token.expose().len()).sum();
        let token = self.token.as_ref();
        let token = token.map_or(0, |token| token.access_token().len() + token.scope().len());
        // Any other text may have control characters, of six each.
        let texts = self.token_url.len() + self.client_id.len() + self.account.len() + self.scope.len();
        500 + 2 * (refresh_tokens + token) + 6 * texts
    }

    /// Reads the record of this login. The error shows nothing of it.
    pub(super) fn decode(bytes: &[u8], key: &LoginKey, now: Moment) -> Result<Record, StoreError> {
        Record::decode_any(bytes, key.digest(), now)
    }

    /// Reads the record of a login with this digest.
    pub(crate) fn decode_any(bytes: &[u8], digest: &str, now: Moment) -> Result<Record, StoreError> {
        if bytes.len() > LIMIT {
            return Err(unusable("the stored login is larger than any login"));
        }
        let json: Json = serde_json::from_slice(bytes).map_err(|_| unusable(DAMAGED))?;
        // The version first: another one may have other members.
        if json["version"].as_u64().is_some_and(|version| version > VERSION.into()) {
            return Err(
                StoreError::transient("the stored login was written by a newer version of spotify-token")
                    .advise("Update spotify-token, or log in again for another account"),
            );
        }
        let written = Written::read(&json).ok_or_else(|| unusable(DAMAGED))?;
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
        let previous = written.previous_refresh_token;
        if !is_token(written.refresh_token) || !previous.is_none_or(is_token) || !is_scope(written.scope) {
            return Err(unusable(DAMAGED));
        }
        if super::digest(written.token_url, written.client_id, written.account) != digest {
            return Err(unusable("the stored login belongs to another app or account"));
        }
        // An access token can be had again.
        let token = written.token.as_ref().and_then(|token| {
            let (access_token, scope) = (token.access_token, token.scope);
            token_of(access_token, scope, token.lifetime_s, token.expires_at_ms, now).unwrap_or(None)
        });
        Ok(Record {
            refresh_token: Secret::new(written.refresh_token),
            previous_refresh_token: previous.map(Secret::new),
            token,
            scope: written.scope.to_string(),
            token_url: written.token_url.to_string(),
            client_id: written.client_id.to_string(),
            account: written.account.to_string(),
            logged_in_at_ms: written.logged_in_at_ms,
            refused_at_ms: written.refused_at_ms,
        })
    }
}

const DAMAGED: &str = "the stored login is damaged";

fn unusable(what: &str) -> StoreError {
    StoreError::transient(what).advise("Log in again: spotify-token login")
}

/// A member that is added makes a new version: this one would lose it at the next refresh.
#[derive(Serialize)]
struct Written<'r> {
    version: u32,
    token_url: &'r str,
    client_id: &'r str,
    account: &'r str,
    refresh_token: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_refresh_token: Option<&'r str>,
    scope: &'r str,
    logged_in_at_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_at_ms: Option<i64>,
    /// The number of the lock that it was written with.
    #[serde(skip_serializing_if = "Option::is_none")]
    fence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<WrittenToken<'r>>,
}

#[derive(Serialize)]
struct WrittenToken<'r> {
    access_token: &'r str,
    scope: &'r str,
    lifetime_s: u64,
    expires_at_ms: i64,
}

impl Written<'_> {
    /// Reads a record of this version, which has these members and no other.
    fn read(json: &Value) -> Option<Written<'_>> {
        let mut members = Members::of(json)?;
        let written = Written {
            version: u32::try_from(members.take("version")?.as_u64()?)
                .ok()
                .filter(|version| *version == VERSION)?,
            token_url: members.take("token_url")?.as_str()?,
            client_id: members.take("client_id")?.as_str()?,
            account: members.take("account")?.as_str()?,
            refresh_token: members.take("refresh_token")?.as_str()?,
            previous_refresh_token: members.optional("previous_refresh_token", Value::as_str).ok()?,
            scope: members.take("scope")?.as_str()?,
            logged_in_at_ms: members.take("logged_in_at_ms")?.as_i64()?,
            refused_at_ms: members.optional("refused_at_ms", Value::as_i64).ok()?,
            fence: members.optional("fence", Value::as_u64).ok()?,
            token: members.optional("token", WrittenToken::read).ok()?,
        };
        members.are_all_taken().then_some(written)
    }
}

impl WrittenToken<'_> {
    fn read(json: &Value) -> Option<WrittenToken<'_>> {
        let mut members = Members::of(json)?;
        let written = WrittenToken {
            access_token: members.take("access_token")?.as_str()?,
            scope: members.take("scope")?.as_str()?,
            lifetime_s: members.take("lifetime_s")?.as_u64()?,
            expires_at_ms: members.take("expires_at_ms")?.as_i64()?,
        };
        members.are_all_taken().then_some(written)
    }
}

/// A login that tests store.
#[cfg(test)]
pub(super) mod for_tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Endpoint;
    use crate::protocol::token::TokenResponse;

    const TOKEN_URL: &str = "https://accounts.example/api/token";

    pub(crate) const NOW: Moment = Moment {
        wall_ms: 1_795_600_000_000,
        steady_ms: 7,
    };

    pub(crate) fn key(account: &str) -> LoginKey {
        LoginKey::new(&Endpoint::parse(TOKEN_URL).unwrap(), &Secret::new("an-id"), account)
    }

    pub(crate) fn record(account: &str, refresh_token: &str) -> Record {
        let response = TokenResponse {
            access_token: Secret::new("BQcanary"),
            scope: "user-read-private".to_owned(),
            lifetime: Duration::from_secs(3600),
        };
        Record {
            token_url: TOKEN_URL.to_owned(),
            client_id: "an-id".to_owned(),
            account: account.to_owned(),
            refresh_token: Secret::new(refresh_token),
            previous_refresh_token: Some(Secret::new("AQbefore")),
            token: Some(Token::new(&response, NOW)),
            scope: "user-read-private".to_owned(),
            logged_in_at_ms: NOW.wall_ms,
            refused_at_ms: Some(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    use super::for_tests::{NOW, key, record};

    #[test]
    fn a_login_is_read_as_it_was_written() {
        let written = record("bob", "AQcanary\"\\");
        let read = Record::decode(&written.encode(None).unwrap(), &key("bob"), NOW).unwrap();
        assert_eq!(read.refresh_token, written.refresh_token);
        assert_eq!(read.previous_refresh_token, written.previous_refresh_token);
        assert_eq!(
            (read.scope.as_str(), read.account.as_str()),
            ("user-read-private", "bob")
        );
        assert_eq!((read.logged_in_at_ms, read.refused_at_ms), (NOW.wall_ms, Some(3)));
        let token = read.token.unwrap();
        assert_eq!((token.access_token(), token.expires_in(NOW)), ("BQcanary", 3600));
        let shown = format!("{written:?}");
        assert!(!shown.contains("canary") && !shown.contains("AQbefore"), "{shown}");
    }

    #[test]
    fn an_expired_access_token_is_left_out_and_the_login_stays() {
        let later = NOW.plus(Duration::from_secs(3600));
        assert!(
            Record::decode(&record("bob", "AQcanary\"\\").encode(None).unwrap(), &key("bob"), later)
                .unwrap()
                .token
                .is_none()
        );
    }

    #[test]
    fn what_is_damaged_or_belongs_to_another_is_an_error() {
        let good = String::from_utf8(record("bob", "AQcanary\"\\").encode(None).unwrap().to_vec()).unwrap();
        for (bytes, part) in [
            (good[..good.len() - 9].to_owned(), "damaged"),
            (String::new(), "damaged"),
            ("[]".to_owned(), "damaged"),
            (good.replace("\"version\":1", "\"version\":2"), "newer version"),
            ("{\"version\":2}".to_owned(), "newer version"),
            (good.replace("\"version\":1", "\"version\":0"), "damaged"),
            (good.replace("\"version\":1", "\"version\":1,\"more\":1"), "damaged"),
            (good.replace("AQbefore", ""), "damaged"),
            (good.replace("AQbefore", "A B"), "damaged"),
            (good.replace("an-id", "other"), "another app or account"),
            (good.replace("bob", "eve"), "another app or account"),
            (good.replace("\"scope\":\"user", "\"scope\":\"\\u0000user"), "damaged"),
            (" ".repeat(LIMIT + 1), "larger"),
        ] {
            let error = Record::decode(bytes.as_bytes(), &key("bob"), NOW).unwrap_err();
            assert!(
                error.what.contains(part) && !error.advice.is_empty(),
                "{bytes}: {error:?}"
            );
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    #[test]
    fn a_buffer_never_grows_and_a_login_that_is_too_large_is_an_error() {
        let odd = "\"\\".repeat(500);
        let mut record = record("bob", &odd);
        record.scope = odd.clone();
        record.previous_refresh_token = Some(Secret::new(&odd));
        assert!(record.encode(None).unwrap().len() <= record.room());
        record.refresh_token = Secret::new(&"A".repeat(LIMIT));
        assert!(record.encode(None).unwrap_err().what.contains("too large"));
    }

    #[test]
    fn a_scope_that_is_missing_is_named() {
        assert_eq!(missing_scope("a b", ""), None);
        assert_eq!(missing_scope("a b", "b a"), None);
        assert_eq!(missing_scope("a-b c", "c a"), Some("a"));
    }

    #[test]
    fn a_login_ends_after_six_months() {
        assert_eq!(calendar::day(record("bob", "AQcanary\"\\").ends_at_ms()), "2027-05-25");
    }
}
