//! How a token is written down for another process, and how it is read back: as strictly as one from the wire. Only the
//! wall clock counts here, because it is the only one that processes and machines have in common.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::clock::Moment;
use crate::protocol::token::{Token, TokenResponse, is_b64token, is_scope};
use crate::secret::Secret;

/// No record is longer. An answer of the server is 64 KiB at most.
pub(super) const LIMIT: usize = 65 * 1024;
/// What this version writes and reads.
const VERSION: u32 = 1;
/// How far the writer's clock may be ahead, at most a tenth of the lifetime: what `min_ttl_s` keeps in reserve.
const SKEW: Duration = Duration::from_secs(30);

#[derive(Serialize, Deserialize)]
struct Record<'r> {
    version: u32,
    #[serde(borrow)]
    access_token: Cow<'r, str>,
    #[serde(borrow)]
    scope: Cow<'r, str>,
    lifetime_s: u64,
    expires_at_ms: i64,
    /// Which lease the token was asked for under, in a store that counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    fence: Option<u64>,
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(copy) = &mut self.access_token {
            copy.zeroize();
        }
    }
}

/// The token as JSON.
pub(crate) fn encode(token: &Token, fence: Option<u64>) -> Zeroizing<Vec<u8>> {
    let record = Record {
        version: VERSION,
        access_token: token.access_token().into(),
        scope: token.scope().into(),
        lifetime_s: token.lifetime().as_secs(),
        expires_at_ms: token.end().wall_ms,
        fence,
    };
    // Room for all of it, with every character of the scope escaped: a buffer that grows leaves copies behind.
    let room = 200 + token.access_token().len() + 2 * token.scope().len();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *bytes, &record).expect("texts and numbers are JSON");
    bytes
}

/// The token in a record, `None` when its time is over. What is wrong with a record that is damaged is said without
/// showing any of it.
pub(crate) fn decode(bytes: &[u8], now: Moment) -> Result<Option<Token>, String> {
    token_in(bytes, now).map_err(|fault| format!("{fault}. Nothing has to be done: the next token takes its place"))
}

fn token_in(bytes: &[u8], now: Moment) -> Result<Option<Token>, &'static str> {
    let record: Record = match serde_json::from_slice(bytes) {
        Ok(record) => record,
        Err(_) if bytes.len() > LIMIT => return Err("what is stored is larger than any token"),
        Err(_) => return Err("what is stored is damaged"),
    };
    if record.version != VERSION {
        return Err("what is stored was written by another version");
    }
    if !is_b64token(&record.access_token) {
        return Err("what is stored has characters that no token has");
    }
    if !is_scope(&record.scope) {
        return Err("what is stored has characters that no scope has");
    }
    let lifetime = Duration::from_secs(record.lifetime_s);
    if lifetime.is_zero() || i64::try_from(record.lifetime_s).is_err() {
        return Err("what is stored has no sane lifetime");
    }
    let left = record.expires_at_ms.saturating_sub(now.wall_ms);
    let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
    if left > lifetime.saturating_add(SKEW.min(lifetime / 10)) {
        return Err(
            "what is stored claims to be valid for longer than its lifetime: a clock is wrong, here or where it \
             was stored",
        );
    }
    if left.is_zero() {
        return Ok(None);
    }
    let token_response = TokenResponse {
        access_token: Secret::new(&record.access_token),
        scope: record.scope.as_ref().to_owned(),
        lifetime,
    };
    Ok(Some(Token::with_time_left(&token_response, left, now)))
}

/// Which token a record holds, be it over or not; none when it is damaged.
pub(crate) fn access_token(bytes: &[u8]) -> Option<Secret> {
    let record: Record = serde_json::from_slice(bytes).ok()?;
    Some(Secret::new(&record.access_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment {
        wall_ms: 1_700_000_000_000,
        steady_ms: 77_000,
    };

    fn token(lifetime: u64) -> Token {
        let token_response = TokenResponse {
            access_token: Secret::new("BQabc"),
            scope: "a b".to_owned(),
            lifetime: Duration::from_secs(lifetime),
        };
        Token::new(&token_response, NOW)
    }

    fn text(token: &str, lifetime: &str, left_s: i64) -> String {
        let expires_at_ms = NOW.wall_ms + left_s * 1000;
        format!(
            r#"{{"version":1,"access_token":"{token}","scope":"","lifetime_s":{lifetime},"expires_at_ms":{expires_at_ms}}}"#
        )
    }

    #[test]
    fn what_is_written_is_read_back_by_another_process() {
        let bytes = encode(&token(3600), None);
        assert_eq!(
            std::str::from_utf8(&bytes).unwrap(),
            r#"{"version":1,"access_token":"BQabc","scope":"a b","lifetime_s":3600,"expires_at_ms":1700003600000}"#
        );
        // Ten minutes later, in a process whose steady clock began elsewhere.
        let there = Moment {
            wall_ms: NOW.wall_ms + 600_000,
            steady_ms: 5,
        };
        let read = decode(&bytes, there).unwrap().unwrap();
        assert_eq!((read.access_token(), read.scope()), ("BQabc", "a b"));
        assert_eq!((read.expires_in(there), read.expires_at()), (3000, 1_700_003_600));
        assert_eq!(read.lifetime(), Duration::from_secs(3600));
        let end = Moment {
            wall_ms: NOW.wall_ms,
            steady_ms: 5 + 3_000_000,
        };
        assert!(
            read.time_left(end).is_zero(),
            "a clock that is set back revives nothing"
        );
        assert!(
            decode(&bytes, there.plus(Duration::from_secs(3000))).unwrap().is_none(),
            "over"
        );
    }

    #[test]
    fn a_clock_that_is_a_little_ahead_is_forgiven_and_one_that_is_far_ahead_is_not() {
        let just = decode(text("a", "3600", 3630).as_bytes(), NOW).unwrap().unwrap();
        assert_eq!(just.expires_in(NOW), 3600, "never more than the lifetime");
        assert!(decode(text("a", "3600", 3631).as_bytes(), NOW).is_err());
        assert!(
            decode(text("a", "3600", 7200).as_bytes(), NOW).is_err(),
            "an hour ahead"
        );
        assert!(decode(text("a", "3600", -7200).as_bytes(), NOW).unwrap().is_none());
        assert!(decode(text("a", "10", 12).as_bytes(), NOW).is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        let good = text("BQabc", "3600", 3000);
        assert!(decode(good.as_bytes(), NOW).unwrap().is_some());
        for bad in [
            String::new(),
            "{}".to_owned(),
            "null".to_owned(),
            good[..good.len() - 1].to_owned(),
            good.clone() + "x",
            good.replace("\"version\":1", "\"version\":2"),
            good.replace("\"scope\":\"\"", "\"scope\":\"\\n\""),
            good.replace("\"scope\":\"\"", "\"scope\":\"\",\"scope\":\"\""),
            text("", "3600", 3000),
            text("a b", "3600", 3000),
            text("a\\r\\nX: y", "3600", 3000),
            text("a", "0", 3000),
            text("a", "-1", 3000),
            text("a", "1e3", 3000),
            text("a", "18446744073709551615", 3000),
            text("a", "99999999999999999999", 3000),
        ] {
            assert!(decode(bad.as_bytes(), NOW).is_err(), "{bad}");
        }
    }
}
