//! The one table of errors: number, name, description, the command's exit status, and whether trying again can
//! help. Everything else that mentions an error (the header, `--help`, the manual, the README) is generated from
//! here or checked against it.

use std::ffi::CStr;
use std::fmt;

/// The kind of an error. As a number it is the error code of the C library, which never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or option is invalid.
    InvalidArgument = 1,
    /// No client id and secret were found, or only one of the two.
    MissingCredentials = 2,
    /// A client id or secret was found but is malformed.
    MalformedCredentials = 3,
    /// A configured file cannot be read or has unusable contents.
    File = 4,
    /// The server's host name could not be resolved.
    Dns = 10,
    /// Could not connect to the server.
    Connect = 11,
    /// The TLS handshake or the certificate check failed.
    Tls = 12,
    /// The call timed out.
    Timeout = 13,
    /// The proxy could not be reached or refused the request.
    Proxy = 14,
    /// The connection was lost.
    Network = 15,
    /// The call was cancelled.
    Cancelled = 16,
    /// The server rejected the client id or secret.
    InvalidClient = 20,
    /// The server returned an OAuth error other than `invalid_client`.
    Oauth = 21,
    /// The server is rate limiting requests (HTTP 429).
    RateLimited = 22,
    /// The server failed (HTTP 5xx, 408 or 425).
    Server = 23,
    /// Unexpected HTTP status, for example a redirect.
    Http = 24,
    /// There is no login for this account and client id, it has ended, or it lacks a scope.
    LoginRequired = 25,
    /// The response is not a valid token response.
    BadResponse = 30,
    /// The response is larger than 64 KiB.
    ResponseTooLarge = 31,
    /// No valid token is cached.
    NotCached = 40,
    /// Internal error in this library.
    Internal = 90,
}

/// The code of C for no error.
pub const OK: i32 = 0;
/// The code of C for a buffer that is too small.
pub const BUFFER_TOO_SMALL: i32 = 41;

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// The code, as C sees it.
    pub code: i32,
    /// The kind of the error. None for the codes that only C has: no error, and a buffer that is too small.
    pub kind: Option<ErrorKind>,
    /// Its constant in C.
    pub name_in_c: &'static CStr,
    /// Its description: one phrase without a full stop.
    pub description_in_c: &'static CStr,
    /// The exit status of the command (sysexits.h, and 77 and 78 for credentials).
    pub exit_status: u8,
    /// Whether the same request can succeed when it is sent again.
    pub retryable: bool,
}

const fn row(
    kind: ErrorKind,
    name_in_c: &'static CStr,
    description_in_c: &'static CStr,
    exit_status: u8,
    retryable: bool,
) -> Row {
    Row {
        code: kind as i32,
        kind: Some(kind),
        name_in_c,
        description_in_c,
        exit_status,
        retryable,
    }
}

const fn only_c(code: i32, name_in_c: &'static CStr, description_in_c: &'static CStr, exit_status: u8) -> Row {
    Row {
        code,
        kind: None,
        name_in_c,
        description_in_c,
        exit_status,
        retryable: false,
    }
}

/// Every code, in the order of the numbers.
#[rustfmt::skip]
pub static TABLE: [Row; 23] = [
    only_c(OK, c"SPOTIFY_OK", c"no error", 0),
    row(ErrorKind::InvalidArgument,      c"SPOTIFY_ERROR_INVALID_ARGUMENT",      c"an argument or option is invalid", 64, false),
    row(ErrorKind::MissingCredentials,   c"SPOTIFY_ERROR_MISSING_CREDENTIALS",   c"no client id and secret were found, or only one of the two", 78, false),
    row(ErrorKind::MalformedCredentials, c"SPOTIFY_ERROR_MALFORMED_CREDENTIALS", c"a client id or secret was found but is malformed", 78, false),
    row(ErrorKind::File,                 c"SPOTIFY_ERROR_FILE",                  c"a configured file cannot be read or has unusable contents", 66, false),
    row(ErrorKind::Dns,                  c"SPOTIFY_ERROR_DNS",                   c"the server's host name could not be resolved", 69, true),
    row(ErrorKind::Connect,              c"SPOTIFY_ERROR_CONNECT",               c"could not connect to the server", 69, true),
    row(ErrorKind::Tls,                  c"SPOTIFY_ERROR_TLS",                   c"the TLS handshake or the certificate check failed", 69, false),
    row(ErrorKind::Timeout,              c"SPOTIFY_ERROR_TIMEOUT",               c"the call timed out", 75, true),
    row(ErrorKind::Proxy,                c"SPOTIFY_ERROR_PROXY",                 c"the proxy could not be reached or refused the request", 69, true),
    row(ErrorKind::Network,              c"SPOTIFY_ERROR_NETWORK",               c"the connection was lost", 75, true),
    row(ErrorKind::Cancelled,            c"SPOTIFY_ERROR_CANCELLED",             c"the call was cancelled", 130, false),
    row(ErrorKind::InvalidClient,        c"SPOTIFY_ERROR_INVALID_CLIENT",        c"the server rejected the client id or secret", 77, false),
    row(ErrorKind::Oauth,                c"SPOTIFY_ERROR_OAUTH",                 c"the server returned an OAuth error other than invalid_client", 65, false),
    row(ErrorKind::RateLimited,          c"SPOTIFY_ERROR_RATE_LIMITED",          c"the server is rate limiting requests (HTTP 429)", 75, true),
    row(ErrorKind::Server,               c"SPOTIFY_ERROR_SERVER",                c"the server failed (HTTP 5xx, 408 or 425)", 75, true),
    row(ErrorKind::Http,                 c"SPOTIFY_ERROR_HTTP",                  c"unexpected HTTP status, for example a redirect", 76, false),
    row(ErrorKind::LoginRequired,        c"SPOTIFY_ERROR_LOGIN_REQUIRED",        c"the user has to log in: there is no login, it has ended, or it lacks a scope", 77, false),
    row(ErrorKind::BadResponse,          c"SPOTIFY_ERROR_BAD_RESPONSE",          c"the response is not a valid token response", 76, false),
    row(ErrorKind::ResponseTooLarge,     c"SPOTIFY_ERROR_RESPONSE_TOO_LARGE",    c"the response is larger than 64 KiB", 76, false),
    row(ErrorKind::NotCached,            c"SPOTIFY_ERROR_NOT_CACHED",            c"no valid token is cached", 75, false),
    only_c(BUFFER_TOO_SMALL, c"SPOTIFY_ERROR_BUFFER_TOO_SMALL", c"the buffer is too small; the required length was returned", 70),
    row(ErrorKind::Internal,             c"SPOTIFY_ERROR_INTERNAL",              c"internal error in this library; please report it", 70, false),
];

impl ErrorKind {
    /// Returns the name of the constant in C, such as `SPOTIFY_ERROR_TLS`.
    pub fn name(self) -> &'static str {
        self.row().name()
    }

    /// Returns this kind's row of the table.
    pub(crate) fn row(self) -> &'static Row {
        TABLE
            .iter()
            .find(|row| row.kind == Some(self))
            .expect("every kind has a row")
    }
}

impl fmt::Display for ErrorKind {
    /// Shows a short description.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().description())
    }
}

impl Row {
    /// Returns the constant's name.
    pub fn name(&self) -> &'static str {
        in_rust(self.name_in_c)
    }

    /// Returns the description: one phrase without a full stop.
    pub fn description(&self) -> &'static str {
        in_rust(self.description_in_c)
    }
}

fn in_rust(text: &'static CStr) -> &'static str {
    text.to_str().expect("the table is UTF-8")
}
