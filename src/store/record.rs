//! How a token is stored for another process, and how it is read back: as strictly as one from the server. Only the wall clock
//! counts here, because it is the only one that processes and machines share.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::error::{Error, ErrorKind};
use crate::json::{Json, Members};
use crate::protocol::token::{Token, TokenResponse, is_b64token, is_scope};
use crate::secret::Secret;
use crate::store::{Refusal, StoreError};

/// The longest record. A response of the server has 64 KiB at most.
pub(crate) const LIMIT: usize = 65 * 1024;
/// What this version writes and reads.
const VERSION: u32 = 1;
/// How far the writer's clock may be ahead, but at most a tenth of the lifetime: what `min_ttl_s` keeps in reserve.
const SKEW: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Record<'r> {
    version: u32,
    access_token: &'r str,
    scope: &'r str,
    lifetime_s: u64,
    expires_at_ms: i64,
    /// The fencing token of the request, in a store that counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    fence: Option<u64>,
}

impl Record<'_> {
    /// Reads a record of this version. Members that it does not know are ignored.
    fn read(json: &Value) -> Result<Record<'_>, &'static str> {
        let mut members = versioned(json)?;
        let mut record = || {
            Some(Record {
                version: VERSION,
                access_token: members.take("access_token")?.as_str()?,
                scope: members.take("scope")?.as_str()?,
                lifetime_s: members.take("lifetime_s")?.as_u64()?,
                expires_at_ms: members.take("expires_at_ms")?.as_i64()?,
                fence: members.optional("fence", Value::as_u64).ok()?,
            })
        };
        record().ok_or(DAMAGED)
    }
}

/// Writes a token as JSON.
pub(crate) fn encode(token: &Token, fence: Option<u64>) -> Zeroizing<Vec<u8>> {
    let record = Record {
        version: VERSION,
        access_token: token.access_token(),
        scope: token.scope(),
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

/// What to do about a record that cannot be used.
const REPLACED: &str = "No action is needed: the next token replaces it";

/// Reads the token in a record, `None` when it has expired. The error shows nothing of the record.
pub(crate) fn decode(bytes: &[u8], now: Moment) -> Result<Option<Token>, StoreError> {
    token_in(bytes, now).map_err(|what| StoreError::transient(what).advise(REPLACED))
}

fn token_in(bytes: &[u8], now: Moment) -> Result<Option<Token>, &'static str> {
    let json = parse(bytes)?;
    let record = Record::read(&json)?;
    token_of(
        record.access_token,
        record.scope,
        record.lifetime_s,
        record.expires_at_ms,
        now,
    )
}

/// Makes the token that was stored with these texts and numbers; `None` when it has expired.
pub(crate) fn token_of(
    access_token: &str,
    scope: &str,
    lifetime_s: u64,
    expires_at_ms: i64,
    now: Moment,
) -> Result<Option<Token>, &'static str> {
    if !is_b64token(access_token) {
        return Err("the stored record has characters that a token cannot have");
    }
    if !is_scope(scope) {
        return Err("the stored record has characters that a scope cannot have");
    }
    let lifetime = Duration::from_secs(lifetime_s);
    if lifetime.is_zero() || i64::try_from(lifetime_s).is_err() {
        return Err("the stored record has an impossible lifetime");
    }
    let Some(left) = time_left(expires_at_ms, lifetime, now)? else {
        return Ok(None);
    };
    let token_response = TokenResponse {
        access_token: Secret::new(access_token),
        scope: scope.to_owned(),
        lifetime,
    };
    Ok(Some(Token::with_time_left(&token_response, left, now)))
}

const OTHER_VERSION: &str = "the stored record was written by another version";
const DAMAGED: &str = "the stored record is damaged";

fn parse(bytes: &[u8]) -> Result<Json, &'static str> {
    serde_json::from_slice(bytes).map_err(|_| {
        if bytes.len() > LIMIT {
            "the stored record is larger than any token"
        } else {
            DAMAGED
        }
    })
}

/// Returns the members of a record of this version.
fn versioned(json: &Value) -> Result<Members<'_>, &'static str> {
    let mut members = Members::of(json).ok_or(DAMAGED)?;
    match members.take("version").and_then(Value::as_u64) {
        None => Err(DAMAGED),
        Some(version) if version == u64::from(VERSION) => Ok(members),
        Some(_) => Err(OTHER_VERSION),
    }
}

