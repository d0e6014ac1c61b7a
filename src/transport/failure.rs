//! What ureq, rustls and the system report, turned into our errors: which kind it is, whether another attempt can
//! help, and what a person can do.

use std::io::ErrorKind;

use rustls::CertificateError;

use super::stage::{Hop, Stage};
use crate::answer::MAX_BODY;
use crate::error::{Code, Error};
use crate::url::TokenUrl;

/// Explains why an attempt that got as far as `reached` brought no answer.
pub(super) fn explain(error: &ureq::Error, url: &TokenUrl, via_proxy: bool, reached: (Hop, Stage)) -> Error {
    let server = format!("{}:{}", url.host(), url.port());
    let (hop, stage) = reached;
    if let ureq::Error::Timeout(_) = error {
        return timed_out(&server, hop, stage);
    }
    if hop == Hop::Proxy || (via_proxy && stage == Stage::Connect) {
        return proxy(error);
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
                "cannot connect to {server}: {}. Check the network, a firewall, or whether a proxy is needed",
                words(error)
            ),
        ),
        Stage::Tls => tls(error, &server),
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

fn timed_out(server: &str, hop: Hop, stage: Stage) -> Error {
    let whom = match hop {
        Hop::Proxy => "the proxy",
        Hop::Server => server,
    };
    let doing = match stage {
        Stage::Lookup => "looking up",
        Stage::Connect => "connecting to",
        Stage::Tls => "securing the connection to",
        Stage::Exchange => "waiting for",
    };
    Error::new(
        Code::Timeout,
        format!(
            "the time ran out while {doing} {whom}. Try again, or allow more with timeout_ms and attempt_timeout_ms"
        ),
    )
}

fn proxy(error: &ureq::Error) -> Error {
    let refused = |status: &str| matches!(error, ureq::Error::ConnectProxyFailed(reason) if reason.contains(status));
    if refused("407") {
        let message = "the proxy wants a user and password (407). Give them as http://user:password@host:port";
        return Error::new(Code::Proxy, message).retryable(false);
    }
    let said = Error::new(
        Code::Proxy,
        format!(
            "the proxy does not let us through: {}. Check the option proxy and the variables https_proxy and no_proxy",
            words(error)
        ),
    );
    if refused(" 4") { said.retryable(false) } else { said }
}

fn tls(error: &ureq::Error, server: &str) -> Error {
    let cut_short =
        matches!(error, ureq::Error::Io(io) if io.get_ref().is_none_or(|inner| !inner.is::<rustls::Error>()));
    if cut_short {
        return Error::new(
            Code::Tls,
            format!(
                "no secure connection to {server}: the other side hung up ({}). A firewall or proxy may be in between",
                words(error)
            ),
        )
        .retryable(true);
    }
    let (fault, advice) = match rustls_error(error) {
        Some(rustls::Error::InvalidCertificate(fault)) => certificate(fault),
        Some(rustls::Error::InvalidMessage(_)) => (
            "the other side does not speak TLS".to_owned(),
            "Check scheme and port of the token URL",
        ),
        Some(rustls::Error::AlertReceived(alert)) => (
            format!("the other side refused ({alert:?})"),
            "It may be too old for TLS 1.2 and 1.3",
        ),
        Some(rustls::Error::PeerIncompatible(_)) => (
            "the other side knows no common TLS version or cipher".to_owned(),
            "It has to speak TLS 1.2 or 1.3",
        ),
        _ => (words(error), "Check the token URL, and what is between here and there"),
    };
    Error::new(
        Code::Tls,
        format!("no secure connection to {server}: {fault}. {advice}"),
    )
}

fn certificate(fault: &CertificateError) -> (String, &'static str) {
    let (fault, advice) = match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "its certificate has expired",
            "Check this machine's clock; if it is right, the server has to renew its certificate",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("its certificate is not valid yet", "Check this machine's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("its certificate is for another name", "Check the host of the token URL")
        }
        // A wrong signature: an authority of the same name as a trusted one.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "its certificate is from an authority that is not trusted here",
            "Behind a company proxy, name its CA with ca_file or SSL_CERT_FILE; in a small image, install ca-certificates",
        ),
        other => {
            return (
                format!("its certificate is not acceptable ({other:?})"),
                "The server has to mend it",
            );
        }
    };
    (fault.to_owned(), advice)
}

fn exchange(error: &ureq::Error, server: &str) -> Error {
    match error {
        ureq::Error::Protocol(fault) => Error::new(
            Code::BadResponse,
            format!("what {server} answers is not HTTP ({fault}). Check host and port of the token URL"),
        ),
        ureq::Error::LargeResponseHeader(..) => Error::new(
            Code::ResponseTooLarge,
            format!("the headers of the answer from {server} are too large. Check the token URL"),
        ),
        _ if rustls_error(error).is_some() => tls(error, server),
        _ => Error::new(
            Code::Network,
            format!(
                "the connection to {server} was lost: {}. Try again; if it goes on, check the network",
                words(error)
            ),
        ),
    }
}

fn rustls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Io(io) => io.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// The library's words for a fault, without its prefixes.
fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            ErrorKind::ConnectionReset => "connection reset".to_owned(),
            ErrorKind::UnexpectedEof => "it was closed before the end".to_owned(),
            _ => io.to_string(),
        },
        ureq::Error::Other(other) => {
            let words = other.to_string();
            let prefix = "failed to lookup address information: ";
            words.strip_prefix(prefix).unwrap_or(&words).to_owned()
        }
        ureq::Error::ConnectProxyFailed(reason) => reason.clone(),
        ureq::Error::BodyStalled => "it was closed before the end".to_owned(),
        other => other.to_string(),
    }
}
