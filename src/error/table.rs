//! The one table of errors: number, name, description, the command's exit status, and whether trying again can
//! help. Everything else that mentions an error (the header, `--help`, the manual, the README) is generated from
//! here or checked against it.

use std::ffi::CStr;

/// What kind of thing went wrong. The numbers are part of the ABI and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum Code {
    /// No error.
    Ok = 0,
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
    /// The response is not a valid token response.
    BadResponse = 30,
    /// The response is larger than 64 KiB.
    ResponseTooLarge = 31,
    /// No valid token is cached.
    NotCached = 40,
    /// The buffer is too small; the required length was returned.
    BufferTooSmall = 41,
    /// Internal error in this library.
    Internal = 90,
}

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// The error.
    pub code: Code,
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
    code: Code,
    name_in_c: &'static CStr,
    description_in_c: &'static CStr,
    exit_status: u8,
    retryable: bool,
) -> Row {
    Row {
        code,
        name_in_c,
        description_in_c,
        exit_status,
        retryable,
    }
}

/// Every code, in the order of the numbers.
#[rustfmt::skip]
pub static TABLE: [Row; 22] = [
    row(Code::Ok,                   c"SPOTIFY_OK",                          c"no error", 0, false),
    row(Code::InvalidArgument,      c"SPOTIFY_ERROR_INVALID_ARGUMENT",      c"an argument or option is invalid", 64, false),
    row(Code::MissingCredentials,   c"SPOTIFY_ERROR_MISSING_CREDENTIALS",   c"no client id and secret were found, or only one of the two", 78, false),
    row(Code::MalformedCredentials, c"SPOTIFY_ERROR_MALFORMED_CREDENTIALS", c"a client id or secret was found but is malformed", 78, false),
    row(Code::File,                 c"SPOTIFY_ERROR_FILE",                  c"a configured file cannot be read or has unusable contents", 66, false),
    row(Code::Dns,                  c"SPOTIFY_ERROR_DNS",                   c"the server's host name could not be resolved", 69, true),
    row(Code::Connect,              c"SPOTIFY_ERROR_CONNECT",               c"could not connect to the server", 69, true),
    row(Code::Tls,                  c"SPOTIFY_ERROR_TLS",                   c"the TLS handshake or the certificate check failed", 69, false),
    row(Code::Timeout,              c"SPOTIFY_ERROR_TIMEOUT",               c"the call timed out", 75, true),
    row(Code::Proxy,                c"SPOTIFY_ERROR_PROXY",                 c"the proxy could not be reached or refused the request", 69, true),
    row(Code::Network,              c"SPOTIFY_ERROR_NETWORK",               c"the connection was lost", 75, true),
    row(Code::Cancelled,            c"SPOTIFY_ERROR_CANCELLED",             c"the call was cancelled", 130, false),
    row(Code::InvalidClient,        c"SPOTIFY_ERROR_INVALID_CLIENT",        c"the server rejected the client id or secret", 77, false),
    row(Code::Oauth,                c"SPOTIFY_ERROR_OAUTH",                 c"the server returned an OAuth error other than invalid_client", 65, false),
    row(Code::RateLimited,          c"SPOTIFY_ERROR_RATE_LIMITED",          c"the server is rate limiting requests (HTTP 429)", 75, true),
    row(Code::Server,               c"SPOTIFY_ERROR_SERVER",                c"the server failed (HTTP 5xx, 408 or 425)", 75, true),
    row(Code::Http,                 c"SPOTIFY_ERROR_HTTP",                  c"unexpected HTTP status, for example a redirect", 76, false),
    row(Code::BadResponse,          c"SPOTIFY_ERROR_BAD_RESPONSE",          c"the response is not a valid token response", 76, false),
    row(Code::ResponseTooLarge,     c"SPOTIFY_ERROR_RESPONSE_TOO_LARGE",    c"the response is larger than 64 KiB", 76, false),
    row(Code::NotCached,            c"SPOTIFY_ERROR_NOT_CACHED",            c"no valid token is cached", 75, false),
    row(Code::BufferTooSmall,       c"SPOTIFY_ERROR_BUFFER_TOO_SMALL",      c"the buffer is too small; the required length was returned", 70, false),
    row(Code::Internal,             c"SPOTIFY_ERROR_INTERNAL",              c"internal error in this library; please report it", 70, false),
];

impl Code {
    /// Returns the number that crosses the C ABI.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Finds the code with this number.
    pub fn from_number(number: i32) -> Option<Code> {
        TABLE.iter().map(|row| row.code).find(|code| code.number() == number)
    }

    /// Returns this code's row of the table.
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.code == self).expect("every code has a row")
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
