//! Reading one HTTP/1.1 request, with the `httparse` crate for its head. What it means is not decided here.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// The longest request head, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The longest body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The longest line before a chunk, and the longest trailer, in bytes.
const MAX_CHUNK_LINE: usize = 1024;

/// A request as it arrived. `Debug` hides what may be secret.
#[derive(Clone)]
pub struct Received {
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values as sent, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When the last byte was read.
    pub at: Instant,
    is_http_1_1: bool,
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

    /// The path without its query.
    pub(super) fn endpoint(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    pub(super) fn is_for_web_api(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    pub(super) fn is_for_authorization(&self) -> bool {
        self.endpoint() == "/authorize"
    }

    /// Whether its body is said to be a form.
    pub(super) fn is_form(&self) -> bool {
        let content_type = self.header("content-type").unwrap_or_default();
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// Whether the connection may be used for another request (RFC 9112, section 9.3).
    pub(super) fn keeps_alive(&self) -> bool {
        let options = self.header("connection").unwrap_or_default();
        let has = |wanted: &str| {
            options
                .split(',')
                .any(|option| option.trim().eq_ignore_ascii_case(wanted))
        };
        !has("close") && (self.is_http_1_1 || has("keep-alive"))
    }

    /// The bytes that it occupies, roughly.
    pub(super) fn size(&self) -> usize {
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len() + size_of::<(String, String)>())
            .sum();
        size_of::<Received>() + self.method.len() + self.path.len() + headers + self.body.len()
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Received")
            .field("method", &self.method)
            .field("path", &self.endpoint())
            .field("header names", &names)
            .field("body length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why a request could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The client has gone.
    Gone,
    /// It takes too long.
    TooSlow,
    /// It is not HTTP.
    NotHttp,
    /// Its head is too long.
    HeadTooLong,
    /// Its body is too long.
    BodyTooLong,
}

/// The next request of a connection; `None` at its end.
pub(super) fn read(reader: &mut impl BufRead, responses: &TcpStream) -> Result<Option<Received>, Unreadable> {
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
        is_http_1_1: parsed.version == Some(1),
    };
    let length = body_length(&request)?;
    if request.header("expect").is_some() && length != Length::Known(0) {
        let mut responses = responses;
        responses
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .map_err(|_| Unreadable::Gone)?;
    }
    request.body = match length {
        Length::Known(length) => read_exactly(reader, length)?,
        Length::Chunked => read_chunks(reader)?,
    };
    request.at = Instant::now();
    Ok(Some(request))
}

/// How long a body is.
#[derive(PartialEq, Eq)]
enum Length {
    Known(usize),
    Chunked,
}

/// Says how long the body is (RFC 9112, section 6.3). What could be read in two ways is refused.
fn body_length(request: &Received) -> Result<Length, Unreadable> {
    let values = |name: &str| -> Vec<&str> {
        let named = request
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim()).collect()
    };
    match (&*values("transfer-encoding"), &*values("content-length")) {
        ([], []) => Ok(Length::Known(0)),
        ([coding], []) if coding.eq_ignore_ascii_case("chunked") => Ok(Length::Chunked),
        ([], [length]) if !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) => {
            let length = length.parse().unwrap_or(usize::MAX);
            if length > MAX_BODY {
                return Err(Unreadable::BodyTooLong);
            }
            Ok(Length::Known(length))
        }
        _ => Err(Unreadable::NotHttp),
    }
}

fn read_exactly(reader: &mut impl BufRead, length: usize) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).map_err(|error| unreadable(&error))?;
    Ok(bytes)
}

/// A body in chunks, without the trailers behind it (RFC 9112, section 7.1).
fn read_chunks(reader: &mut impl BufRead) -> Result<Vec<u8>, Unreadable> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader, MAX_CHUNK_LINE)?;
        let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&line) else {
            return Err(Unreadable::NotHttp);
        };
        if size == 0 {
            break;
        }
        let room = MAX_BODY - body.len();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > room {
            return Err(Unreadable::BodyTooLong);
        }
        body.extend(read_exactly(reader, size)?);
        if read_exactly(reader, 2)? != b"\r\n" {
            return Err(Unreadable::NotHttp);
        }
    }
    let mut trailers = 0;
    loop {
        let line = read_line(reader, MAX_CHUNK_LINE)?;
        trailers += line.len();
        if line == b"\r\n" {
            return Ok(body);
        }
        if trailers > MAX_HEAD {
            return Err(Unreadable::NotHttp);
        }
    }
}

/// A line with its newline, and no longer than that.
fn read_line(reader: &mut impl BufRead, most: usize) -> Result<Vec<u8>, Unreadable> {
    let mut line = Vec::new();
    let mut bounded = reader.take(most as u64);
    bounded
        .read_until(b'\n', &mut line)
        .map_err(|error| unreadable(&error))?;
    match line.last() {
        Some(b'\n') => Ok(line),
        _ if line.len() == most => Err(Unreadable::NotHttp),
        _ => Err(Unreadable::Gone),
    }
}

fn unreadable(error: &io::Error) -> Unreadable {
    match error.kind() {
        // The first is what a socket's timeout is called.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Unreadable::TooSlow,
        _ => Unreadable::Gone,
    }
}

/// Everything up to the empty line.
fn read_head(reader: &mut impl BufRead) -> Result<Vec<u8>, Unreadable> {
    let mut head = Vec::new();
    let mut bounded = reader.take(MAX_HEAD as u64 + 1);
    loop {
        let read = bounded
            .read_until(b'\n', &mut head)
            .map_err(|error| unreadable(&error))?;
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
