//! Reads a response with status 200 (RFC 6749, section 5.1): strict where a mistake would do harm, lenient elsewhere.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Number, Value};
use zeroize::{Zeroize, Zeroizing};

use super::{Response, Success, failure, redact};
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::protocol::grant::AuthorizationGrant;
use crate::protocol::token::{TokenResponse, is_b64token, is_scope};
use crate::secret::Secret;

/// RFC 6749 recommends `expires_in` and allows it to be missing; then this many seconds are assumed.
const ASSUMED_LIFETIME: i64 = 300;

/// The fields that are used. Unknown fields are ignored; a duplicate of a known field is an error.
#[derive(Deserialize)]
struct Body {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Json>,
    scope: Option<String>,
    refresh_token: Option<String>,
    error: Option<Json>,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.token_type.zeroize();
        self.scope.zeroize();
        self.refresh_token.zeroize();
    }
}

pub(super) fn read(response: &Response, grant: &AuthorizationGrant) -> Result<Success, Error> {
    let body: Body = parse(response)?;
    if let Some(error) = &body.error {
        return Err(if error.is_string() {
            failure::oauth(response, grant)
        } else {
            bad("it contains a token and an error")
        });
    }
    let Some(access_token) = &body.access_token else {
        return Err(bad("it has no access_token"));
    };
    if !is_b64token(access_token) {
        return Err(bad(
            "its access_token is empty or has invalid characters (RFC 6750, section 2.1)",
        ));
    }
    match &body.token_type {
        None => return Err(bad("it has no token_type")),
        Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(kind) => {
            let mut kind = Zeroizing::new(kind.replace(access_token, redact::MASK));
            if let Some(refresh_token) = body.refresh_token.as_deref().filter(|token| !token.is_empty()) {
                kind = Zeroizing::new(kind.replace(refresh_token, redact::MASK));
            }
            let kind = redact::shown(&kind, grant);
            return Err(bad(&format!("its token_type is '{kind}' instead of Bearer")));
        }
    }
    let scope = body.scope.as_deref().unwrap_or(grant.assumed_scope());
    if !is_scope(scope) {
        return Err(bad("its scope has invalid characters (RFC 6749, section 3.3)"));
    }
    Ok(Success {
        token: TokenResponse {
            access_token: Secret::new(access_token),
            scope: scope.to_owned(),
            lifetime: lifetime(body.expires_in.as_deref())?,
        },
        refresh_token: refresh_token(body.refresh_token.as_deref(), grant)?,
    })
}

/// Reads the refresh token (RFC 6749, appendix A.17). An app's own token needs none, so one that comes with it is ignored.
fn refresh_token(value: Option<&str>, grant: &AuthorizationGrant) -> Result<Option<Secret>, Error> {
    let value = match (value, grant) {
        (_, AuthorizationGrant::ClientCredentials(_)) | (None | Some(""), AuthorizationGrant::RefreshToken { .. }) => {
            return Ok(None);
        }
        (None | Some(""), _) => return Err(bad("it has no refresh_token")),
        (Some(value), _) => value,
    };
    if !value.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) {
        return Err(bad(
            "its refresh_token has invalid characters (RFC 6749, appendix A.17)",
        ));
    }
    Ok(Some(Secret::new(value)))
}

fn parse(response: &Response) -> Result<Body, Error> {
    // serde would also read a list into a struct.
    match response.body.trim_ascii_start().first() {
        Some(b'{') => {}
        Some(b'<') => {
            return Err(bad("it is a web page instead of JSON")
                .advise("Check whether a login page or a proxy of your network responded in place of the server"));
        }
        Some(_) => return Err(bad("it is not a JSON object")),
        None => return Err(bad("it is empty")),
    }
    serde_json::from_slice(&response.body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => bad("a field is duplicated or has the wrong type"),
        _ => bad("it is not JSON"),
    })
}

/// Reads `expires_in`: an integer, an integral float or a numeric string.
fn lifetime(value: Option<&Value>) -> Result<Duration, Error> {
    let seconds = match value {
        None | Some(Value::Null) => Some(ASSUMED_LIFETIME),
        Some(Value::Number(number)) => whole(number),
        Some(Value::String(text)) => whole_in(text.trim()),
        Some(_) => None,
    };
    match seconds {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.unsigned_abs())),
        _ => Err(bad("its expires_in is not a positive whole number of seconds")),
    }
}

/// Reads a number in a string: digits, or a number of JSON.
fn whole_in(text: &str) -> Option<i64> {
    text.parse()
        .ok()
        .or_else(|| match serde_json::from_slice(text.as_bytes()) {
            Ok(Value::Number(number)) => whole(&number),
            _ => None,
        })
}

fn whole(number: &Number) -> Option<i64> {
    if let Some(seconds) = number.as_i64() {
        return Some(seconds);
    }
    let seconds = number.as_f64()?;
    // 2^63 is the first float beyond an i64.
    let fits = seconds.fract() == 0.0 && seconds.abs() < 9_223_372_036_854_775_808.0;
    #[allow(clippy::cast_possible_truncation)] // checked
    fits.then_some(seconds as i64)
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::BadResponse, format!("not a valid token response: {what}"))
        .advise("Check the token URL; if it is correct, try again later")
        .with_http_status(200)
}
