//! Whatever a server can send as a response. An input is a line `STATUS TAB Content-Type TAB Retry-After`, then the
//! body; `$SECRET`, `$FORM`, `$BASIC` and `$TOKEN` in the body stand for what the server knows of us and for the token
//! it gives.

use zeroize::Zeroizing;

use super::{NOW, check_error, check_hidden, check_line};
use crate::credentials::Credentials;
use crate::display::one_line;
use crate::protocol::grant::{AuthorizationGrant, basic, form_encoded};
use crate::protocol::response::{self, Response, Success, redact};
use crate::secret::Secret;

/// The usual shape, and the oddest that passes for a secret.
const SECRETS: [&str; 2] = ["c0ffee7f3dc0ffee7f3dc0ffee7f3d42", "c@na\u{202e}ry/%+~\u{fc}"];
const TOKEN: &str = "BQcanarycanarycanary";

/// The parser of responses: a good token, or an error that shows neither secret nor token.
pub fn response(data: &[u8]) {
    for secret in SECRETS {
        let credentials = credentials(secret);
        let forms = Forms::of(&credentials);
        let Some(response) = parsed(data, &forms) else {
            return;
        };
        match response::read(&response, &AuthorizationGrant::ClientCredentials(&credentials), NOW) {
            Ok(Success {
                token: token_response, ..
            }) => {
                assert_eq!(response.status, 200);
                let token = token_response.access_token.expose();
                let body = token.trim_end_matches('=');
                assert!(!body.is_empty() && body.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c)));
                assert!(token_response.scope.chars().all(|c| c.is_ascii_graphic() || c == ' '));
                assert!(
                    (1..=i64::MAX as u64).contains(&token_response.lifetime.as_secs())
                        && token_response.lifetime.subsec_nanos() == 0
                );
                if token == TOKEN && !token_response.scope.contains(TOKEN) {
                    check_hidden(&format!("{token_response:?}"), &[TOKEN]);
                }
            }
            Err(error) => {
                assert!((20..40).contains(&(error.kind() as i32)), "{error}");
                assert_eq!(error.http_status(), Some(response.status));
                let wait = error.retry_after().unwrap_or_default().as_secs();
                assert!(i64::try_from(wait).is_ok());
                check_error(&error, &forms.all());
                if gives_token(&response.body) {
                    check_error(&error, &[TOKEN]);
                }
            }
        }
    }
}

/// Redaction alone, with whatever secret passes for one: an input is the secret, a newline, and the text.
pub fn redaction(data: &[u8]) {
    let input = String::from_utf8_lossy(data);
    let (secret, text) = input.split_once('\n').unwrap_or((&input, ""));
    let Ok(Some(credentials)) = Credentials::from_arguments(Some("id"), Some(secret)) else {
        return;
    };
    let text = text.replace("$SECRET", secret);
    let shown = redact::shown(&text, &AuthorizationGrant::ClientCredentials(&credentials));
    if !shown.is_empty() {
        check_line(&shown, 503);
    }
    let forms = Forms::of(&credentials);
    let cleaned = &forms.0[3];
    // What stands for a secret, or for what was cut, may complete what looks like this one; and the rest of the text may
    // have what is left of an odd secret when it is cleaned.
    let ambiguous = secret.contains(['[', ']', '.'])
        || "[hidden]".contains(cleaned)
        || one_line(&text.replace(secret, "")).contains(cleaned);
    if !ambiguous {
        check_hidden(&shown, &forms.all());
    }
}

fn credentials(secret: &str) -> Credentials {
    Credentials {
        client_id: Secret::new("0123456789abcdef0123456789abcdef"),
        client_secret: Secret::new(secret),
        source: "the fuzzer".to_owned(),
    }
}

/// A secret in every form in which it is sent, or could be shown.
struct Forms([String; 4]);

impl Forms {
    fn of(credentials: &Credentials) -> Forms {
        let secret = credentials.client_secret.expose();
        let header = basic(credentials);
        Forms([
            secret.to_owned(),
            form_encoded(credentials.client_secret.expose()).to_string(),
            header.expose().trim_start_matches("Basic ").to_owned(),
            one_line(secret),
        ])
    }

    fn all(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

fn parsed(data: &[u8], forms: &Forms) -> Option<Response> {
    let line_end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (head, body) = (&data[..line_end], data.get(line_end + 1..).unwrap_or_default());
    let mut head = std::str::from_utf8(head).ok()?.split('\t');
    let status = head.next()?.parse().ok()?;
    let mut header = || head.next().filter(|value| !value.is_empty()).map(ToOwned::to_owned);
    let known = [
        ("$SECRET", &forms.0[0]),
        ("$FORM", &forms.0[1]),
        ("$BASIC", &forms.0[2]),
    ];
    let mut body = replaced(body, "$TOKEN", TOKEN);
    for (name, form) in known {
        body = replaced(&body, name, form);
    }
    Some(Response {
        date: None,
        status,
        content_type: header(),
        retry_after: header(),
        body: Zeroizing::new(body),
    })
}

/// Bytes, which need not be text, with a name replaced by what it stands for.
fn replaced(bytes: &[u8], name: &str, value: &str) -> Vec<u8> {
    let mut rest = bytes;
    let mut result = Vec::new();
    while let Some(at) = rest.windows(name.len()).position(|window| window == name.as_bytes()) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(value.as_bytes());
        rest = &rest[at + name.len()..];
    }
    result.extend_from_slice(rest);
    result
}

/// Whether a body has the token where a token stands: as that member, or beside its name in what is no JSON.
fn gives_token(body: &[u8]) -> bool {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(json) => json.get("access_token").and_then(|token| token.as_str()) == Some(TOKEN),
        Err(_) => String::from_utf8_lossy(body).contains("access_token"),
    }
}
