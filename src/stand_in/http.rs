//! Reading one HTTP/1.1 request, with the `httparse` crate for its head. What it means is not decided here.

use std::fmt;
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// The longest request head, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The longest body, in bytes.
const MAX_BODY: u64 = 64 * 1024;

/// A request as it arrived. `Debug` hides what may be secret.
#[derive(Clone)]
pub struct Received {
    /// `POST`, for one.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values as sent, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When the last byte was read.
    pub at: Instant,
}

impl Received {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self
            .headers
            .iter()
            .filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn is_for_web_api(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    pub(super) fn keeps_alive(&self) -> bool {
        !self
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Received")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("header names", &names)
            .field("body length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why a request could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The other side has gone.
    Gone,
    /// It is not HTTP.
    NotHttp,
    /// Its head is too long.
    HeadTooLong,
    /// Its body is too long.
    BodyTooLong,
}

/// The next request of a connection; `None` at its end.
pub(super) fn read(reader: &mut impl BufRead, answers: &TcpStream) -> Result<Option<Received>, Unreadable> {
    let head = read_head(reader)?;
    if head.is_empty() {
        return Ok(None);
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(&head) {
        Ok(httparse::Status::Complete(_)) => {}
        _ => return Err(Unreadable::NotHttp),
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut request = Received {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), text(header.value)))
            .collect(),
        body: Vec::new(),
        at: Instant::now(),
    };
    let length: u64 = match request.header("content-length") {
        None => 0,
        Some(length) => length.trim().parse().map_err(|_| Unreadable::NotHttp)?,
    };
    if length > MAX_BODY {
        return Err(Unreadable::BodyTooLong);
    }
    if request.header("expect").is_some() {
        let mut answers = answers;
        answers
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .map_err(|_| Unreadable::Gone)?;
    }
    let read = reader
        .take(length)
        .read_to_end(&mut request.body)
        .map_err(|_| Unreadable::Gone)?;
    if read as u64 != length {
        return Err(Unreadable::Gone);
    }
    request.at = Instant::now();
    Ok(Some(request))
}

/// Everything up to the empty line.
fn read_head(reader: &mut impl BufRead) -> Result<Vec<u8>, Unreadable> {
    let mut head = Vec::new();
    let mut bounded = reader.take(MAX_HEAD as u64 + 1);
    loop {
        let read = bounded.read_until(b'\n', &mut head).map_err(|_| Unreadable::Gone)?;
        if head.len() > MAX_HEAD {
            return Err(Unreadable::HeadTooLong);
        }
        if read == 0 {
            return if head.is_empty() {
                Ok(head)
            } else {
                Err(Unreadable::Gone)
            };
        }
        if head.ends_with(b"\r\n\r\n") || head.ends_with(b"\n\n") {
            return Ok(head);
        }
    }
}
