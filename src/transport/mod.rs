//! How a request gets to the server and its response back. The core sees the `Transport` trait; the only implementation
//! speaks HTTP/1.1 over sockets that never block: `dns` and `connect` open them, `tunnel` leads through a proxy, `tls`
//! secures them, `message` reads and writes what goes over them, and one `deadline` bounds it all.

pub(crate) mod connect;
pub(crate) mod deadline;
pub(crate) mod dns;
mod failure;
mod http;
pub(crate) mod message;
mod pem;
mod progress;
pub(crate) mod proxy;
pub(crate) mod roots;
pub(crate) mod tls;
mod trace;
pub(crate) mod tunnel;

use std::io;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::protocol::request::Request;
use crate::protocol::response::Response;

pub use http::HttpTransport;
pub use progress::Progress;
pub use trace::{Hop, Stage, Trace};

/// What became of one attempt.
pub struct Exchange {
    /// Whether the request left this machine, or began to.
    pub request_sent: bool,
    /// The response, whatever its status, or why there is none.
    pub result: Result<Response, Error>,
}

/// Sends one request and returns the response. Tests put one of their own in its place.
pub trait Transport: Send + Sync {
    /// Blocks until there is a response or a failure, for `allowed` at most. Any number of threads may call this at
    /// once. When `cancel` is used, it returns at once; what it returns then does not matter. `progress` says meanwhile
    /// how far it got.
    fn send(&self, request: &Request, allowed: Duration, cancel: &Cancel, progress: &Progress) -> Exchange;
}

/// Why there is no response. `failure` puts it into words.
#[derive(Debug)]
pub(crate) enum TransportError {
    /// The time ran out, or the attempt was cancelled.
    Stopped,
    /// A name was not found; the resolver's words.
    Lookup(String),
    /// The connection failed.
    Io(io::Error),
    /// What arrived is not HTTP.
    NotHttp(String),
    /// There is more in front of the body than anybody sends.
    HeadTooLarge,
    /// The body is larger than any token; the status that came with it.
    BodyTooLarge(u16),
    /// The proxy refused to connect to the server.
    ProxyRefused {
        /// Its status.
        status: u16,
        /// The authentication schemes that it offers.
        schemes: Vec<String>,
    },
    /// The SOCKS proxy refused.
    SocksRefused {
        /// In words.
        why: &'static str,
        /// Whether another attempt can help.
        retryable: bool,
    },
    /// The other side does not speak SOCKS.
    NotSocks,
}

impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> TransportError {
        if deadline::is_timeout(&error) {
            TransportError::Stopped
        } else {
            TransportError::Io(error)
        }
    }
}

impl From<dns::LookupError> for TransportError {
    fn from(error: dns::LookupError) -> TransportError {
        match error {
            dns::LookupError::Stopped => TransportError::Stopped,
            dns::LookupError::Failed(words) => TransportError::Lookup(words),
        }
    }
}
