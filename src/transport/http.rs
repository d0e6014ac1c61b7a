//! The one place that drives ureq. Its defaults that do not suit a secret are all decided here: no redirects, no idle
//! connections, no proxy variables of its own, no error that swallows a body, a limit on time and on size.

use std::io::Read;
use std::sync::{Arc, Once};
use std::time::Duration;

use bytes::Bytes;
use rustls::RootCertStore;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, NextTimeout, SocksConnector, TcpConnector};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::tls::TlsConnector;
use super::trace::{Hop, Marker, Progress, Stage, Trace, hop_of};
use super::wiping::WipingConnector;
use super::{Exchange, Transport, dns, failure, proxy, roots, tls};
use crate::cancel::Cancel;
use crate::config::endpoint::{host_of, port_of};
use crate::config::environment::Environment;
use crate::config::{ProxyUrl, Settings};
use crate::error::Error;
use crate::protocol::request::Request;
use crate::protocol::response::{MAX_BODY, Response};
use crate::secret::Secret;

/// ureq fills its buffers with zeros, one pair for the connection and one for TLS, so they are as small as will do: an answer's
/// headers have to fit into half of the first, and a request takes less than the second.
const INPUT_BUFFER: usize = 32 * 1024;
const OUTPUT_BUFFER: usize = 4 * 1024;

/// HTTP/1.1, over TLS where the address says so.
pub struct HttpTransport {
    settings: Arc<Settings>,
    environment: Arc<Environment>,
}

impl HttpTransport {
    /// Reads the proxy and the trust from these settings and this environment, at each request anew.
    pub fn new(settings: Arc<Settings>, environment: Arc<Environment>) -> HttpTransport {
        HttpTransport { settings, environment }
    }

    fn exchange(
        &self,
        request: &Request,
        allowed: Duration,
        cancel: &Cancel,
        progress: &Progress,
    ) -> Result<Response, Error> {
        let proxy = proxy::proxy_for(&request.url, &self.settings.proxy, &self.environment)?;
        let roots = if needs_trust(request, proxy.as_ref()) {
            let found = roots::roots(self.settings.ca_file.as_deref(), &self.environment)?;
            progress.trace().authorities = Some(found.description);
            found.roots
        } else {
            RootCertStore::empty()
        };
        progress.trace().proxy = proxy.as_ref().map(|proxy| proxy.host_and_port().to_owned());
        let explain = |error: ureq::Error| failure::explain(&error, &request.url, proxy.as_ref(), progress.reached());
        let agent = agent(request, proxy.as_ref(), roots, allowed, progress).map_err(explain)?;
        let handle = agent.clone();
        cancel.on_cancel(move || handle.shutdown());
        let (parts, body) = run(&agent, request).map_err(explain)?.into_parts();
        Ok(Response {
            status: parts.status.as_u16(),
            content_type: text_of(&parts.headers, header::CONTENT_TYPE),
            retry_after: text_of(&parts.headers, header::RETRY_AFTER),
            date: text_of(&parts.headers, header::DATE),
            body: read_body(body, parts.status.as_u16()).map_err(|fault| match fault {
                BodyFault::TooLarge(error) => error,
                BodyFault::Lost(error) => explain(error),
            })?,
        })
    }

    /// [`send`](Transport::send), and the way that the attempt took.
    pub fn send_traced(&self, request: &Request, allowed: Duration, cancel: &Cancel) -> (Exchange, Trace) {
        let progress = Progress::new();
        let result = self.exchange(request, allowed, cancel, &progress);
        let trace = progress.trace().clone();
        let request_sent = result.is_ok() || trace.reached() == (Hop::Server, Stage::Exchange);
        (Exchange { request_sent, result }, trace)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request, allowed: Duration, cancel: &Cancel) -> Exchange {
        self.send_traced(request, allowed, cancel).0
    }
}

/// Does once what ureq does once per process, at its first request: a child of `fork()` would wait for ever for a thread
/// of its parent that was in the middle of it. No I/O: this request ends before its first lookup.
pub fn warm_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let agent = Agent::with_parts(ureq::config::Config::default(), TcpConnector::default(), Nowhere);
        let _ = agent.get("http://localhost/").call();
    });
}

