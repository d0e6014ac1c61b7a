//! What the system, rustls and `message` report, turned into our errors: which kind it is, whether another attempt can
//! help, and what a person can do.

mod proxy;
mod tls;

use std::io;

use super::TransportError;
use super::trace::{Hop, Stage, Trace};
use crate::config::ProxyUrl;
use crate::error::{Error, ErrorKind};
use crate::protocol::response::MAX_BODY;

const CHECK_ADDRESS: &str =
    "Check host and port of the token URL, the network, a firewall, and whether a proxy is needed";
const CHECK_URL: &str = "Check scheme, host and port of the token URL";

/// Explains why an attempt that took this way has no response.
pub(super) fn explain(error: TransportError, trace: &Trace, proxy: Option<&ProxyUrl>) -> Error {
    let (hop, stage) = trace.reached();
    match (error, proxy) {
        (TransportError::Stopped, _) => timed_out(trace),
        (error, Some(proxy)) if hop == Hop::Proxy => proxy::failed(&error, proxy, &trace.server, stage),
        (error, _) => failed(&error, &trace.server, stage),
    }
}

/// The time ran out in the last stage of this way.
pub(super) fn timed_out(trace: &Trace) -> Error {
    let (hop, stage) = trace.reached();
    let doing = match stage {
        Stage::Lookup => "looking up",
        Stage::Connect => "connecting to",
        Stage::Tls => "securing the connection to",
        Stage::Exchange => "waiting for",
    };
    let (whom, advice) = match (&trace.proxy, hop, stage) {
        (Some(proxy), Hop::Proxy, _) => (format!("the proxy {proxy}"), proxy::CHECK),
        (_, _, Stage::Lookup) => (trace.server.clone(), "Check the network and its name server"),
        (_, _, Stage::Connect) => (trace.server.clone(), CHECK_ADDRESS),
        (_, _, Stage::Tls) => (trace.server.clone(), "Check for a firewall or proxy in between"),
        (_, _, Stage::Exchange) => (trace.server.clone(), "Try again"),
    };
    Error::new(ErrorKind::Timeout, format!("timed out while {doing} {whom}")).advise(format!(
        "{advice}; on a slow network, raise timeout_ms and attempt_timeout_ms"
    ))
}

fn failed(error: &TransportError, server: &str, stage: Stage) -> Error {
    match error {
        TransportError::BodyTooLarge(status) => Error::new(
            ErrorKind::ResponseTooLarge,
            format!("the response from {server} is larger than {} KiB", MAX_BODY / 1024),
        )
        .advise("Check the token URL")
        .with_http_status(*status),
        TransportError::HeadTooLarge => Error::new(
            ErrorKind::ResponseTooLarge,
            format!("the headers of the response from {server} are too large"),
        )
        .advise("Check the token URL"),
        TransportError::NotHttp(why) => Error::new(
            ErrorKind::BadResponse,
            format!("the response from {server} is not valid HTTP ({why})"),
        )
        .advise(CHECK_URL),
        TransportError::Io(io) if stage == Stage::Tls || tls::diagnosis_in(io).is_some() => tls::failed(io, server),
        _ if stage == Stage::Lookup => {
            let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
            Error::new(ErrorKind::Dns, format!("cannot find the host {host}: {}", words(error)))
                .advise("Check the network and the host name; behind a proxy, set https_proxy")
        }
        _ if stage == Stage::Connect => Error::new(
            ErrorKind::Connect,
            format!("cannot connect to {server}: {}", words(error)),
        )
        .advise(CHECK_ADDRESS),
        _ => Error::new(
            ErrorKind::Network,
            format!("lost the connection to {server}: {}", words(error)),
        )
        .advise("Try again; if it persists, check the network"),
    }
}

/// What went wrong, as the end of a sentence.
fn words(error: &TransportError) -> String {
    match error {
        TransportError::Io(error) => io_words(error),
        TransportError::Lookup(words) => {
            let prefix = "failed to lookup address information: ";
            words.strip_prefix(prefix).unwrap_or(words).to_owned()
        }
        TransportError::NotHttp(words) => words.clone(),
        TransportError::HeadTooLarge => "too many headers".to_owned(),
        TransportError::SocksRefused { why, .. } => (*why).to_owned(),
        TransportError::Stopped
        | TransportError::BodyTooLarge(_)
        | TransportError::ProxyRefused { .. }
        | TransportError::NotSocks => "unexpected".to_owned(),
    }
}

/// Which of the ways a connection can end was seen is chance: they have the same words.
fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "the other side closed the connection".to_owned(),
        _ => error.to_string(),
    }
}
