//! The verb `get`: the credential helper protocol (github.com/EngFlow/credential-helper-spec) as Bazel and uv speak it. A
//! request names an address; only that of the Web API gets a token, and every other gets nothing.

use std::io::{self, Read};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use spotify_token::Token;
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::exit::{DATA_ERROR, Failure};
use crate::{output, token};

/// The one host that a token is for (RFC 6750, section 5.3: a token goes to nobody else).
const HOST: &str = "api.spotify.com";

/// No request is longer.
const LIMIT: u64 = 64 * 1024;

/// The last second that RFC 3339 can write.
const END_OF_9999: i64 = 253_402_300_799;

#[derive(Deserialize)]
struct Request {
    uri: String,
}

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
    if !is_web_api(&request.uri) {
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
    serde_json::from_slice(&text).map_err(|error| nonsense(&what_is_wrong(&error)))
}

/// What is wrong and where, without a word of what was read.
fn what_is_wrong(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => "it is JSON without one text \"uri\"".to_owned(),
        serde_json::error::Category::Eof => "it ends too early".to_owned(),
        _ => format!("it is not JSON (line {}, column {})", error.line(), error.column()),
    }
}

/// Whether the address is the Web API's: scheme, host and port, and nothing that could be taken for another host. What
/// stands before the first slash, question mark or number sign is compared as a whole, so that user-info, backslashes,
/// escapes and look-alikes are simply different.
fn is_web_api(uri: &str) -> bool {
    let printable = uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let Some((scheme, rest)) = uri.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    printable && scheme.eq_ignore_ascii_case("https") && host.eq_ignore_ascii_case(HOST)
}

/// When the token is over (RFC 3339), unless that is beyond what the format can say.
fn expires(token: &Token) -> Option<String> {
    let seconds = u64::try_from(token.expires_at().min(END_OF_9999)).ok()?;
    let moment = UNIX_EPOCH + Duration::from_secs(seconds);
    Some(humantime::format_rfc3339_seconds(moment).to_string())
}

#[cfg(test)]
mod tests {
    use super::is_web_api;

    #[test]
    fn the_web_api_alone_gets_a_token() {
        for uri in [
            "https://api.spotify.com",
            "https://api.spotify.com/",
            "https://api.spotify.com:443/v1/artists/x",
            "HTTPS://API.Spotify.COM/v1?x=https://evil.example#f",
            "https://api.spotify.com?x",
        ] {
            assert!(is_web_api(uri), "{uri}");
        }
        for uri in [
            "",
            "api.spotify.com",
            "https://",
            "https:api.spotify.com",
            "https:///api.spotify.com/",
            "http://api.spotify.com/",
            "ftp://api.spotify.com/",
            "xhttps://api.spotify.com/",
            "https://api.spotify.com:80/",
            "https://api.spotify.com:8443/",
            "https://api.spotify.com:0443/",
            "https://api.spotify.com:/",
            "https://api.spotify.com./",
            "https://api.spotify.com.evil.example/",
            "https://evil-api.spotify.com/",
            "https://accounts.spotify.com/",
            "https://spotify.com/",
            "https://evil.example/api.spotify.com",
            "https://evil.example#https://api.spotify.com/",
            "https://api.spotify.com@evil.example/",
            "https://api.spotify.com:443@evil.example/",
            "https://user@api.spotify.com/",
            "https://user:word@api.spotify.com/",
            "https://api.spotify.com\\@evil.example/",
            "https://evil.example\\@api.spotify.com/",
            "https://api.spotify.com%2eevil.example/",
            "https://%61pi.spotify.com/",
            "https://api.spotify.com /",
            " https://api.spotify.com/",
            "https://api.spotify.com/\n",
            "https://api.spotify.com\t/",
            "https://api.spotify.c\u{43e}m/",
            "https://\u{ff41}pi.spotify.com/",
            "https://[::1]/",
        ] {
            assert!(!is_web_api(uri), "{uri}");
        }
    }
}
