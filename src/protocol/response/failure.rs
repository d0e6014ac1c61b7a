//! Any other status: OAuth's error object (RFC 6749, section 5.2), the Web API's, plain text, HTML, or nothing.

use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

use super::json::Json;
use super::{Response, redact, retry_after};
use crate::clock::Moment;
use crate::credentials::Credentials;
use crate::error::{Code, Error};

/// The error codes of RFC 6749 (4.1.2.1 and 5.2) and the rest that is seen. They are shown as they are: an app whose
/// secret is a word of one of them must still be told what went wrong.
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

/// Where a token stands in an answer.
const TOKEN_MEMBER: &str = "access_token";

/// What the body of a refusal says, fit to be shown.
#[derive(Default)]
struct Words {
    oauth_error: Option<String>,
    text: Option<String>,
}

pub(super) fn read(response: &Response, credentials: &Credentials, now: Moment) -> Error {
    let words = words(response, credentials);
    let status = response.status;
    let said = said(status, &words);
    let wait = response
        .retry_after
        .as_deref()
        .and_then(|value| retry_after::read(value, response.date.as_deref(), now));
    let error = match (status, words.oauth_error.as_deref()) {
        (429, _) => rate_limited(&said, wait),
        (408 | 425 | 500..=599, _) => server_failed(status, &said, wait),
        (400..=499, Some(code)) => oauth_failure(code, &said, credentials),
        (401, None) => invalid_client(&said, credentials),
        (300..=303 | 307 | 308, _) => Error::new(
            Code::Http,
            format!(
                "the server redirects: {said}. Redirects are not followed, for the secret's sake. Correct the token URL; or a \
                 network that wants a login has answered in the server's place"
            ),
        ),
        (400..=499, None) => Error::new(Code::Http, format!("the server refused: {said}. {WHO_ANSWERS}")),
        _ => Error::new(
            Code::Http,
            format!("the server gives neither a token nor a refusal: {said}. {WHO_ANSWERS}"),
        ),
    };
    let error = match &words.oauth_error {
        Some(code) => error.with_oauth_error(code),
        None => error,
    };
    error.with_http_status(status).with_retry_after(wait)
}

const WHO_ANSWERS: &str = "Check the token URL, and that no proxy, firewall or login page answers in its place";

/// A wait that a person can still make something of.
const LONGEST_SHOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// When to come back, as the server sees it.
fn when(wait: Option<Duration>) -> Option<String> {
    match wait {
        Some(wait) if wait > LONGEST_SHOWN => Some("Try again in more than a day".to_owned()),
        Some(wait) if !wait.is_zero() => Some(format!("Try again in {} s", wait.as_secs())),
        _ => None,
    }
}

fn rate_limited(said: &str, wait: Option<Duration>) -> Error {
    let when = when(wait).unwrap_or_else(|| "Wait a minute, then try again".to_owned());
    let message = format!("too many requests: {said}. {when}; ask for one token and share it");
    Error::new(Code::RateLimited, message)
}

fn server_failed(status: u16, said: &str, wait: Option<Duration>) -> Error {
    // Network Authentication Required (RFC 6585, section 6).
    if status == 511 {
        let message = format!("this network wants a login first: {said}. Use a browser for that, then try again");
        return Error::new(Code::Server, message);
    }
    let when = when(wait).unwrap_or_else(|| "Try again later".to_owned());
    let message = format!("the server failed: {said}. {when}; https://status.spotify.dev tells of outages");
    Error::new(Code::Server, message)
}

/// An OAuth error inside of a success.
pub(super) fn oauth(response: &Response, credentials: &Credentials) -> Error {
    let words = words(response, credentials);
    let said = said(response.status, &words);
    let code = words.oauth_error.unwrap_or_default();
    let error = oauth_failure(&code, &said, credentials).with_http_status(response.status);
    if code.is_empty() {
        error
    } else {
        error.with_oauth_error(&code)
    }
}

fn oauth_failure(code: &str, said: &str, credentials: &Credentials) -> Error {
    match code {
        "invalid_client" => invalid_client(said, credentials),
        _ => Error::new(
            Code::Oauth,
            format!(
                "the server refused the request: {said}. Check the token URL, and that the app may use the client credentials flow"
            ),
        ),
    }
}

fn invalid_client(said: &str, credentials: &Credentials) -> Error {
    let advice = credentials.warning().map_or_else(
        || "Check that they are the id and secret of one app, not swapped and not rotated since".to_owned(),
        |warning| format!("{}{}", warning[..1].to_uppercase(), &warning[1..]),
    );
    Error::new(
        Code::InvalidClient,
        format!(
            "the client id or secret was refused: {said}. They came from {}. {advice}: \
             https://developer.spotify.com/dashboard",
            credentials.source
        ),
    )
}

/// `status 400, invalid_client, Invalid client secret`.
fn said(status: u16, words: &Words) -> String {
    let mut said = format!("status {status}");
    for part in [&words.oauth_error, &words.text].into_iter().flatten() {
        said.push_str(", ");
        // An ellipsis says that something was cut.
        let sentence = part.strip_suffix('.').filter(|rest| !rest.ends_with('.'));
        said.push_str(sentence.unwrap_or(part));
    }
    said
}

fn words(response: &Response, credentials: &Credentials) -> Words {
    let shown = |text: &str| Some(redact::shown(text, credentials)).filter(|text| !text.is_empty());
    let Ok(body) = serde_json::from_slice::<Json>(&response.body) else {
        return Words {
            oauth_error: None,
            text: shown(&plain_words(response)),
        };
    };
    // What stands beside a token may be that token.
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

/// Text that is no JSON, for a person: a page is named rather than shown, and so is what may hold a token.
fn plain_words(response: &Response) -> Zeroizing<String> {
    let body = Zeroizing::new(String::from_utf8_lossy(&response.body).into_owned());
    let content_type = response.content_type.as_deref().unwrap_or_default();
    let is_page = content_type.to_ascii_lowercase().contains("html") || body.trim_start().starts_with('<');
    if body.contains(TOKEN_MEMBER) {
        return Zeroizing::new("with a token in what is no JSON".to_owned());
    }
    if is_page && !body.trim().is_empty() {
        return Zeroizing::new("with a web page instead of JSON".to_owned());
    }
    body
}