/// Returns the time until `end_ms` by the wall clock, `None` when that has passed. It cannot be longer than it was at first.
fn time_left(end_ms: i64, at_first: Duration, now: Moment) -> Result<Option<Duration>, &'static str> {
    let left = end_ms.saturating_sub(now.wall_ms);
    let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
    if left > at_first.saturating_add(SKEW.min(at_first / 10)) {
        return Err(
            "the stored record is valid for longer than is possible: a clock is wrong, here or where it was stored",
        );
    }
    Ok((!left.is_zero()).then_some(left))
}

/// A refusal on disk. Other kinds of errors are not stored.
#[derive(Serialize)]
struct RefusalRecord<'r> {
    version: u32,
    kind: &'r str,
    what: &'r str,
    http_status: Option<u16>,
    oauth_error: Option<&'r str>,
    lasts_ms: u64,
    until_ms: i64,
}

impl RefusalRecord<'_> {
    /// Reads a record of this version. Members that it does not know are ignored.
    fn read(json: &Value) -> Result<RefusalRecord<'_>, &'static str> {
        let mut members = versioned(json)?;
        let mut record = || {
            Some(RefusalRecord {
                version: VERSION,
                kind: members.take("kind")?.as_str()?,
                what: members.take("what")?.as_str()?,
                http_status: match members.take("http_status")? {
                    Value::Null => None,
                    status => Some(u16::try_from(status.as_u64()?).ok()?),
                },
                oauth_error: match members.take("oauth_error")? {
                    Value::Null => None,
                    code => Some(code.as_str()?),
                },
                lasts_ms: members.take("lasts_ms")?.as_u64()?,
                until_ms: members.take("until_ms")?.as_i64()?,
            })
        };
        record().ok_or(DAMAGED)
    }
}

/// The kinds of errors that are stored, and their names.
const KINDS: [(ErrorKind, &str); 2] = [
    (ErrorKind::InvalidClient, "invalid_client"),
    (ErrorKind::RateLimited, "rate_limited"),
];

/// Writes a refusal as JSON. An error holds no secret and no token. Its advice depends on the reader, and is not stored.
pub(super) fn encode_refusal(refusal: &Refusal) -> Vec<u8> {
    let error = &refusal.error;
    let (_, kind) = KINDS
        .into_iter()
        .find(|(kind, _)| *kind == error.kind())
        .unwrap_or(KINDS[0]);
    let record = RefusalRecord {
        version: VERSION,
        kind,
        what: error.what(),
        http_status: error.http_status(),
        oauth_error: error.oauth_error(),
        lasts_ms: u64::try_from(refusal.until.since(refusal.since).as_millis()).unwrap_or(u64::MAX),
        until_ms: refusal.until.wall_ms,
    };
    serde_json::to_vec(&record).expect("texts and numbers are JSON")
}

/// Reads the refusal in a record, `None` when its time has passed.
pub(crate) fn decode_refusal(bytes: &[u8], now: Moment) -> Result<Option<Refusal>, StoreError> {
    refusal_in(bytes, now).map_err(|what| StoreError::transient(what).advise(REPLACED))
}

fn refusal_in(bytes: &[u8], now: Moment) -> Result<Option<Refusal>, &'static str> {
    let json = parse(bytes)?;
    let record = RefusalRecord::read(&json)?;
    let (kind, _) = KINDS
        .into_iter()
        .find(|(_, name)| *name == record.kind)
        .ok_or(DAMAGED)?;
    let texts = [Some(record.what), record.oauth_error];
    if texts.iter().flatten().any(|text| text.len() > LONGEST_TEXT) {
        return Err("the stored record has a text that is too long");
    }
    let lasts = Duration::from_millis(record.lasts_ms);
    let Some(left) = time_left(record.until_ms, lasts, now)? else {
        return Ok(None);
    };
    let left = left.min(lasts);
    let mut error = Error::new(kind, record.what);
    if let Some(status) = record.http_status {
        error = error.with_http_status(status);
    }
    if let Some(oauth_error) = record.oauth_error {
        error = error.with_oauth_error(oauth_error);
    }
    if kind == ErrorKind::RateLimited {
        // Whole seconds, as the server said it.
        error = error.with_retry_after(Some(whole_seconds(left)));
    }
    Ok(Some(Refusal {
        error,
        since: now.minus(lasts.saturating_sub(left)),
        until: now.plus(left),
    }))
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

