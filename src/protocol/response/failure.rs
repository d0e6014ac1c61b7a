//! Reads a response with any other status: the error object of OAuth (RFC 6749, section 5.2) or of the Web API, plain text, HTML,
//! or nothing.

use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

use super::{Response, redact, retry_after};
use crate::clock::Moment;
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::protocol::grant::AuthorizationGrant;

/// The error codes of RFC 6749 (4.1.2.1 and 5.2), and others that servers send. They are never masked, not even for an app whose
/// secret is a word of one of them.
const KNOWN_CODES: [&str; 10] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
];

/// The field that contains a token.
const TOKEN_MEMBER: &str = "access_token";

/// The texts of an error response, fit to be shown.
#[derive(Default)]
struct Words {
    oauth_error: Option<String>,
    text: Option<String>,
}

pub(super) fn read(response: &Response, grant: &AuthorizationGrant, now: Moment) -> Error {
    let words = words(response, grant);
    let status = response.status;
    let said = said(status, &words);
    let wait = response
        .retry_after
        .as_deref()
        .and_then(|value| retry_after::read(value, response.date.as_deref(), now));
    let error = match (status, words.oauth_error.as_deref()) {
        (429, _) => rate_limited(&said),
        (408 | 425 | 500..=599, _) => server_failed(status, &said, wait),
        (400..=499, Some(code)) => oauth_failure(code, &said, grant),
        (401, None) => invalid_client(&said, grant),
        (300..=303 | 307 | 308, _) => Error::new(ErrorKind::Http, format!("the server redirects: {said}")).advise(
            "Correct the token URL: redirects are not followed, to protect the secret. A login page of your network may redirect, too",
        ),
        (400..=499, None) => {
            Error::new(ErrorKind::Http, format!("the server rejected the request: {said}")).advise(CHECK_WHO_RESPONDS)
        }
        _ => Error::new(ErrorKind::Http, format!("unexpected response from the token server: {said}")).advise(CHECK_WHO_RESPONDS),
    };
    let error = match &words.oauth_error {
        Some(code) => error.with_oauth_error(code),
        None => error,
    };
    let error = with_refusal_advice(error, wait, grant);
    error.with_http_status(status).with_retry_after(wait)
}

const CHECK_WHO_RESPONDS: &str =
    "Check the token URL, and whether a proxy, a firewall or a login page responded in place of the server";

/// The longest wait that is shown in seconds.
const LONGEST_SHOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// Says when to try again, if the server said so.
fn when(wait: Option<Duration>) -> Option<String> {
    match wait {
        Some(wait) if wait > LONGEST_SHOWN => Some("Try again in more than a day".to_owned()),
        Some(wait) if !wait.is_zero() => Some(format!("Try again in {} s", wait.as_secs())),
        _ => None,
    }
}

fn with_refusal_advice(error: Error, wait: Option<Duration>, grant: &AuthorizationGrant) -> Error {
    match error.kind() {
        code @ (ErrorKind::InvalidClient | ErrorKind::RateLimited) => error.advise(refusal_advice(code, wait, grant)),
        _ => error,
    }
}

/// Says what to do about an error that is repeated for a while: with this grant, and with this much left of the wait.
pub(crate) fn refusal_advice(code: ErrorKind, wait: Option<Duration>, grant: &AuthorizationGrant) -> String {
    if code == ErrorKind::RateLimited {
        let when = when(wait).unwrap_or_else(|| "Wait a minute and try again".to_owned());
        return format!("{when}; reuse one token instead of requesting several");
    }
    let (they, check) = match grant {
        AuthorizationGrant::ClientCredentials(_) => (
            "They",
            "Check that they belong to the same app and are not swapped, and that the secret was not rotated",
        ),
        _ => ("It", "Check that it is the client id of an app that still exists"),
    };
    let check = grant.warning().map_or_else(
        || check.to_owned(),
        |warning| format!("{}{}", warning[..1].to_uppercase(), &warning[1..]),
    );
    format!(
        "{they} came from {}. {check}: https://developer.spotify.com/dashboard",
        grant.source()
    )
}

fn rate_limited(said: &str) -> Error {
    Error::new(
        ErrorKind::RateLimited,
        format!("the server is rate limiting requests: {said}"),
    )
}

