//! What Spotify's token endpoint answers, case by case, as people have reported it. The texts may change: no program
//! should depend on an `error_description`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::http::{Received, Unreadable};
use super::reply::Reply;
use super::server::{Behaviour, lock};
use super::web_api::{self, Issued};
use crate::random;

/// Receives a line for each request. No line contains a secret or a token.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// The one app that the service knows, and how it behaves.
#[derive(Clone)]
pub struct Accounts {
    /// Port on 127.0.0.1; 0 lets the kernel choose.
    pub port: u16,
    /// The app's id.
    pub client_id: String,
    /// The app's secret, a value for tests.
    pub client_secret: String,
    /// Lifetime of a token in seconds.
    pub expires_in: i64,
    /// Errors to respond with.
    pub fail: Option<Failing>,
    /// How long to wait before each response.
    pub delay: Duration,
    /// Whether the app's owner has Premium. Without it the Web API responds with 403.
    pub premium: bool,
    /// Receives a line for each request.
    pub log: Option<Log>,
}

impl Accounts {
    /// The client id, unless another is set.
    pub const CLIENT_ID: &'static str = "5f3759df5f3759df5f3759df5f3759df";
    /// The client secret, unless another is set.
    pub const CLIENT_SECRET: &'static str = "0ddba11c0ffee0ddba11c0ffee0ddba1";
}

impl Default for Accounts {
    fn default() -> Accounts {
        Accounts {
            port: 0,
            client_id: Accounts::CLIENT_ID.to_owned(),
            client_secret: Accounts::CLIENT_SECRET.to_owned(),
            expires_in: 3600,
            fail: None,
            delay: Duration::ZERO,
            premium: true,
            log: None,
        }
    }
}

/// An error to respond with, a number of times or always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The status, 200 excepted.
    pub status: u16,
    /// How many requests fail; `None`: all.
    pub count: Option<u32>,
}

impl std::str::FromStr for Failing {
    type Err = String;

    /// `503`, or `503:2`.
    fn from_str(text: &str) -> Result<Failing, String> {
        let expected = || "expected STATUS or STATUS:COUNT, such as 503:2".to_owned();
        let (status, count) = match text.split_once(':') {
            Some((status, count)) => (status, Some(count.parse().map_err(|_| expected())?)),
            None => (text, None),
        };
        let status = status
            .parse()
            .ok()
            .filter(|status| (201..=599).contains(status))
            .ok_or_else(expected)?;
        Ok(Failing { status, count })
    }
}

/// The tokens that the Web API knows; older ones are forgotten.
const MAX_ISSUED: usize = 10_000;

/// The service, with the tokens it has issued.
pub(super) struct Spotify {
    accounts: Accounts,
    failed: AtomicU32,
    counter: AtomicU64,
    issued: Mutex<VecDeque<Issued>>,
}

impl Spotify {
    pub(super) fn new(accounts: Accounts) -> Spotify {
        Spotify {
            accounts,
            failed: AtomicU32::new(0),
            counter: AtomicU64::new(1),
            issued: Mutex::default(),
        }
    }

