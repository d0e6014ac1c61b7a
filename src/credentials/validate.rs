//! What an id and a secret look like: what makes one impossible, and what is only unusual. No message shows any part of a
//! value.

use super::Credentials;
use crate::display;
use crate::error::{Error, ErrorKind};
use crate::platform::advice::REMOVE_NEWLINE;
use crate::secret::Secret;

const BYTE_ORDER_MARK: char = '\u{feff}';
/// The most bytes of an id or a secret: a request's head has room for both, form-encoded and then base64-encoded.
const LONGEST: usize = 4096;

const COPY: &str = "Copy it from the app's page on https://developer.spotify.com/dashboard";

/// Refuses a value that cannot be a credential.
pub(super) fn check(what: &str, value: &Secret, source: &str) -> Result<(), Error> {
    match fault(what, value.expose()) {
        None => Ok(()),
        Some((fault, advice)) => {
            let what = format!("the {what} from {source} {fault}");
            Err(Error::new(ErrorKind::MalformedCredentials, what).advise(advice))
        }
    }
}

fn fault(what: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let quote = |c: char| matches!(c, '"' | '\'' | '`' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}');
    let fault = if value.is_empty() {
        ("is empty", COPY)
    } else if value.len() > LONGEST {
        ("is longer than 4096 bytes", COPY)
    } else if value.contains(BYTE_ORDER_MARK) {
        ("has a byte order mark in it", "Save the file as UTF-8 without BOM")
    } else if is_placeholder(value) {
        (
            "is still a placeholder",
            "Put the app's own value in its place, without the brackets",
        )
    } else if value.contains(['\n', '\r']) {
        ("has a newline in it", REMOVE_NEWLINE)
    } else if value.chars().any(quote) {
        ("has a quote in it", "Remove the quotes: they are not part of the value")
    } else if value.chars().any(char::is_whitespace) {
        ("has a space in it", "Remove the spaces, also at the end")
    } else if value.chars().any(char::is_control) {
        ("has a control character in it", COPY)
    } else if value.chars().any(display::is_invisible) {
        ("has an invisible character in it", COPY)
    } else if what == "client id" && value.contains(':') {
        (
            "has a colon in it",
            "Set the id alone: the secret has an option of its own",
        )
    } else {
        return None;
    };
    Some(fault)
}

fn is_placeholder(value: &str) -> bool {
    let wrapped = |open: &str, close: char| value.starts_with(open) && value.ends_with(close);
    wrapped("<", '>') || wrapped("{", '}') || wrapped("${", '}') || wrapped("[", ']') || wrapped("%", '%')
}

/// Every id and secret that was ever published has 32 lower-case hex digits.
fn is_usual(value: &Secret) -> bool {
    let value = value.expose();
    value.len() == 32 && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Says that a client id has another shape.
pub(super) fn warning_of_id(client_id: &Secret) -> Option<String> {
    (!is_usual(client_id)).then(|| {
        "the client id is not the usual 32 hex digits. An app has its own id, which is not your account's name. Copy it from the \
         app's page on the dashboard"
            .to_owned()
    })
}

/// Says that an id or a secret has another shape.
pub(super) fn warning(credentials: &Credentials) -> Option<String> {
    let unusual = match (is_usual(&credentials.client_id), is_usual(&credentials.client_secret)) {
        (true, true) => return None,
        (false, true) => "client id is",
        (true, false) => "client secret is",
        (false, false) => "client id and secret are",
    };
    Some(format!(
        "the {unusual} not the usual 32 hex digits. An app has its own id and secret: they are neither your account's \
         name and password nor a token. Copy both from the app's page on the dashboard"
    ))
}
