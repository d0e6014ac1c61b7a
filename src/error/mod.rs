//! The error type: the kind, the server's error code, its Retry-After, and a message for a person. It never contains a secret
//! or a token.

mod exit_status;
mod table;

use std::fmt;
use std::time::Duration;

use crate::display;
use crate::secret::CText;

pub use exit_status::{EXIT_STATUSES, ExitStatus};
pub use table::{BUFFER_TOO_SMALL, ErrorKind, OK, Row, TABLE};

/// The reason why there is no token: what went wrong and what to do.
///
/// `Display` shows what went wrong, short enough for a chain of errors. [`message`](Error::message) has the advice too.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    /// What went wrong and, after [`BEFORE_ADVICE`], what to do. One text, because C gets both as one.
    message: CText,
    /// Bytes of `message` that say what went wrong.
    what_length: usize,
    http_status: Option<u16>,
    oauth_error: Option<CText>,
    retry_after: Option<Duration>,
    retryable: bool,
}

/// Stands between what went wrong and what to do.
const BEFORE_ADVICE: &str = ". ";

impl Error {
    /// Makes an error. `what` says what went wrong, without a full stop at its end. Control characters in it are replaced, so
    /// that it stays one line.
    pub(crate) fn new(kind: ErrorKind, what: impl AsRef<str>) -> Error {
        let what = display::one_line(what.as_ref());
        Error {
            kind,
            message: CText::new(&what),
            what_length: what.len(),
            http_status: None,
            oauth_error: None,
            retry_after: None,
            retryable: kind.row().retryable,
        }
    }

    /// Adds what a person can do about it: a sentence without its full stop. Replaces earlier advice.
    pub(crate) fn advise(mut self, advice: impl AsRef<str>) -> Error {
        let advice = display::one_line(advice.as_ref());
        let before_advice = if advice.is_empty() { "" } else { BEFORE_ADVICE };
        self.message = CText::join(&[self.what(), before_advice, &advice]);
        self
    }

    /// The error of a call that was cancelled.
    pub(crate) fn cancelled() -> Error {
        Error::new(ErrorKind::Cancelled, "the call was cancelled").advise("Call again when you need a token")
    }

    /// Adds the status of the response that caused it.
    pub(crate) fn with_http_status(mut self, status: u16) -> Error {
        self.http_status = Some(status);
        self
    }

    /// Adds the server's OAuth error code.
    pub(crate) fn with_oauth_error(mut self, oauth_error: &str) -> Error {
        self.oauth_error = Some(CText::new(&display::one_line(oauth_error)));
        self
    }

    /// Adds the server's Retry-After.
    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Error {
        self.retry_after = wait;
        self
    }

    /// Sets whether another attempt can help, where that differs from the default of its kind.
    pub(crate) fn retryable(mut self, retryable: bool) -> Error {
        self.retryable = retryable;
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns one line for a person: what went wrong and what to do.
    pub fn message(&self) -> &str {
        self.message.as_str()
    }

    /// Returns what went wrong.
    pub(crate) fn what(&self) -> &str {
        &self.message()[..self.what_length]
    }

    /// Returns what a person can do about it; empty if there is nothing to do.
    pub fn advice(&self) -> &str {
        let rest = &self.message()[self.what_length..];
        rest.strip_prefix(BEFORE_ADVICE).unwrap_or_default()
    }

    /// Returns the HTTP status of the token server's response to the last attempt, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.http_status
    }

    /// Returns the OAuth error code of the server's response (RFC 6749, section 5.2), such as `invalid_client`.
    pub fn oauth_error(&self) -> Option<&str> {
        self.oauth_error.as_ref().map(CText::as_str)
    }

    /// Returns the server's `Retry-After` (RFC 9110, section 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns whether the same call can succeed later.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// The message as a NUL-terminated text, for the C ABI.
    pub(crate) fn message_text(&self) -> &CText {
        &self.message
    }

    /// The OAuth error as a NUL-terminated text, for the C ABI.
    pub(crate) fn oauth_error_text(&self) -> Option<&CText> {
        self.oauth_error.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_without_a_gap_in_meaning() {
        assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
        for row in &TABLE {
            assert!(row.kind.is_none_or(|kind| kind as i32 == row.code), "{}", row.name());
            assert!(row.name().starts_with("SPOTIFY_"), "{}", row.name());
            assert!(!row.description().ends_with('.'), "{}", row.name());
            assert_eq!(row.exit_status == 0, row.code == OK);
            let known = EXIT_STATUSES.iter().any(|known| known.status == row.exit_status);
            assert!(known, "{} has a status without a meaning", row.name());
        }
    }

    #[test]
    fn a_message_is_always_one_line() {
        let error = Error::new(ErrorKind::Oauth, "two\r\nlines\u{7f}\0");
        assert_eq!(error.message(), "two  lines");
        assert_eq!((error.what(), error.advice()), ("two  lines", ""));
    }

    #[test]
    fn a_message_joins_what_went_wrong_and_what_to_do() {
        let error = Error::new(ErrorKind::Dns, "no such host").advise("Check the\nname");
        assert_eq!(error.message(), "no such host. Check the name");
        assert_eq!((error.what(), error.advice()), ("no such host", "Check the name"));
        assert_eq!(error.to_string(), "no such host");
    }
}
