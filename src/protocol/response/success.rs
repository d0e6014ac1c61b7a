//! A 200: the token (RFC 6749, section 5.1), read strictly where a mistake would hurt and patiently elsewhere.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use super::json::Json;
use super::{Response, failure, redact};
use crate::credentials::Credentials;
use crate::error::{Code, Error};
use crate::protocol::token::{TokenResponse, is_b64token, is_scope};
use crate::secret::Secret;

/// RFC 6749 recommends `expires_in` and allows it to be missing; then this many seconds are assumed.
const ASSUMED_LIFETIME: i64 = 300;

/// The members that matter. Unknown ones are ignored; a known one that comes twice is an error.
#[derive(Deserialize)]
struct Body {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Json>,
    scope: Option<String>,
    error: Option<Json>,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.token_type.zeroize();
        self.scope.zeroize();
    }
}

pub(super) fn read(response: &Response, credentials: &Credentials) -> Result<TokenResponse, Error> {
    let body: Body = parse(response)?;
    if let Some(error) = &body.error {
        return Err(if error.is_string() {
            failure::oauth(response, credentials)
        } else {
            bad("it is a success and an error at once")
        });
    }
    let Some(access_token) = &body.access_token else {
        return Err(bad("there is no access_token in it"));
    };
    if !is_b64token(access_token) {
        return Err(bad(
            "its access_token is empty or has characters that no token has (RFC 6750, section 2.1)",
        ));
    }
    match &body.token_type {
        None => return Err(bad("there is no token_type in it")),
        Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(kind) => {
            let kind = Zeroizing::new(kind.replace(access_token, redact::MASK));
            let kind = redact::shown(&kind, credentials);
            return Err(bad(&format!("its token_type is '{kind}' instead of Bearer")));
        }
    }
    let scope = body.scope.as_deref().unwrap_or_default();
    if !is_scope(scope) {
        return Err(bad(
            "its scope has characters that no scope has (RFC 6749, section 3.3)",
        ));
    }
    Ok(TokenResponse {
        access_token: Secret::new(access_token),
        scope: scope.to_owned(),
        lifetime: lifetime(body.expires_in.as_deref())?,
    })
}

fn parse(response: &Response) -> Result<Body, Error> {
    // Not left to serde: it reads a list into a struct as well.
    match response.body.trim_ascii_start().first() {
        Some(b'{') => {}
        Some(b'<') => {
            return Err(bad(
                "it is a web page instead of JSON. A network that wants a login, or a proxy, may have answered in the \
                 server's place",
            ));
        }
        Some(_) => return Err(bad("it is no JSON object")),
        None => return Err(bad("it is empty")),
    }
    serde_json::from_slice(&response.body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => bad("a member of it comes twice or has the wrong type"),
        _ => bad("it is not JSON"),
    })
}

/// `expires_in` as integer, integral float or numeric string.
fn lifetime(value: Option<&Value>) -> Result<Duration, Error> {
    let seconds = match value {
        None | Some(Value::Null) => Some(ASSUMED_LIFETIME),
        Some(Value::Number(number)) => whole(&number.to_string()),
        Some(Value::String(text)) => whole(text.trim()),
        Some(_) => None,
    };
    match seconds {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.unsigned_abs())),
        _ => Err(bad("its expires_in is not a positive whole number of seconds")),
    }
}

fn whole(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    let digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let seconds: f64 = text.parse().ok().filter(|_| digits)?;
    // 2^63 is the first float beyond an i64.
    let fits = seconds.fract() == 0.0 && seconds.abs() < 9_223_372_036_854_775_808.0;
    #[allow(clippy::cast_possible_truncation)] // checked
    fits.then_some(seconds as i64)
}

fn bad(fault: &str) -> Error {
    Error::new(
        Code::BadResponse,
        format!("the answer cannot be used: {fault}. Check the token URL; if it is right, try again later"),
    )
    .with_http_status(200)
}
