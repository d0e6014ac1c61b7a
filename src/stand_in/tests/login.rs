//! What tests of logins share: the parts of a browser and of an app.

use serde_json::Value;

use super::{FORM, post, say};
use crate::stand_in::form::{Parameters, encoded};
use crate::stand_in::{Accounts, StandIn};

/// RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(super) const REDIRECT: &str = "http://127.0.0.1:4711/callback";

pub(super) const STATE: &str = "a state & more";

pub(super) const SCOPE: &str = "user-read-private playlist-read-private";

pub(super) fn start() -> StandIn {
    StandIn::spotify(Accounts::default()).unwrap()
}

/// The address of a login. A parameter with another value replaces the usual one; `None` leaves it out.
pub(super) fn url_with(server: &StandIn, changes: &[(&str, Option<&str>)]) -> String {
    let usual = [
        ("client_id", Accounts::CLIENT_ID),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("state", STATE),
        ("scope", SCOPE),
        ("code_challenge_method", "S256"),
        ("code_challenge", CHALLENGE),
    ];
    let mut parameters = Vec::new();
    for (name, value) in usual {
        let change = changes.iter().find(|(changed, _)| *changed == name);
        if let Some(value) = change.map_or(Some(value), |(_, value)| *value) {
            parameters.push(format!("{name}={}", encoded(value)));
        }
    }
    format!("{}?{}", server.authorize_url(), parameters.join("&"))
}

pub(super) fn url(server: &StandIn) -> String {
    url_with(server, &[])
}

pub(super) fn get(server: &StandIn, url: &str) -> String {
    let path = url.strip_prefix(&format!("http://{}", server.address())).unwrap();
    say(
        server,
        &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    )
}

pub(super) fn status(response: &str) -> u16 {
    response[9..12].parse().unwrap()
}

pub(super) fn code(location: &str) -> String {
    Parameters::of_query(location).get("code").unwrap().to_owned()
}

pub(super) fn token_request(server: &StandIn, parameters: &[(&str, &str)]) -> (u16, Value) {
    token_request_as(server, None, parameters)
}

pub(super) fn token_request_as(
    server: &StandIn,
    authorization: Option<&str>,
    parameters: &[(&str, &str)],
) -> (u16, Value) {
    let form: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let (status, body) = post(server, authorization, FORM, &form.join("&"));
    (status, serde_json::from_str(&body).unwrap())
}

pub(super) fn exchange_with(server: &StandIn, code: &str, redirect_uri: &str, verifier: &str) -> (u16, Value) {
    token_request(
        server,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", Accounts::CLIENT_ID),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ],
    )
}

pub(super) fn exchange(server: &StandIn, code: &str) -> (u16, Value) {
    exchange_with(server, code, REDIRECT, VERIFIER)
}

pub(super) fn refresh(server: &StandIn, refresh_token: &str) -> (u16, Value) {
    token_request(
        server,
        &[
            ("grant_type", "refresh_token"),
            ("client_id", Accounts::CLIENT_ID),
            ("refresh_token", refresh_token),
        ],
    )
}

/// The tokens of a new login.
pub(super) fn log_in(server: &StandIn) -> Value {
    let (status, tokens) = exchange(server, &code(&server.agree(&url(server))));
    assert_eq!(status, 200, "{tokens}");
    tokens
}

pub(super) fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

pub(super) fn assert_refused(response: &(u16, Value), error: &str, description: &str) {
    let (status, body) = response;
    assert_eq!(
        (*status, text(body, "error"), text(body, "error_description")),
        (400, error, description)
    );
}

pub(super) fn api(server: &StandIn, method: &str, path: &str, token: &Value) -> (u16, Value) {
    let token = text(token, "access_token");
    let response = say(
        server,
        &format!("{method} {path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"),
    );
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    (status(&response), serde_json::from_str(body).unwrap_or_default())
}
