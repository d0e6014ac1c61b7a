//! The verb `get`: the credential helper protocol (github.com/EngFlow/credential-helper-spec) as Bazel and uv speak it. A
//! request names an address; only that of the Web API gets a token, and every other gets nothing.

#[cfg(test)]
mod check;
mod request;

use std::io::{self, Read};
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use spotify_token::Token;
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::exit::{DATA_ERROR, Failure};
use crate::{output, token};
use request::{HOST, Request};

/// No request is longer.
const LIMIT: u64 = 64 * 1024;

/// The last second that RFC 3339 can write.
const END_OF_9999: i64 = 253_402_300_799;

#[derive(Serialize)]
struct Response<'t> {
    headers: Headers<'t>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

#[derive(Serialize)]
struct Headers<'t> {
    #[serde(rename = "Authorization")]
    authorization: [&'t str; 1],
}

/// Answers the request on stdin.
pub fn run(flags: Flags) -> Result<(), Failure> {
    let request = read(io::stdin().lock())?;
    if !request.is_for_web_api() {
        let message = format!("tokens are for https://{HOST} alone, and the request is for another address");
        return Err(Failure::Other(DATA_ERROR, message));
    }
    let token = token::get(flags)?;
    let response = Response {
        headers: Headers {
            authorization: [token.authorization()],
        },
        expires: expires(&token),
    };
    let json = serde_json::to_string(&response).expect("texts are JSON");
    output::answer(&Zeroizing::new(json + "\n"))
}

fn read(stdin: impl Read) -> Result<Request, Failure> {
    let nonsense = |fault: &str| {
        let message =
            format!("stdin is no credential helper request: {fault}. Expected {{\"uri\":\"https://{HOST}/...\"}}");
        Failure::Other(DATA_ERROR, message)
    };
    let mut text = Vec::new();
    stdin
        .take(LIMIT + 1)
        .read_to_end(&mut text)
        .map_err(|error| nonsense(&error.to_string()))?;
    if text.len() as u64 > LIMIT {
        return Err(nonsense("it is larger than 64 KiB"));
    }
    Request::parse(&text).map_err(|fault| nonsense(&fault))
}

/// When the token is over (RFC 3339), unless that is beyond what the format can say.
fn expires(token: &Token) -> Option<String> {
    let seconds = u64::try_from(token.expires_at().min(END_OF_9999)).ok()?;
    let moment = UNIX_EPOCH + Duration::from_secs(seconds);
    Some(humantime::format_rfc3339_seconds(moment).to_string())
}
