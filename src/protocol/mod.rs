//! OAuth 2.0 (RFC 6749) as data: how a user logs in, what is sent for a token, what a response means, what a token is, and when
//! to try again. No I/O, no thread, and no clock: the time comes in as an argument.

pub(crate) mod authorization;
pub(crate) mod grant;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod token;
