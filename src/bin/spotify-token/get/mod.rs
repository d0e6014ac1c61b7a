//! The verb `get`: the credential helper protocol (github.com/EngFlow/credential-helper-spec) as Bazel and uv speak it.
//! A request names a URL; only one of the Web API gets a token.

#[cfg(test)]
mod check;
mod request;

use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use spotify_token::unstable::{self, AccessToken};
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::exit::{DATA_ERROR, Exit};
use crate::{output, token};
use request::{HOST, Request};

/// The longest request, in bytes.
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

/// Responds to the request on stdin.
pub fn run(flags: Flags) -> Result<(), Exit> {
    if flags.client_secret_file() == Some(Path::new("-")) {
        let message =
            "spotify-token: get reads its request from stdin, so --client-secret-file needs another file than -";
        return Err(Exit::Usage(message.to_owned()));
    }
    let request = read(io::stdin().lock())?;
    if !request.is_for_web_api() {
        let message = format!("tokens are only for https://{HOST}, and the request is for another address");
        return Err(Exit::Other(DATA_ERROR, message));
    }
    let token = token::get(flags)?;
    let response = Response {
        headers: Headers {
            authorization: [token.authorization()],
        },
        expires: expires(unstable::access_token(&token)),
    };
    let json = serde_json::to_string(&response).expect("texts are JSON");
    output::write(&Zeroizing::new(json + "\n"))
}

fn read(stdin: impl Read) -> Result<Request, Exit> {
    let invalid = |error: &str| {
        let message =
            format!("stdin is not a credential helper request: {error}. Expected {{\"uri\":\"https://{HOST}/...\"}}");
        Exit::Other(DATA_ERROR, message)
    };
    let mut text = Vec::new();
    stdin
        .take(LIMIT + 1)
        .read_to_end(&mut text)
        .map_err(|error| invalid(&error.to_string()))?;
    if text.len() as u64 > LIMIT {
        return Err(invalid("it is larger than 64 KiB"));
    }
    Request::parse(&text).map_err(|error| invalid(&error))
}

/// When the token expires, in RFC 3339, which ends with the year 9999.
fn expires(token: &AccessToken) -> Option<String> {
    let seconds = u64::try_from(token.expires_at().min(END_OF_9999)).ok()?;
    let moment = UNIX_EPOCH + Duration::from_secs(seconds);
    Some(humantime::format_rfc3339_seconds(moment).to_string())
}
