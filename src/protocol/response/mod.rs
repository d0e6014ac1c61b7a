//! Reads a response: first the status, then the body. Every input becomes a token or an error, and no error shows a secret, even
//! if the server sends one back.

mod failure;
pub(crate) mod redact;
pub(crate) mod retry_after;
mod success;

use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::error::Error;
use crate::protocol::grant::AuthorizationGrant;
use crate::protocol::token::TokenResponse;
use crate::secret::Secret;

pub(crate) use failure::refusal_advice;

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// The parts of an HTTP response that are used.
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

/// What a successful response has (RFC 6749, section 5.1).
#[derive(Debug)]
pub struct Success {
    /// What the token is made of.
    pub token: TokenResponse,
    /// The refresh token, if a new one was issued. Always there after a login.
    pub refresh_token: Option<Secret>,
}

/// Reads a response that arrived at `now` to a request with `grant`.
///
/// # Errors
/// The error that the server returned, or `BadResponse` for a response that is not one.
pub fn read(response: &Response, grant: &AuthorizationGrant, now: Moment) -> Result<Success, Error> {
    match response.status {
        200 => success::read(response, grant),
        _ => Err(failure::read(response, grant, now)),
    }
}

#[cfg(test)]
mod tests;