fn server_failed(status: u16, said: &str, wait: Option<Duration>) -> Error {
    // Network Authentication Required (RFC 6585, section 6).
    if status == 511 {
        return Error::new(ErrorKind::Server, format!("this network requires a login: {said}"))
            .advise("Log in with a browser, then try again");
    }
    let when = when(wait).unwrap_or_else(|| "Try again later".to_owned());
    Error::new(ErrorKind::Server, format!("the server failed: {said}"))
        .advise(format!("{when}; see https://status.spotify.dev for outages"))
}

/// Reads an OAuth error in a response with status 200.
pub(super) fn oauth(response: &Response, grant: &AuthorizationGrant) -> Error {
    let words = words(response, grant);
    let said = said(response.status, &words);
    let code = words.oauth_error.unwrap_or_default();
    let error = oauth_failure(&code, &said, grant).with_http_status(response.status);
    let error = with_refusal_advice(error, None, grant);
    if code.is_empty() {
        error
    } else {
        error.with_oauth_error(&code)
    }
}

fn oauth_failure(code: &str, said: &str, grant: &AuthorizationGrant) -> Error {
    let advice = match (code, grant) {
        ("invalid_client", _) => return invalid_client(said, grant),
        (_, AuthorizationGrant::ClientCredentials(_)) => {
            "Check the token URL, and that the app may use the client credentials flow"
        }
        ("invalid_grant", AuthorizationGrant::AuthorizationCode { .. }) => {
            "Log in again: a code works once, within minutes, and only for the login that it was issued for"
        }
        ("invalid_grant", AuthorizationGrant::RefreshToken { .. }) => "Log in again",
        _ => "Check the token URL, and the app's page on https://developer.spotify.com/dashboard",
    };
    Error::new(ErrorKind::Oauth, format!("the server rejected the request: {said}")).advise(advice)
}

fn invalid_client(said: &str, grant: &AuthorizationGrant) -> Error {
    let rejected = match grant {
        AuthorizationGrant::ClientCredentials(_) => "client id or secret",
        _ => "client id",
    };
    Error::new(
        ErrorKind::InvalidClient,
        format!("the server rejected the {rejected}: {said}"),
    )
}

/// Describes a response: `status 400, invalid_client, Invalid client secret`.
fn said(status: u16, words: &Words) -> String {
    let mut said = format!("status {status}");
    for part in [&words.oauth_error, &words.text].into_iter().flatten() {
        said.push_str(", ");
        // An ellipsis means that something was cut off.
        let sentence = part.strip_suffix('.').filter(|rest| !rest.ends_with('.'));
        said.push_str(sentence.unwrap_or(part));
    }
    said
}

fn words(response: &Response, grant: &AuthorizationGrant) -> Words {
    let shown = |text: &str| Some(redact::shown(text, grant)).filter(|text| !text.is_empty());
    let Ok(body) = serde_json::from_slice::<Json>(&response.body) else {
        return Words {
            oauth_error: None,
            text: shown(&plain_words(response)),
        };
    };
    // A text beside a token may be that token.
    let text_at = |object: &Value, member: &str| match body.get(TOKEN_MEMBER) {
        None => object.get(member).and_then(Value::as_str).and_then(shown),
        Some(_) => None,
    };
    let code = |code: &str| match KNOWN_CODES.into_iter().find(|known| *known == code) {
        Some(known) => Some(known.to_owned()),
        None => text_at(&body, "error").or_else(|| Some(redact::MASK.to_owned())),
    };
    match body.get("error") {
        Some(Value::String(text)) if !text.trim().is_empty() => Words {
            oauth_error: code(text),
            text: text_at(&body, "error_description"),
        },
        Some(error @ Value::Object(_)) => Words {
            oauth_error: None,
            text: text_at(error, "message"),
        },
        _ => Words {
            oauth_error: None,
            text: text_at(&body, "error_description"),
        },
    }
}

/// Describes a body that is not JSON. A web page is named rather than shown, and so is a text that may contain a token.
fn plain_words(response: &Response) -> Zeroizing<String> {
    let body = Zeroizing::new(String::from_utf8_lossy(&response.body).into_owned());
    let content_type = response.content_type.as_deref().unwrap_or_default();
    let is_page = content_type.to_ascii_lowercase().contains("html") || body.trim_start().starts_with('<');
    if body.contains(TOKEN_MEMBER) {
        return Zeroizing::new("with a token in a body that is not JSON".to_owned());
    }
    if is_page && !body.trim().is_empty() {
        return Zeroizing::new("with a web page instead of JSON".to_owned());
    }
    body
}
