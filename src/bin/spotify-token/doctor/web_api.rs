//! One call of the Web API with the token: Spotify issues tokens also to apps that may do nothing with them.

use std::sync::Arc;

use serde_json::Value;
use spotify_token::unstable::{
    self, Cancel, Endpoint, Environment, HttpTransport, Progress, Request, Response, Settings, Transport, one_line,
    shortened,
};
use spotify_token::{ErrorKind, Grant, Token};

use super::advice;
use super::report::Finding;
use crate::exit::Exit;
use crate::terminal::while_waiting_for;

/// Where the Web API is.
pub const URL: &str = "https://api.spotify.com/v1";

/// Public data, which every app may read.
const ARTIST: &str = "/artists/0TnOYISbd1XYRBk9myaseg";

const CHECK: &str = "web api";

/// What every user may read of themselves.
const ME: &str = "/me";

/// What is shown of a response, in characters.
const MAX_SHOWN: usize = 200;

/// Requests an artist, or the user for whom the token speaks.
pub fn probe(url: &str, token: Option<&Token>, settings: &Settings, environment: &Environment) -> Finding {
    let Some(token) = token else {
        return Finding::skipped(CHECK, "there is no token");
    };
    let path = if settings.grant == Grant::User { ME } else { ARTIST };
    let url = match Endpoint::parse(&format!("{}{path}", url.trim_end_matches('/'))) {
        Ok(url) => url,
        Err(expected) => {
            let exit = Exit::Usage(format!("invalid value for --api-url: expected {expected}"));
            return Finding::failed(CHECK, &exit.message(), exit.status(), advice::OPTIONS);
        }
    };
    let request = Request::with_token(&url, unstable::access_token(token), &settings.user_agent);
    let http = HttpTransport::new(Arc::new(settings.clone()), Arc::new(environment.clone()));
    let send = || http.send(&request, settings.attempt_timeout, &Cancel::new(), &Progress::new());
    match while_waiting_for("the Web API", send).result {
        Ok(response) => finding(&response, token),
        Err(error) => Finding::from_error(CHECK, &error),
    }
}

fn finding(response: &Response, token: &Token) -> Finding {
    let status = response.status;
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if status == 200 {
        let name = ["name", "display_name", "id"]
            .into_iter()
            .find_map(|member| body[member].as_str());
        let name = name.unwrap_or("neither an artist nor a user");
        return Finding::good(CHECK, &format!("it responds: {}", shown(name, token)));
    }
    let plain = String::from_utf8_lossy(&response.body);
    let text = body["error"]["message"].as_str().unwrap_or(&plain);
    let message = format!("status {status}: {}", shown(text, token));
    let (code, next) = match status {
        403 => (ErrorKind::Http, advice::PREMIUM),
        429 => (ErrorKind::RateLimited, advice::WEB_API_LIMIT),
        408 | 425 | 500..=599 => (ErrorKind::Server, advice::WEB_API_DOWN),
        _ => (ErrorKind::Http, advice::WEB_API),
    };
    Finding::failed(CHECK, &message, unstable::row(code).exit_status, next)
}

/// Text from the server, on one line and without the token.
fn shown(text: &str, token: &Token) -> String {
    let masked = text.replace(token.access_token(), "[hidden]");
    shortened(&one_line(&masked), MAX_SHOWN)
}