/// The longest text of an error. What a server says is cut at 500 characters.
const LONGEST_TEXT: usize = 4096;

/// Returns which token a record holds, expired or not; `None` when the record is damaged.
pub(crate) fn access_token(bytes: &[u8]) -> Option<Secret> {
    let json: Json = serde_json::from_slice(bytes).ok()?;
    // Of any version, and also of one that another program has changed: what was rejected has to go.
    json["access_token"].as_str().map(Secret::new)
}

/// Whether a record holds a valid token that was requested after this moment. One from the future was not: a clock was wrong.
pub(super) fn is_requested_after(bytes: &[u8], moment: Moment, now: Moment) -> bool {
    if !matches!(token_in(bytes, now), Ok(Some(_))) {
        return false;
    }
    parse(bytes).is_ok_and(|json| {
        let Ok(record) = Record::read(&json) else { return false };
        let lifetime_ms = i64::try_from(record.lifetime_s).map_or(i64::MAX, |seconds| seconds.saturating_mul(1000));
        let requested_at_ms = record.expires_at_ms.saturating_sub(lifetime_ms);
        (moment.wall_ms + 1..=now.wall_ms).contains(&requested_at_ms)
    })
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
            "expired"
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

    fn refusal(code: ErrorKind, seconds: u64) -> Refusal {
        let error = Error::new(code, "the server said \"no\"")
            .with_http_status(429)
            .with_oauth_error("slow_down");
        Refusal::new(error, Duration::from_secs(seconds), NOW)
    }

    #[test]
    fn a_refusal_is_read_back_by_another_process() {
        let bytes = encode_refusal(&refusal(ErrorKind::RateLimited, 100));
        let there = Moment {
            wall_ms: NOW.wall_ms + 40_000,
            steady_ms: 5,
        };
        let read = decode_refusal(&bytes, there).unwrap().unwrap();
        let (error, expected) = (&read.error, refusal(ErrorKind::RateLimited, 100).error);
        assert_eq!((error.kind(), error.message()), (expected.kind(), expected.message()));
        assert_eq!(
            (error.http_status(), error.oauth_error()),
            (Some(429), Some("slow_down"))
        );
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)), "what is left of it");
        assert_eq!(read.time_left(there), Duration::from_secs(60));
        assert_eq!(there.since(read.since), Duration::from_secs(40));
        assert!(
            decode_refusal(&bytes, NOW.plus(Duration::from_secs(100)))
                .unwrap()
                .is_none()
        );
        let invalid = decode_refusal(&encode_refusal(&refusal(ErrorKind::InvalidClient, 60)), NOW).unwrap();
        assert_eq!(invalid.unwrap().error.retry_after(), None);
    }

    #[test]
    fn nonsense_is_no_refusal() {
        let good = String::from_utf8(encode_refusal(&refusal(ErrorKind::InvalidClient, 60))).unwrap();
        assert!(decode_refusal(good.as_bytes(), NOW).unwrap().is_some());
        let kind = "\"kind\":\"invalid_client\"";
        for bad in [
            String::new(),
            "{}".to_owned(),
            good[..good.len() - 1].to_owned(),
            good.replace("\"version\":1", "\"version\":2"),
            good.replace(kind, "\"kind\":\"server\""),
            good.replace(kind, "\"kind\":20"),
            good.replace(kind, "\"code\":20"),
            good.replace("\"lasts_ms\":60000", "\"lasts_ms\":50000"),
            good.replace("the server said", &"x".repeat(5000)),
            text("BQabc", "3600", 3000),
        ] {
            let error = decode_refusal(bad.as_bytes(), NOW).expect_err(&bad);
            assert!(!error.what.contains("BQ"), "{}", error.what);
        }
        let hostile = good.replace("the server said", "two\\r\\nlines\\u001b[2J");
        let read = decode_refusal(hostile.as_bytes(), NOW).unwrap().unwrap();
        assert!(
            !read.error.message().contains(char::is_control),
            "{}",
            read.error.message()
        );
    }
}
