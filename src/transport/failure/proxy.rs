//! Failures on the way to a proxy, and its refusals. The proxy is named, and its password never is.

use super::{TransportError, tls, words};
use crate::config::ProxyUrl;
use crate::error::{Error, ErrorKind};
use crate::transport::trace::Stage;

pub(super) const CHECK: &str = "Check the option proxy and the variables https_proxy, all_proxy and no_proxy";

/// The only scheme that is spoken here.
const BASIC: &str = "Basic";

/// The error for what happened on the way through this proxy to a server.
pub(super) fn failed(error: &TransportError, proxy: &ProxyUrl, server: &str, stage: Stage) -> Error {
    let name = proxy.host_and_port();
    let failed = |what: String| Error::new(ErrorKind::Proxy, what).advise(CHECK);
    match (error, stage) {
        (TransportError::ProxyRefused { status: 407, schemes }, _) => login_refused(proxy, schemes),
        (TransportError::ProxyRefused { status, .. }, _) => refused(*status, &name, server),
        (TransportError::SocksRefused { why, retryable }, _) => {
            failed(format!("the proxy {name} refused to connect to {server}: {why}")).retryable(*retryable)
        }
        (TransportError::NotSocks, _) => {
            failed(format!("the proxy {name} did not respond as a SOCKS proxy")).retryable(false)
        }
        (TransportError::NotHttp(_) | TransportError::HeadTooLarge, _) => failed(format!(
            "the proxy {name} did not respond as an HTTP proxy ({})",
            words(error)
        ))
        .retryable(false),
        (TransportError::Io(error), Stage::Tls) => {
            let tls::Diagnosis {
                what,
                advice,
                retryable,
            } = tls::diagnosis(error);
            Error::new(
                ErrorKind::Proxy,
                format!("no secure connection to the proxy {name}: {what}"),
            )
            .advise(advice)
            .retryable(retryable)
        }
        (_, Stage::Lookup) => failed(format!("cannot find the proxy {name}: {}", words(error))),
        (_, Stage::Connect) => failed(format!("cannot connect to the proxy {name}: {}", words(error))),
        _ => failed(format!("lost the connection to the proxy {name}: {}", words(error))),
    }
}

fn refused(status: u16, name: &str, server: &str) -> Error {
    let error = match status {
        500.. => Error::new(
            ErrorKind::Proxy,
            format!("the proxy {name} cannot connect to {server} (status {status})"),
        )
        .advise("Try again; if it persists, contact the proxy's administrator"),
        _ => Error::new(
            ErrorKind::Proxy,
            format!("the proxy {name} refused to connect to {server} (status {status})"),
        )
        .advise(format!("Ask its administrator to allow it. {CHECK}")),
    };
    error.retryable(status >= 500 || [408, 425, 429].contains(&status))
}

/// A 407 (RFC 9110, section 15.5.8).
fn login_refused(proxy: &ProxyUrl, schemes: &[String]) -> Error {
    let name = proxy.host_and_port();
    let speaks_basic = schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(BASIC));
    let error = if !schemes.is_empty() && !speaks_basic {
        Error::new(
            ErrorKind::Proxy,
            format!(
                "the proxy {name} accepts only {} authentication (status 407), and only {BASIC} is supported",
                schemes.join(", ")
            ),
        )
        .advise(format!(
            "Ask its administrator to allow {BASIC}, or use a local proxy that logs in for you, such as cntlm"
        ))
    } else if proxy.login().is_some() {
        Error::new(
            ErrorKind::Proxy,
            format!("the proxy {name} rejected the user and password (status 407)"),
        )
        .advise("Correct them in the proxy URL, with special characters as %XX")
    } else {
        Error::new(
            ErrorKind::Proxy,
            format!("the proxy {name} requires a user and password (status 407)"),
        )
        .advise("Add them to the proxy URL: http://user:password@host:port")
    };
    error.retryable(false)
}
