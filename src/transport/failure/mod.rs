//! What ureq, rustls and the system report, turned into our errors: which kind it is, whether another attempt can
//! help, and what a person can do.

mod proxy;
mod tls;

use std::io::ErrorKind;

use super::trace::{Hop, Stage};
use crate::config::ProxyUrl;
use crate::config::endpoint::{Endpoint, host_and_port};
use crate::error::{Code, Error};
use crate::protocol::response::MAX_BODY;

/// Explains why an attempt that got as far as `reached` brought no answer.
pub(super) fn explain(error: &ureq::Error, url: &Endpoint, via: Option<&ProxyUrl>, reached: (Hop, Stage)) -> Error {
    let server = host_and_port(url.host(), url.port());
    let (hop, stage) = reached;
    if let ureq::Error::Timeout(_) = error {
        let proxy = via.filter(|_| hop == Hop::Proxy);
        return proxy.map_or_else(|| timed_out(&server, stage), |proxy| proxy::timed_out(proxy, stage));
    }
    if let Some(proxy) = via.filter(|_| hop == Hop::Proxy || stage == Stage::Connect) {
        return proxy::failed(error, proxy, &server, stage);
    }
    match stage {
        Stage::Lookup => Error::new(
            Code::Dns,
            format!(
                "cannot find the host {}: {}. Check the network and the name; behind a proxy set https_proxy",
                url.host(),
                words(error)
            ),
        ),
        Stage::Connect => Error::new(
            Code::Connect,
            format!(
                "cannot connect to {server}: {}. Check host and port of the token URL, the network, a firewall, and whether \
                 a proxy is needed",
                words(error)
            ),
        ),
        Stage::Tls => tls::failed(error, &server),
        Stage::Exchange => exchange(error, &server),
    }
}

/// The answer has more than any token needs.
pub(super) fn too_large(status: u16) -> Error {
    Error::new(
        Code::ResponseTooLarge,
        format!(
            "the answer is over {} KiB, which no token is. Check the token URL",
            MAX_BODY / 1024
        ),
    )
    .with_http_status(status)
}

fn timed_out(server: &str, stage: Stage) -> Error {
    let (doing, advice) = match stage {
        Stage::Lookup => ("looking up", "Check the network and its name server"),
        Stage::Connect => (
            "connecting to",
            "Check host and port of the token URL, the network, a firewall, and whether a proxy is needed",
        ),
        Stage::Tls => ("securing the connection to", "Check for a firewall or proxy in between"),
        Stage::Exchange => ("waiting for", "Try again"),
    };
    Error::new(
        Code::Timeout,
        format!(
            "the time ran out while {doing} {server}. {advice}; a slow network may need more timeout_ms and \
             attempt_timeout_ms"
        ),
    )
}

fn exchange(error: &ureq::Error, server: &str) -> Error {
    match error {
        ureq::Error::LargeResponseHeader(..) => too_many_headers(server),
        ureq::Error::Protocol(fault) if fault.to_string().contains("too many headers") => too_many_headers(server),
        ureq::Error::Protocol(_) => Error::new(
            Code::BadResponse,
            format!(
                "what {server} answers is not proper HTTP ({}). Check scheme, host and port of the token URL",
                words(error)
            ),
        ),
        _ if tls::fault_in(error).is_some() => tls::failed(error, server),
        _ => Error::new(
            Code::Network,
            format!(
                "the connection to {server} was lost: {}. Try again; if it goes on, check the network",
                words(error)
            ),
        ),
    }
}

fn too_many_headers(server: &str) -> Error {
    Error::new(
        Code::ResponseTooLarge,
        format!("the headers of the answer from {server} are too large. Check the token URL"),
    )
}

/// The library's words for a fault, without its prefixes. Which of the ways a connection can end was seen is chance: they
/// have the same words.
fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => HUNG_UP.to_owned(),
            _ => io.to_string(),
        },
        ureq::Error::BodyStalled => HUNG_UP.to_owned(),
        ureq::Error::Other(other) => without("failed to lookup address information: ", other.to_string()),
        ureq::Error::ConnectProxyFailed(reason) => reason.clone(),
        ureq::Error::Protocol(fault) => without("http parse fail: ", fault.to_string()),
        other => other.to_string(),
    }
}

const HUNG_UP: &str = "the other side hung up";

fn without(prefix: &str, words: String) -> String {
    words.strip_prefix(prefix).map(ToOwned::to_owned).unwrap_or(words)
}
