//! One request over one connection: no redirects, no idle connections, nothing that outlives it, and one limit on its
//! time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use super::deadline::Deadline;
use super::progress::Progress;
use super::tls::Stream;
use super::trace::{Hop, Stage};
use super::{Exchange, Transport, TransportError, connect, dns, failure, message, proxy, roots, tls, tunnel};
use crate::cancel::Cancel;
use crate::config::environment::Environment;
use crate::config::proxy_url::ProxyScheme;
use crate::config::{ProxyUrl, Settings};
use crate::error::Error;
use crate::protocol::request::Request;
use crate::protocol::response::Response;

/// HTTP/1.1, over TLS where the URL says so.
pub struct HttpTransport {
    settings: Arc<Settings>,
    environment: Arc<Environment>,
}

impl HttpTransport {
    /// Makes a transport that reads proxy and CA certificates from these settings and this environment, at each request
    /// anew.
    pub fn new(settings: Arc<Settings>, environment: Arc<Environment>) -> HttpTransport {
        HttpTransport { settings, environment }
    }

    fn exchange(
        &self,
        request: &Request,
        end: Instant,
        cancel: &Cancel,
        progress: &Progress,
    ) -> Result<Response, Error> {
        let proxy = proxy::proxy_for(&request.url, &self.settings.proxy, &self.environment)?;
        let speaks_tls =
            request.url.is_tls() || proxy.as_ref().is_some_and(|proxy| proxy.scheme() == ProxyScheme::Https);
        let trusted = speaks_tls.then(|| roots::roots(self.settings.ca_file.as_deref(), &self.environment));
        let trusted = trusted.transpose()?;
        progress.describe(|trace| {
            trace.proxy = proxy.as_ref().map(ProxyUrl::host_and_port);
            trace.roots = trusted.as_ref().map(|trusted| trusted.description.clone());
        });
        let attempt = Attempt {
            request,
            proxy: proxy.as_ref(),
            tls: trusted.map(|trusted| tls::client_config(trusted.roots)),
            end,
            cancel,
            progress,
        };
        let result = attempt.run();
        result.map_err(|error| failure::explain(error, &progress.trace(), proxy.as_ref()))
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request, allowed: Duration, cancel: &Cancel, progress: &Progress) -> Exchange {
        let end = Instant::now() + allowed;
        progress.begin(&request.url);
        let result = self.exchange(request, end, cancel, progress);
        let request_sent = result.is_ok() || progress.trace().reached() == (Hop::Server, Stage::Exchange);
        Exchange { request_sent, result }
    }
}

/// One request on its way.
struct Attempt<'a> {
    request: &'a Request,
    proxy: Option<&'a ProxyUrl>,
    /// How to speak TLS, where it is spoken.
    tls: Option<Arc<ClientConfig>>,
    end: Instant,
    cancel: &'a Cancel,
    progress: &'a Progress,
}

impl Attempt<'_> {
    fn run(&self) -> Result<Response, TransportError> {
        let server = &self.request.url;
        let mut stream = match self.proxy {
            None => self.connect(Hop::Server, server.host(), server.port())?,
            Some(proxy) => self.through(proxy)?,
        };
        if server.is_tls() {
            stream = self.secure(Hop::Server, stream, server.host())?;
        }
        self.progress.note(Hop::Server, Stage::Exchange);
        stream.write_all(&message::request(self.request))?;
        stream.flush()?;
        message::response(&mut stream)
    }

    fn through(&self, proxy: &ProxyUrl) -> Result<Box<dyn Stream>, TransportError> {
        let server = &self.request.url;
        let looked_up = if proxy.scheme().needs_lookup() {
            self.look_up(Hop::Server, server.host(), server.port())?
        } else {
            Vec::new()
        };
        let mut stream = self.connect(Hop::Proxy, proxy.host(), proxy.port())?;
        if proxy.scheme() == ProxyScheme::Https {
            stream = self.secure(Hop::Proxy, stream, proxy.host())?;
        }
        self.progress.note(Hop::Proxy, Stage::Exchange);
        tunnel::open(stream, proxy, server, &looked_up, &self.request.user_agent)
    }

    fn look_up(&self, hop: Hop, host: &str, port: u16) -> Result<Vec<SocketAddr>, TransportError> {
        self.progress.note(hop, Stage::Lookup);
        let found = dns::addresses(host, port, self.end, self.cancel)?;
        self.progress.describe(|trace| trace.addresses.clone_from(&found));
        Ok(found)
    }

    fn connect(&self, hop: Hop, host: &str, port: u16) -> Result<Box<dyn Stream>, TransportError> {
        let addresses = self.look_up(hop, host, port)?;
        self.progress.note(hop, Stage::Connect);
        let deadline = Deadline::new(self.end, Some(self.cancel))?;
        Ok(Box::new(connect::connect(&addresses, deadline)?))
    }

    fn secure(&self, hop: Hop, stream: Box<dyn Stream>, host: &str) -> Result<Box<dyn Stream>, TransportError> {
        self.progress.note(hop, Stage::Tls);
        let config = self.tls.clone().expect("there wherever TLS is spoken");
        Ok(tls::secure(stream, host, config)?)
    }
}