/// Finds nothing, at once.
#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(
        &self,
        _uri: &Uri,
        _config: &ureq::config::Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Err(ureq::Error::HostNotFound)
    }
}

fn needs_trust(request: &Request, proxy: Option<&ProxyUrl>) -> bool {
    request.url.is_tls() || proxy.is_some_and(|proxy| proxy.expose().starts_with("https:"))
}

/// An agent for one request: it keeps no connection, so nothing is shared with a forked child.
fn agent(
    request: &Request,
    proxy: Option<&ProxyUrl>,
    roots: RootCertStore,
    allowed: Duration,
    progress: &Progress,
) -> Result<Agent, ureq::Error> {
    let proxy = proxy.map(|proxy| ureq::Proxy::new(proxy.expose())).transpose()?;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .max_idle_connections_per_host(0)
        .timeout_global(Some(allowed))
        .proxy(proxy)
        .user_agent(&request.user_agent)
        .accept_encoding("")
        .input_buffer_size(INPUT_BUFFER)
        .output_buffer_size(OUTPUT_BUFFER)
        .max_response_header_size(INPUT_BUFFER / 2)
        .build();
    let server = (request.url.host().to_owned(), request.url.port());
    let marker = |stage| Marker {
        stage,
        progress: progress.clone(),
        server: server.clone(),
    };
    let connector =
        ().chain(marker(Stage::Connect))
            .chain(SocksConnector::default())
            .chain(ConnectProxyConnector::default())
            .chain(marker(Stage::Connect))
            .chain(TcpConnector::default())
            .chain(marker(Stage::Tls))
            .chain(TlsConnector(tls::trusting(roots)))
            .chain(marker(Stage::Exchange))
            .chain(WipingConnector);
    let resolver = Names {
        progress: progress.clone(),
        server: server.clone(),
    };
    Ok(Agent::with_parts(config, connector, resolver))
}

/// The request in the HTTP library's terms, up to its body.
fn head_of(request: &Request) -> Result<ureq::http::request::Builder, ureq::http::Error> {
    let mut authorization = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiped(request.authorization.clone())))?;
    authorization.set_sensitive(true);
    Ok(ureq::http::Request::builder()
        .uri(request.url.uri())
        .header(header::AUTHORIZATION, authorization)
        .header(header::ACCEPT, Request::ACCEPT)
        .header(header::CONNECTION, "close"))
}

fn run(agent: &Agent, request: &Request) -> Result<ureq::http::Response<Body>, ureq::Error> {
    let head = head_of(request)?;
    match request.form {
        None => agent.run(head.method("GET").body(())?),
        Some(form) => {
            let head = head.method("POST").header(header::CONTENT_TYPE, Request::CONTENT_TYPE);
            agent.run(head.body(form)?)
        }
    }
}

/// A header that is wiped when the last of those who send it lets it go.
struct Wiped(Secret);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

enum BodyFault {
    TooLarge(Error),
    Lost(ureq::Error),
}

/// The whole body, into a buffer that never grows: no copy of a token is left behind.
fn read_body(body: Body, status: u16) -> Result<Zeroizing<Vec<u8>>, BodyFault> {
    let announced = body.content_length().and_then(|length| usize::try_from(length).ok());
    let room = announced.map_or(MAX_BODY, |length| length.min(MAX_BODY)) + 1;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    body.into_reader()
        .take(MAX_BODY as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|error| BodyFault::Lost(error.into()))?;
    if content.len() > MAX_BODY {
        return Err(BodyFault::TooLarge(failure::too_large(status)));
    }
    Ok(content)
}

/// ureq's own resolver starts threads that nobody joins; ours does not (see `lookup`).
#[derive(Debug)]
struct Names {
    progress: Progress,
    server: (String, u16),
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        self.progress.note(hop_of(uri, &self.server), Stage::Lookup);
        let found = dns::addresses(host_of(uri), port_of(uri), *timeout.after).map_err(|failure| match failure {
            dns::Failure::TimedOut => ureq::Error::Timeout(timeout.reason),
            dns::Failure::Unknown(words) => ureq::Error::Other(words.into()),
        })?;
        self.progress.trace().addresses.clone_from(&found);
        let mut addresses = self.empty();
        for address in found.into_iter().take(16) {
            addresses.push(address);
        }
        if addresses.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(addresses)
    }
}
