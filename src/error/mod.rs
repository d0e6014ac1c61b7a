//! The one error type. It carries everything a caller can act on: the kind, the server's own words, when to come
//! back, and a message for a person. It never carries a secret or a token.

mod exit_status;
mod table;

use std::fmt;
use std::time::Duration;

use crate::display;
use crate::secret::CText;

pub use exit_status::{EXIT_STATUSES, ExitStatus};
pub use table::{Code, Row, TABLE};

/// Why there is no token.
///
/// `Display` gives the message: one line that says what went wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: CText,
    http_status: Option<u16>,
    oauth_error: Option<CText>,
    retry_after: Option<Duration>,
    retryable: bool,
}

impl Error {
    /// An error of this kind. Control characters in the message are replaced, so that it stays one line.
    pub fn new(code: Code, message: impl AsRef<str>) -> Error {
        Error {
            code,
            message: CText::new(&display::one_line(message.as_ref())),
            http_status: None,
            oauth_error: None,
            retry_after: None,
            retryable: code.row().retryable,
        }
    }

    /// What a call that was ended early gives.
    pub fn cancelled() -> Error {
        Error::new(
            Code::Cancelled,
            "the call was cancelled. Call again when a token is wanted",
        )
    }

    /// The error, with the status of the answer that caused it.
    pub fn with_http_status(mut self, status: u16) -> Error {
        self.http_status = Some(status);
        self
    }

    /// The error, with the server's OAuth error code.
    pub fn with_oauth_error(mut self, oauth_error: &str) -> Error {
        self.oauth_error = Some(CText::new(&display::one_line(oauth_error)));
        self
    }

    /// The error, with the time that the server asks to stay away for.
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Error {
        self.retry_after = wait;
        self
    }

    /// The error, with a better judgement than its kind's on whether another attempt can help.
    pub fn retryable(mut self, retryable: bool) -> Error {
        self.retryable = retryable;
        self
    }

    /// The kind.
    pub fn code(&self) -> Code {
        self.code
    }

    /// One line for a person: what went wrong, and what to do.
    pub fn message(&self) -> &str {
        self.message.as_str()
    }

    /// The HTTP status of the answer, if one came.
    pub fn http_status(&self) -> Option<u16> {
        self.http_status
    }

    /// The server's error code (RFC 6749, section 5.2), `invalid_client` for one.
    pub fn oauth_error(&self) -> Option<&str> {
        self.oauth_error.as_ref().map(CText::as_str)
    }

    /// How long the server asks to stay away (RFC 9110, section 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the same request can succeed when it is sent again.
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
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_without_a_gap_in_meaning() {
        assert!(
            TABLE
                .windows(2)
                .all(|pair| pair[0].code.number() < pair[1].code.number())
        );
        for row in &TABLE {
            assert_eq!(Code::from_number(row.code.number()), Some(row.code));
            assert!(row.name().starts_with("SPOTIFY_"), "{}", row.name());
            assert!(!row.description().ends_with('.'), "{}", row.name());
            assert_eq!(row.exit_status == 0, row.code == Code::Ok);
            let known = EXIT_STATUSES.iter().any(|known| known.status == row.exit_status);
            assert!(known, "{} has a status without a meaning", row.name());
        }
        assert_eq!(Code::from_number(5), None);
        assert_eq!(Code::from_number(-1), None);
    }

    #[test]
    fn a_message_is_always_one_line() {
        let error = Error::new(Code::Oauth, "two\r\nlines\u{7f}\0");
        assert_eq!(error.message(), "two  lines");
    }
}
