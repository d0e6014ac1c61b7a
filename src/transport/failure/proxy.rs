//! Failures on the way to a proxy, and its refusals. The proxy is named, and its password never is.

use super::{tls, words};
use crate::config::ProxyUrl;
use crate::error::{Code, Error};
use crate::transport::trace::Stage;

const CHECK: &str = "Check the option proxy and the variables https_proxy and no_proxy";

pub(super) fn timed_out(proxy: &ProxyUrl, stage: Stage) -> Error {
    let doing = match stage {
        Stage::Lookup => "looking up",
        Stage::Connect => "connecting to",
        Stage::Tls => "securing the connection to",
        Stage::Exchange => "waiting for",
    };
    Error::new(
        Code::Timeout,
        format!(
            "the time ran out while {doing} the proxy {}. {CHECK}",
            proxy.host_and_port()
        ),
    )
}

/// What came of the way through this proxy to a server.
pub(super) fn failed(error: &ureq::Error, proxy: &ProxyUrl, server: &str, stage: Stage) -> Error {
    let name = proxy.host_and_port();
    if let Some(status) = status(error) {
        return refused(status, proxy, server);
    }
    if stage == Stage::Tls {
        let tls::Fault { what, advice, passing } = tls::fault(error);
        let message = format!("no secure connection to the proxy {name}: {what}. {advice}");
        return Error::new(Code::Proxy, message).retryable(passing);
    }
    let what = match error {
        ureq::Error::Protocol(_) => format!("it does not answer as an HTTP proxy does ({})", words(error)),
        // The only other reason: it has closed the connection.
        ureq::Error::ConnectProxyFailed(_) => "it hung up".to_owned(),
        other => words(other),
    };
    Error::new(Code::Proxy, format!("the proxy {name} cannot be used: {what}. {CHECK}"))
        .retryable(!matches!(error, ureq::Error::Protocol(_)))
}

/// The status in a refusal: ureq has it in its words alone.
fn status(error: &ureq::Error) -> Option<u16> {
    let ureq::Error::ConnectProxyFailed(reason) = error else {
        return None;
    };
    let digits = reason.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 3);
    digits?.parse().ok()
}

fn refused(status: u16, proxy: &ProxyUrl, server: &str) -> Error {
    let name = proxy.host_and_port();
    let message = match status {
        407 if proxy.has_password() => format!(
            "the proxy {name} does not accept the user and password that it was given (407). Correct them in the proxy's \
             address, special characters as %XX"
        ),
        407 => format!("the proxy {name} wants a user and password (407). Give them as http://user:password@host:port"),
        500.. => format!(
            "the proxy {name} cannot reach {server} (status {status}). Try again; if it goes on, ask its keeper"
        ),
        _ => format!(
            "the proxy {name} does not let us through to {server} (status {status}). Ask its keeper to allow it. {CHECK}"
        ),
    };
    Error::new(Code::Proxy, message).retryable(status >= 500 || [408, 425, 429].contains(&status))
}
