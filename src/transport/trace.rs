//! The way of a request: an I/O error alone does not tell a dead proxy from a dead server.

use std::net::SocketAddr;
use std::time::Duration;

/// Who we are talking to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// The proxy.
    Proxy,
    /// The token server.
    Server,
}

/// What we are doing with it, in the order of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Looking up its name.
    Lookup,
    /// Opening a connection.
    Connect,
    /// Agreeing on keys.
    Tls,
    /// Sending the request and reading the response.
    Exchange,
}

/// The way of one request.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// What was begun, and how long after the start.
    pub stages: Vec<(Hop, Stage, Duration)>,
    /// The addresses of the name that was looked up last.
    pub addresses: Vec<SocketAddr>,
    /// Host and port of the server.
    pub server: String,
    /// Host and port of the proxy, if there is one.
    pub proxy: Option<String>,
    /// Which CA certificates are trusted, if any are needed.
    pub roots: Option<String>,
}

impl Trace {
    /// Returns what was begun last. A request begins with looking up the server's name.
    pub fn reached(&self) -> (Hop, Stage) {
        let last = self.stages.last();
        last.map_or((Hop::Server, Stage::Lookup), |(hop, stage, _)| (*hop, *stage))
    }
}
