//! The client credentials flow (RFC 6749, section 4.4) as data: what is sent, what a response means, what a token is, and
//! when to try again. No I/O, no thread, and no clock: the time comes in as an argument.

pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod token;
