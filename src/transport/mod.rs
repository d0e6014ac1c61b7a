//! How a request gets to the server and its answer back. The core sees the `Transport` trait; the only
//! implementation speaks HTTP through ureq, and no other part of the crate knows that library's types or errors.

pub(crate) mod dns;
mod failure;
mod http;
pub(crate) mod proxy;
pub(crate) mod roots;
pub(crate) mod tls;
mod trace;
mod wiping;

use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::protocol::request::Request;
use crate::protocol::response::Response;

pub use http::{HttpTransport, warm_up};
pub use trace::{Hop, Stage, Trace};

/// What became of one attempt.
pub struct Exchange {
    /// Whether the request left this machine, or began to.
    pub request_sent: bool,
    /// The answer, whatever its status, or why there is none.
    pub result: Result<Response, Error>,
}

/// Sends one request and brings back whatever answers it. Tests put one of their own in its place.
pub trait Transport: Send + Sync {
    /// Blocks until there is an answer or a failure, for `allowed` at most. Any number of threads may call this at
    /// once. When `cancel` is used, it returns soon; what it returns then does not matter.
    fn send(&self, request: &Request, allowed: Duration, cancel: &Cancel) -> Exchange;
}