    fn answer(&self, request: &Received) -> Reply {
        let path = request.path.split('?').next().unwrap_or_default();
        if path != "/api/token" {
            return oauth(404, "server_error", Some("Unexpected status: 404"));
        }
        if let Some(failure) = self.failure() {
            return failure;
        }
        if request.method != "POST" {
            return oauth(405, "server_error", Some("Unexpected status: 405"));
        }
        let content_type = request.header("content-type").unwrap_or_default();
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return oauth(415, "server_error", Some("Unexpected status: 415"));
        }
        match form_value(&request.body, "grant_type").as_deref() {
            None => oauth(400, "unsupported_grant_type", Some("grant_type parameter is missing")),
            Some("client_credentials") => self.token_response(request),
            Some(_) => oauth(
                400,
                "unsupported_grant_type",
                Some("grant_type must be client_credentials, authorization_code or refresh_token"),
            ),
        }
    }

    fn token_response(&self, request: &Received) -> Reply {
        match Presented::in_request(request) {
            Presented {
                id: Some(id),
                secret: Some(secret),
            } => {
                if id != self.accounts.client_id {
                    oauth(400, "invalid_client", Some("Invalid client"))
                } else if secret != self.accounts.client_secret {
                    oauth(400, "invalid_client", Some("Invalid client secret"))
                } else {
                    self.issue()
                }
            }
            _ => oauth(400, "invalid_client", None),
        }
    }

    fn issue(&self) -> Reply {
        let access_token = self.new_token();
        let lifetime = Duration::from_secs(self.accounts.expires_in.unsigned_abs());
        let now = Instant::now();
        let end = now.checked_add(lifetime).unwrap_or(now + Duration::from_secs(1 << 30));
        let reply = Reply::token(&access_token, self.accounts.expires_in);
        let mut issued = lock(&self.issued);
        if issued.len() == MAX_ISSUED {
            issued.pop_front();
        }
        issued.push_back(Issued { access_token, end });
        reply
    }

    /// A token like Spotify's: `BQ`, then characters of base64url. The number makes it unique.
    fn new_token(&self) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let number = self.counter.fetch_add(1, Ordering::SeqCst);
        let letter = |byte: u8| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]);
        let noise: String = random::bytes::<110>().into_iter().map(letter).collect();
        format!("BQ{noise}-{number:08}")
    }

    fn failure(&self) -> Option<Reply> {
        let failing = self.accounts.fail?;
        let failed = self.failed.fetch_add(1, Ordering::SeqCst);
        if failing.count.is_some_and(|count| failed >= count) {
            return None;
        }
        Some(match failing.status {
            status @ (400 | 401) => oauth(status, "invalid_client", Some("Invalid client")),
            429 => Reply::json(429, r#"{"error":{"status":429,"message":"API rate limit exceeded"}}"#)
                .header("retry-after", "1"),
            502 => Reply::empty(502),
            503 => Reply::text(
                503,
                "text/plain",
                "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
            ),
            status @ 300..=399 => Reply::empty(status).header("location", "/elsewhere"),
            status @ 402..=499 => oauth(status, "server_error", Some(&format!("Unexpected status: {status}"))),
            status => Reply::empty(status),
        })
    }

    fn log(&self, request: Option<&Received>, reply: &Reply) {
        let Some(log) = &self.accounts.log else { return };
        let status = reply.status().unwrap_or(0);
        let line = match request {
            None => format!("unreadable request: {status}"),
            Some(request) => {
                let id = match Presented::in_request(request).id {
                    None if request.header("authorization").is_some() => "unreadable",
                    None => "none",
                    Some(id) if id == self.accounts.client_id => "known",
                    Some(_) => "unknown",
                };
                let path = request.path.split('?').next().unwrap_or_default();
                format!("{} {} {status} client_id={id}", request.method, path.escape_debug())
            }
        };
        log(&line);
    }
}

impl Behaviour for Spotify {
    fn reply(&self, request: Result<&Received, Unreadable>) -> Reply {
        let reply = match request {
            Err(Unreadable::HeadTooLong) => Reply::empty(431),
            Err(Unreadable::BodyTooLong) => Reply::empty(413),
            Err(Unreadable::TooSlow) => Reply::empty(408),
            Err(_) => Reply::empty(400),
            Ok(request) if request.is_for_web_api() => {
                web_api::answer(request, &lock(&self.issued), self.accounts.premium)
            }
            Ok(request) => self.answer(request),
        };
        self.log(request.ok(), &reply);
        reply
            .header("cache-control", "no-store")
            .header("pragma", "no-cache")
            .header("server", "envoy")
            .header("via", "HTTP/2 edgeproxy, 1.1 google")
            .header("date", &httpdate::fmt_http_date(std::time::SystemTime::now()))
            .after(self.accounts.delay)
    }
}

fn oauth(status: u16, error: &str, description: Option<&str>) -> Reply {
    let body = match description {
        Some(description) => format!(r#"{{"error":"{error}","error_description":"{description}"}}"#),
        None => format!(r#"{{"error":"{error}"}}"#),
    };
    Reply::json(status, body)
}

/// The first value of this name in a form.
fn form_value(body: &[u8], wanted: &str) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(name, _)| *name == wanted)
        .and_then(|(_, value)| form_decoded(value))
}

/// The id and secret that a request has: in its Basic header or else, as RFC 6749 allows, in its form (section 2.3.1).
struct Presented {
    id: Option<String>,
    secret: Option<String>,
}

impl Presented {
    fn in_request(request: &Received) -> Presented {
        if let Some(header) = request.header("authorization") {
            let (id, secret) = basic(header).unzip();
            return Presented { id, secret };
        }
        Presented {
            id: form_value(&request.body, "client_id"),
            secret: form_value(&request.body, "client_secret"),
        }
    }
}

/// Id and secret of a Basic header (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

fn form_decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}
