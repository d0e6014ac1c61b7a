//! How far an attempt got. Markers stand between the links of ureq's connector chain and note which link is at
//! work, and for which hop: an I/O error alone does not tell a dead proxy from a dead server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport};

use crate::url::{host_of, port_of};

/// Who we are talking to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hop {
    /// The proxy.
    Proxy,
    /// The token server.
    Server,
}

/// What we are doing with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Looking up its name.
    Lookup,
    /// Opening a connection.
    Connect,
    /// Agreeing on keys.
    Tls,
    /// Sending the request and reading the answer.
    Exchange,
}

/// Shared between the markers of one attempt and whoever explains its failure.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<AtomicU8>);

impl Progress {
    /// An attempt that has done nothing yet.
    pub(super) fn new() -> Progress {
        let progress = Progress(Arc::default());
        progress.note(Hop::Server, Stage::Lookup);
        progress
    }

    pub(super) fn note(&self, hop: Hop, stage: Stage) {
        let hop = match hop {
            Hop::Proxy => 0,
            Hop::Server => 4,
        };
        self.0.store(hop + stage as u8, Ordering::Relaxed);
    }

    pub(super) fn reached(&self) -> (Hop, Stage) {
        let noted = self.0.load(Ordering::Relaxed);
        let hop = if noted < 4 { Hop::Proxy } else { Hop::Server };
        let stages = [Stage::Lookup, Stage::Connect, Stage::Tls, Stage::Exchange];
        (hop, stages[usize::from(noted % 4)])
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
