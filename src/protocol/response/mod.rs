//! What came back, and what it means. Pure: status first, then body; every input gives a grant or an error, and no
//! error shows a secret, even when the server sends one back.

mod failure;
mod json;
pub(crate) mod redact;
pub(crate) mod retry_after;
mod success;

use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::protocol::token::TokenResponse;

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// An HTTP answer, as far as it matters here.
#[derive(Clone, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The `Content-Type` header, if there is one that is text.
    pub content_type: Option<String>,
    /// The `Retry-After` header, if there is one that is text.
    pub retry_after: Option<String>,
    /// The `Date` header, if there is one that is text.
    pub date: Option<String>,
    /// The whole body.
    pub body: Zeroizing<Vec<u8>>,
}

/// Reads an answer that arrived at `now` to a request made with `credentials`.
///
/// # Errors
/// Whatever the server refused with, or `BadResponse` for an answer that is not one.
pub fn read(response: &Response, credentials: &Credentials, now: Moment) -> Result<TokenResponse, Error> {
    match response.status {
        200 => success::read(response, credentials),
        _ => Err(failure::read(response, credentials, now)),
    }
}

#[cfg(test)]
mod tests;
