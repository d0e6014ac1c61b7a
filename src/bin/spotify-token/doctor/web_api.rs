//! One call of the Web API with the token, for a token is issued also to an app that may do nothing with it.

use std::sync::Arc;

use serde_json::Value;
use spotify_token::{
    Cancel, Code, Endpoint, Environment, HttpTransport, Request, Response, Settings, SharedToken, Token, Transport,
    one_line, shortened,
};

use super::advice;
use super::report::Finding;
use crate::exit::Failure;
use crate::terminal::while_waiting_for;

/// Where the Web API is.
pub const URL: &str = "https://api.spotify.com/v1";

/// Public data, which every app may read.
const ARTIST: &str = "/artists/0TnOYISbd1XYRBk9myaseg";

const CHECK: &str = "web api";

/// More of an answer than a person reads.
const SHOWN: usize = 200;

/// Reads an artist.
pub fn probe(url: &str, token: Option<&SharedToken>, settings: &Settings, environment: &Environment) -> Finding {
    let Some(token) = token else {
        return Finding::skipped(CHECK, "there is no token to try");
    };
    let url = match Endpoint::parse(&format!("{}{ARTIST}", url.trim_end_matches('/'))) {
        Ok(url) => url,
        Err(expected) => {
            let failure = Failure::Usage(format!("--api-url is not acceptable: expected {expected}"));
            return Finding::failed(CHECK, &failure.message(), failure.status(), advice::OPTIONS);
        }
    };
    let request = Request::with_token(&url, token, &settings.user_agent);
    let http = HttpTransport::new(Arc::new(settings.clone()), Arc::new(environment.clone()));
    let send = || http.send(&request, settings.attempt_timeout, &Cancel::new());
    match while_waiting_for("the Web API", send).result {
        Ok(response) => answered(&response, token),
        Err(error) => Finding::of_error(CHECK, &error),
    }
}

fn answered(response: &Response, token: &Token) -> Finding {
    let status = response.status;
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if status == 200 {
        let name = body["name"].as_str().unwrap_or("something that is no artist");
        return Finding::good(CHECK, &format!("it answers: {}", shown(name, token)));
    }
    let plain = String::from_utf8_lossy(&response.body);
    let words = body["error"]["message"].as_str().unwrap_or(&plain);
    let message = format!("status {status}: {}", shown(words, token));
    let (code, next) = match status {
        403 => (Code::Http, advice::PREMIUM),
        429 => (Code::RateLimited, advice::WEB_API_LIMIT),
        408 | 425 | 500..=599 => (Code::Server, advice::for_error(Code::Server)),
        _ => (Code::Http, advice::WEB_API),
    };
    Finding::failed(CHECK, &message, code.row().exit_status, next)
}

/// The server's words, fit for a terminal, and without the token.
fn shown(words: &str, token: &Token) -> String {
    let masked = words.replace(token.access_token(), "[hidden]");
    shortened(&one_line(&masked), SHOWN)
}
