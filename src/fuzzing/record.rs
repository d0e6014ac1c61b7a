//! What rests in a store, where others may have written.

use std::time::Duration;

use super::NOW;
use crate::logins::{self, Record};
use crate::protocol::token::{Token, TokenResponse, is_b64token, is_scope};
use crate::secret::Secret;
use crate::store::record::{access_token, decode, encode};

/// A login: an error that shows nothing, or one that is read back as it is written.
fn login(data: &[u8]) {
    let text = |name: &str| {
        let json: serde_json::Value = serde_json::from_slice(data).ok()?;
        Some(json.get(name)?.as_str()?.to_owned())
    };
    let parts = ["token_url", "client_id", "account"].map(|name| text(name).unwrap_or_default());
    let [token_url, client_id, account] = &parts;
    let digest = logins::digest(token_url, client_id, account);
    let login = match Record::decode_any(data, &digest, NOW) {
        Ok(login) => login,
        Err(error) => return assert!(!error.what.is_empty() && !error.advice.is_empty()),
    };
    assert!(
        Record::decode_any(data, &"0".repeat(64), NOW).is_err(),
        "it is of another login"
    );
    let shown = format!("{login:?}");
    for token in [Some(&login.refresh_token), login.previous_refresh_token.as_ref()]
        .into_iter()
        .flatten()
    {
        // A short one may be a part of what is shown.
        assert!(token.expose().len() < 20 || !shown.contains(token.expose()), "{shown}");
    }
    let Ok(bytes) = login.encode(Some(7)) else { return };
    assert!(bytes.len() <= login.room(), "the buffer grew, and left a copy behind");
    let read = Record::decode_any(&bytes, &digest, NOW).expect("what was written is good");
    assert_eq!(read.refresh_token, login.refresh_token);
    assert_eq!(read.previous_refresh_token, login.previous_refresh_token);
    assert_eq!(
        (&read.scope, read.logged_in_at_ms, read.refused_at_ms),
        (&login.scope, login.logged_in_at_ms, login.refused_at_ms)
    );
    let end = |token: &Option<Token>| token.as_ref().map(Token::end);
    assert_eq!(end(&read.token), end(&login.token));
}

/// A record of a login, or of a token: no token, or one that could have come from the server; and what is written is read back.
pub fn record(data: &[u8]) {
    login(data);
    if let Ok(Some(token)) = decode(data, NOW) {
        assert!(is_b64token(token.access_token()) && is_scope(token.scope()));
        let left = token.time_left(NOW);
        assert!(!left.is_zero() && left <= token.lifetime());
        let read = access_token(data).expect("a record that is good has a token");
        assert_eq!(read.expose(), token.access_token());
        check_round_trip(&token);
    }
    check_round_trip(&Token::new(&grant_made_of(data), NOW));
}

/// Any token that a server may grant.
fn grant_made_of(data: &[u8]) -> TokenResponse {
    const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    let (number, texts) = data.split_at(data.len().min(8));
    let (token, scope) = texts.split_at(texts.len() / 2);
    let token: String = token
        .iter()
        .map(|byte| char::from(CHARACTERS[usize::from(*byte) % CHARACTERS.len()]))
        .collect();
    let scope: String = scope.iter().map(|byte| char::from(0x20 + byte % 0x5f)).collect();
    let scope = scope.replace(['"', '\\'], " ");
    let seconds = number.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    TokenResponse {
        access_token: Secret::join(&["BQ", &token]),
        scope,
        lifetime: Duration::from_secs(seconds.clamp(1, i64::MAX as u64)),
    }
}

fn check_round_trip(token: &Token) {
    let bytes = encode(token, None);
    let room = 200 + token.access_token().len() + 2 * token.scope().len();
    assert!(bytes.len() <= room, "the buffer grew, and left a copy behind");
    let read = decode(&bytes, NOW)
        .expect("what was written is good")
        .expect("and has time left");
    assert_eq!(
        (read.access_token(), read.scope()),
        (token.access_token(), token.scope())
    );
    assert_eq!(
        (read.lifetime(), read.end().wall_ms),
        (token.lifetime(), token.end().wall_ms)
    );
    assert_eq!(read.time_left(NOW), token.time_left(NOW));
}
