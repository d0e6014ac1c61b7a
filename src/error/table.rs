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
    /// An argument or an option is not acceptable.
    InvalidArgument = 1,
    /// No client id and secret were found, or only half of the pair.
    MissingCredentials = 2,
    /// A client id or secret was found, and its text cannot be one.
    MalformedCredentials = 3,
    /// A file that an option or a variable names cannot be read, or is not what it should be.
    File = 4,
    /// The name of the server could not be looked up.
    Dns = 10,
    /// No connection to the server.
    Connect = 11,
    /// No secure connection: the certificate or the TLS handshake failed.
    Tls = 12,
    /// The time allowed for the call ran out.
    Timeout = 13,
    /// The proxy could not be reached, or refused.
    Proxy = 14,
    /// The connection was lost or broke.
    Network = 15,
    /// The call was cancelled.
    Cancelled = 16,
    /// The server refused the client id or secret.
    InvalidClient = 20,
    /// The server answered with another OAuth error.
    Oauth = 21,
    /// The server asks for fewer requests.
    RateLimited = 22,
    /// The server failed.
    Server = 23,
    /// The server answered with a status that has no business here.
    Http = 24,
    /// The answer cannot be understood.
    BadResponse = 30,
    /// The answer is larger than any token.
    ResponseTooLarge = 31,
    /// No valid token is cached.
    NotCached = 40,
    /// The buffer is too small for the value.
    BufferTooSmall = 41,
    /// A fault in this library.
    Internal = 90,
}

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// The error.
    pub code: Code,
    /// Its constant in C.
    pub name_in_c: &'static CStr,
    /// What it means, one sentence without a full stop.
    pub description_in_c: &'static CStr,
    /// What the command exits with (sysexits.h, and 77 and 78 for credentials).
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
    row(Code::InvalidArgument,      c"SPOTIFY_ERROR_INVALID_ARGUMENT",      c"an argument or an option is not acceptable", 64, false),
    row(Code::MissingCredentials,   c"SPOTIFY_ERROR_MISSING_CREDENTIALS",   c"no client id and secret were found, or only half of the pair", 78, false),
    row(Code::MalformedCredentials, c"SPOTIFY_ERROR_MALFORMED_CREDENTIALS", c"a client id or secret was found, and its text cannot be one", 78, false),
    row(Code::File,                 c"SPOTIFY_ERROR_FILE",                  c"a file that an option or a variable names cannot be read, or is not what it should be", 66, false),
    row(Code::Dns,                  c"SPOTIFY_ERROR_DNS",                   c"the name of the server could not be looked up", 69, true),
    row(Code::Connect,              c"SPOTIFY_ERROR_CONNECT",               c"no connection to the server", 69, true),
    row(Code::Tls,                  c"SPOTIFY_ERROR_TLS",                   c"no secure connection: the certificate or the TLS handshake failed", 69, false),
    row(Code::Timeout,              c"SPOTIFY_ERROR_TIMEOUT",               c"the time allowed for the call ran out", 75, true),
    row(Code::Proxy,                c"SPOTIFY_ERROR_PROXY",                 c"the proxy could not be reached, or refused", 69, true),
    row(Code::Network,              c"SPOTIFY_ERROR_NETWORK",               c"the connection was lost or broke", 75, true),
    row(Code::Cancelled,            c"SPOTIFY_ERROR_CANCELLED",             c"the call was cancelled", 130, false),
    row(Code::InvalidClient,        c"SPOTIFY_ERROR_INVALID_CLIENT",        c"the server refused the client id or secret", 77, false),
    row(Code::Oauth,                c"SPOTIFY_ERROR_OAUTH",                 c"the server answered with an OAuth error other than invalid_client", 65, false),
    row(Code::RateLimited,          c"SPOTIFY_ERROR_RATE_LIMITED",          c"the server asks for fewer requests (429)", 75, true),
    row(Code::Server,               c"SPOTIFY_ERROR_SERVER",                c"the server failed (5xx, 408, 425)", 75, true),
    row(Code::Http,                 c"SPOTIFY_ERROR_HTTP",                  c"the server answered with an unexpected status, a redirect for one", 76, false),
    row(Code::BadResponse,          c"SPOTIFY_ERROR_BAD_RESPONSE",          c"the answer is not what a token server sends", 76, false),
    row(Code::ResponseTooLarge,     c"SPOTIFY_ERROR_RESPONSE_TOO_LARGE",    c"the answer is over 64 KiB", 76, false),
    row(Code::NotCached,            c"SPOTIFY_ERROR_NOT_CACHED",            c"no valid token is cached", 75, false),
    row(Code::BufferTooSmall,       c"SPOTIFY_ERROR_BUFFER_TOO_SMALL",      c"the buffer is too small; the length it needs is given", 70, false),
    row(Code::Internal,             c"SPOTIFY_ERROR_INTERNAL",              c"a fault in this library; please report it", 70, false),
];

impl Code {
    /// The number that crosses the C ABI.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The code with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Code> {
        TABLE.iter().map(|row| row.code).find(|code| code.number() == number)
    }

    /// This code's row of the table.
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.code == self).expect("every code has a row")
    }
}

impl Row {
    /// The constant's name.
    pub fn name(&self) -> &'static str {
        in_rust(self.name_in_c)
    }

    /// What the code means, one sentence without a full stop.
    pub fn description(&self) -> &'static str {
        in_rust(self.description_in_c)
    }
}

fn in_rust(text: &'static CStr) -> &'static str {
    text.to_str().expect("the table is UTF-8")
}
