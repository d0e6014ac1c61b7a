//! How far an attempt got. Markers stand between the links of ureq's connector chain and note which link is at
//! work, and for which hop: an I/O error alone does not tell a dead proxy from a dead server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport};

use crate::config::endpoint::{host_of, port_of};

/// Who we are talking to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// The proxy.
    Proxy,
    /// The token server.
    Server,
}

/// What we are doing with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Looking up its name.
    Lookup,
    /// Opening a connection.
    Connect,
    /// Agreeing on keys.
    Tls,
    /// Sending the request and reading the answer.
    Exchange,
}

/// The way of one attempt, for whoever examines it.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// What was begun, and how long after the start.
    pub stages: Vec<(Hop, Stage, Duration)>,
    /// What the name that was looked up stands for.
    pub addresses: Vec<SocketAddr>,
    /// Host and port of the proxy, if there was one.
    pub proxy: Option<String>,
    /// Which authorities were trusted, if any were needed.
    pub authorities: Option<String>,
}

impl Trace {
    /// What was begun last. An attempt begins with looking up the server's name.
    pub fn reached(&self) -> (Hop, Stage) {
        let last = self.stages.last();
        last.map_or((Hop::Server, Stage::Lookup), |(hop, stage, _)| (*hop, *stage))
    }
}

/// Shared between the markers of one attempt and whoever explains its failure.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    start: Instant,
    trace: Arc<Mutex<Trace>>,
}

impl Progress {
    /// An attempt that has done nothing yet.
    pub(super) fn new() -> Progress {
        Progress {
            start: Instant::now(),
            trace: Arc::default(),
        }
    }

    pub(super) fn note(&self, hop: Hop, stage: Stage) {
        let since_start = self.start.elapsed();
        self.trace().stages.push((hop, stage, since_start));
    }

    pub(super) fn reached(&self) -> (Hop, Stage) {
        self.trace().reached()
    }

    pub(super) fn trace(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A link of the connector chain that notes the stage and passes on what it gets.
#[derive(Debug)]
pub(super) struct Marker {
    pub(super) stage: Stage,
    pub(super) progress: Progress,
    /// Host and port of the token server, to tell it from the proxy.
    pub(super) server: (String, u16),
}

impl<In: Transport> Connector<In> for Marker {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        self.progress.note(hop_of(details.uri, &self.server), self.stage);
        Ok(chained)
    }
}

/// Whether this address is the server's or the proxy's.
pub(super) fn hop_of(uri: &ureq::http::Uri, server: &(String, u16)) -> Hop {
    let is_server = host_of(uri) == server.0 && port_of(uri) == server.1;
    if is_server { Hop::Server } else { Hop::Proxy }
}
