//! One exchange of HTTP/1.1 (RFC 9112) over a connection that is used once: a request is written, and a response is
//! read up to its end. What a response means is not decided here. Everything that passes through is wiped, for it may
//! hold a secret or a token.

use std::io::{self, Read};

use zeroize::Zeroizing;

use super::TransportError;
use crate::protocol::request::Request;
use crate::protocol::response::{MAX_BODY, Response};

/// The largest head that is read, in bytes, those of interim responses included.
const MAX_HEAD: usize = 16 * 1024;
/// The most headers that are read.
const MAX_HEADERS: usize = 128;

/// Renders a request to the server.
pub(super) fn request(request: &Request) -> Zeroizing<Vec<u8>> {
    let (method, form) = match &request.form {
        Some(form) => ("POST", form.expose()),
        None => ("GET", ""),
    };
    let (authorization, end) = match &request.authorization {
        Some(value) => (["Authorization: ", value.expose()], "\r\n"),
        None => (["", ""], ""),
    };
    let (target, host) = (request.url.target(), request.url.host_header());
    let content = match &request.form {
        Some(_) => format!(
            "Content-Type: {}\r\nContent-Length: {}\r\n",
            Request::CONTENT_TYPE,
            form.len()
        ),
        None => String::new(),
    };
    #[rustfmt::skip]
    let parts = [
        method, " ", &target, " HTTP/1.1\r\n",
        "Host: ", &host, "\r\n",
        authorization[0], authorization[1], end,
        "Accept: ", Request::ACCEPT, "\r\n",
        "User-Agent: ", &request.user_agent, "\r\n",
        "Connection: close\r\n",
        &content, "\r\n",
        form,
    ];
    joined(&parts)
}

/// The parts one after the other, in one allocation that never grows: no copy is left behind.
pub(super) fn joined(parts: &[&str]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// What is known of a response once its head was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    date: Option<String>,
    /// The values of `Proxy-Authenticate`.
    pub(super) proxy_authenticate: Vec<String>,
    body: Framing,
}

/// Where a body ends (RFC 9112, section 6.3).
#[derive(Debug, Default, PartialEq, Eq)]
enum Framing {
    #[default]
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

/// Reads a response from the server, head and body.
///
/// # Errors
/// What was lost on the way, is not HTTP, or is too large.
pub(crate) fn response(stream: &mut dyn Read) -> Result<Response, TransportError> {
    let mut input = Input::new(stream);
    let head = input.head()?;
    let body = input.body(&head)?;
    Ok(Response {
        status: head.status,
        content_type: head.content_type,
        retry_after: head.retry_after,
        date: head.date,
        body,
    })
}

/// What arrives, of which a part was not understood yet.
pub(super) struct Input<'s> {
    stream: &'s mut dyn Read,
    buffer: Zeroizing<Vec<u8>>,
    /// Where in the buffer the part begins and ends.
    start: usize,
    end: usize,
}

impl<'s> Input<'s> {
    pub(super) fn new(stream: &'s mut dyn Read) -> Input<'s> {
        Input {
            stream,
            buffer: Zeroizing::new(vec![0; MAX_HEAD]),
            start: 0,
            end: 0,
        }
    }

    /// Returns what has arrived and was not understood yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads on. That fails at the end, and where the buffer is full.
    fn more(&mut self) -> Result<(), TransportError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buffer.len() {
            return Err(TransportError::HeadTooLarge);
        }
        match read(self.stream, &mut self.buffer[self.end..])? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            read => {
                self.end += read;
                Ok(())
            }
        }
    }

    /// Reads the head of the final response, and skips interim ones (RFC 9110, section 15.2).
    pub(super) fn head(&mut self) -> Result<Head, TransportError> {
        let mut length = 0;
        loop {
            let (used, head) = loop {
                match parsed(self.unread())? {
                    Some(found) => break found,
                    None => self.more()?,
                }
            };
            self.start += used;
            length += used;
            if length > MAX_HEAD {
                return Err(TransportError::HeadTooLarge);
            }
            // 101 is final: nobody asked for another protocol.
            if head.status >= 200 || head.status == 101 {
                return Ok(head);
            }
        }
    }

    /// Reads the body, into a buffer that never grows.
    fn body(&mut self, head: &Head) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let too_large = TransportError::BodyTooLarge(head.status);
        match head.body {
            Framing::None => Ok(Zeroizing::default()),
            Framing::Length(length) if length > MAX_BODY => Err(too_large),
            Framing::Length(length) => {
                let mut body = Zeroizing::new(Vec::with_capacity(length));
                self.take(length, &mut body)?;
                Ok(body)
            }
            Framing::Chunked => {
                let mut body = Zeroizing::new(Vec::with_capacity(MAX_BODY));
                while let Some(size) = self.chunk_size()? {
                    if size > (MAX_BODY - body.len()) as u64 {
                        return Err(too_large);
                    }
                    self.take(usize::try_from(size).expect("checked against the limit"), &mut body)?;
                    self.end_of_chunk()?;
                }
                Ok(body)
            }
            Framing::UntilClose => {
                let mut body = Zeroizing::new(Vec::with_capacity(MAX_BODY + self.buffer.len()));
                loop {
                    body.extend_from_slice(self.unread());
                    self.start = self.end;
                    if body.len() > MAX_BODY {
                        return Err(too_large);
                    }
                    match self.more() {
                        // Without TLS's own goodbye too: what is missing of a JSON object shows.
                        Err(TransportError::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                            return Ok(body);
                        }
                        read => read?,
                    }
                }
            }
        }
    }

    /// Moves so many bytes of the body.
    fn take(&mut self, length: usize, body: &mut Vec<u8>) -> Result<(), TransportError> {
        let mut left = length;
        loop {
            let part = self.unread().len().min(left);
            body.extend_from_slice(&self.unread()[..part]);
            self.start += part;
            left -= part;
            if left == 0 {
                return Ok(());
            }
            self.more()?;
        }
    }

    /// The size of the next chunk; `None` for the last one, which is empty. The trailers behind that are nothing to us.
    fn chunk_size(&mut self) -> Result<Option<u64>, TransportError> {
        loop {
            match httparse::parse_chunk_size(self.unread()) {
                Ok(httparse::Status::Complete((used, size))) => {
                    self.start += used;
                    return Ok(Some(size).filter(|size| *size > 0));
                }
                Ok(httparse::Status::Partial) => self.more()?,
                Err(_) => return Err(TransportError::NotHttp("invalid chunk size".to_owned())),
            }
        }
    }

    fn end_of_chunk(&mut self) -> Result<(), TransportError> {
        while self.unread().len() < 2 {
            self.more()?;
        }
        if !self.unread().starts_with(b"\r\n") {
            return Err(TransportError::NotHttp("a chunk is longer than it says".to_owned()));
        }
        self.start += 2;
        Ok(())
    }
}

fn read(stream: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The head that these bytes begin with, and its length; `None` when more is needed.
fn parsed(bytes: &[u8]) -> Result<Option<(usize, Head)>, TransportError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => Ok(Some((length, head_of(&response)?))),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(TransportError::HeadTooLarge),
        Err(error) => Err(TransportError::NotHttp(error.to_string())),
    }
}

fn head_of(response: &httparse::Response<'_, '_>) -> Result<Head, TransportError> {
    let status = response.code.unwrap_or_default();
    if status < 100 {
        return Err(TransportError::NotHttp("invalid status".to_owned()));
    }
    let all = |name: &str| -> Vec<&[u8]> {
        let named = response
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value).collect()
    };
    let first = |name: &str| all(name).first().and_then(|value| text(value));
    // HTTP/1.0 knows no transfer coding.
    let codings = if response.version == Some(1) {
        all("transfer-encoding")
    } else {
        Vec::new()
    };
    let body = if status < 200 || status == 204 || status == 304 {
        Framing::None
    } else if codings
        .last()
        .is_some_and(|value| last_coding(value).eq_ignore_ascii_case(b"chunked"))
    {
        Framing::Chunked
    } else if !codings.is_empty() {
        Framing::UntilClose
    } else {
        length(&all("content-length"))?.map_or(Framing::UntilClose, Framing::Length)
    };
    Ok(Head {
        status,
        content_type: first("content-type"),
        retry_after: first("retry-after"),
        date: first("date"),
        proxy_authenticate: all("proxy-authenticate").into_iter().filter_map(text).collect(),
        body,
    })
}

/// A value that is plain text.
fn text(value: &[u8]) -> Option<String> {
    let is_plain = value.iter().all(|byte| (b' '..0x7f).contains(byte) || *byte == b'\t');
    is_plain.then(|| String::from_utf8_lossy(value).into_owned())
}

fn last_coding(value: &[u8]) -> &[u8] {
    value
        .rsplit(|byte| *byte == b',')
        .next()
        .unwrap_or_default()
        .trim_ascii()
}

/// The length that these headers agree on.
fn length(values: &[&[u8]]) -> Result<Option<usize>, TransportError> {
    let mut agreed = None;
    for value in values.iter().flat_map(|value| value.split(|byte| *byte == b',')) {
        let digits = str::from_utf8(value.trim_ascii()).unwrap_or_default();
        let digits_only = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // One that is too long for a number is too long for us.
        let length = digits.parse().unwrap_or(usize::MAX);
        if !digits_only || agreed.is_some_and(|agreed| agreed != length) {
            return Err(TransportError::NotHttp("invalid Content-Length".to_owned()));
        }
        agreed = Some(length);
    }
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Endpoint;
    use crate::secret::Secret;

    /// Gives so many bytes at once.
    struct Pieces<'b>(&'b [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            self.0.read(&mut buffer[..length])
        }
    }

    /// The same whatever the pieces it comes in: status and body, or what went wrong.
    fn read(bytes: &[u8]) -> Result<(u16, String), String> {
        let in_pieces = |size| {
            let response = response(&mut Pieces(bytes, size));
            let text = |body: Zeroizing<Vec<u8>>| String::from_utf8_lossy(&body).into_owned();
            response
                .map(|response| (response.status, text(response.body)))
                .map_err(|error| format!("{error:?}"))
        };
        let whole = in_pieces(usize::MAX);
        for size in [1, 2, 7, 1000] {
            assert_eq!(in_pieces(size), whole, "in pieces of {size}");
        }
        whole
    }

    #[test]
    fn the_body_ends_where_the_head_says() {
        for (bytes, status, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}", 200, "{}"),
            (
                "HTTP/1.1 200\r\ncontent-length: 2, 2\r\ncontent-length:2\r\n\r\n{}",
                200,
                "{}",
            ),
            ("HTTP/1.1 200 OK\r\n\r\n{}", 200, "{}"),
            ("HTTP/1.0 200 OK\nContent-Length: 2\n\n{}", 200, "{}"),
            (
                "HTTP/1.1 500 \r\nTransfer-Encoding: Chunked\r\ncontent-length: 9\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n",
                500,
                "{}",
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip,\tchunked\r\n\r\n2\r\n{}\r\n0\r\nx: y\r\n\r\n",
                200,
                "{}",
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, rot13\r\ncontent-length: 1\r\n\r\n{}",
                200,
                "{}",
            ),
            (
                "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n{}",
                200,
                "{}",
            ),
            ("HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}", 204, ""),
            ("HTTP/1.1 304 Not Modified\r\n\r\n{}", 304, ""),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n{}", 101, ""),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
                200,
                "{}",
            ),
            (
                "HTTP/1.1 100 Continue\r\na: b\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}",
                200,
                "{}",
            ),
        ] {
            assert_eq!(read(bytes.as_bytes()), Ok((status, body.to_owned())), "{bytes}");
        }
    }

    #[test]
    fn what_is_lost_broken_or_too_large_is_told_apart() {
        let head = "HTTP/1.1 200 OK\r\n";
        let large = "y".repeat(MAX_BODY + 1);
        for (bytes, error) in [
            (String::new(), "UnexpectedEof"),
            ("HTTP/1.1 2".to_owned(), "UnexpectedEof"),
            (format!("{head}content-length: 3\r\n\r\n{{}}"), "UnexpectedEof"),
            (
                format!("{head}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n"),
                "UnexpectedEof",
            ),
            (
                format!("{head}transfer-encoding: chunked\r\n\r\n5\r\n{{}}"),
                "UnexpectedEof",
            ),
            ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), "NotHttp"),
            ("HTTP/1.1 099 Low\r\n\r\n".to_owned(), "NotHttp"),
            (format!("{head}x y: z\r\n\r\n"), "NotHttp"),
            (format!("{head}content-length: -1\r\n\r\n"), "NotHttp"),
            (format!("{head}content-length:\r\n\r\n"), "NotHttp"),
            (format!("{head}content-length: +2\r\n\r\n{{}}"), "NotHttp"),
            (
                format!("{head}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}"),
                "NotHttp",
            ),
            (format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n"), "NotHttp"),
            (
                format!("{head}transfer-encoding: chunked\r\n\r\n1\r\n{{}}\r\n0\r\n\r\n"),
                "NotHttp",
            ),
            (format!("{head}x: {}\r\n\r\n", "y".repeat(MAX_HEAD)), "HeadTooLarge"),
            (
                format!("{head}{}\r\n", "x: y\r\n".repeat(MAX_HEADERS + 1)),
                "HeadTooLarge",
            ),
            ("HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), "HeadTooLarge"),
            (format!("{head}\r\n{large}"), "BodyTooLarge(200)"),
            (format!("{head}content-length: 65537\r\n\r\n"), "BodyTooLarge(200)"),
            (
                format!("{head}content-length: 99999999999999999999999\r\n\r\n"),
                "BodyTooLarge(200)",
            ),
            (
                format!("{head}transfer-encoding: chunked\r\n\r\n10001\r\n{large}\r\n"),
                "BodyTooLarge(200)",
            ),
            (
                format!("{head}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
                "BodyTooLarge(200)",
            ),
        ] {
            let refusal = read(bytes.as_bytes()).expect_err(&bytes);
            assert!(refusal.contains(error), "{refusal} instead of {error}");
        }
    }

    #[test]
    fn a_body_of_64_kib_is_read_however_it_is_framed() {
        let body = "y".repeat(MAX_BODY);
        let read = |framing: &str, body: &str| read(format!("HTTP/1.1 200 OK\r\n{framing}\r\n{body}").as_bytes());
        assert_eq!(read("content-length: 65536\r\n", &body), Ok((200, body.clone())));
        assert_eq!(read("", &body), Ok((200, body.clone())));
        let chunks = format!(
            "8000\r\n{}\r\n8000\r\n{}\r\n0\r\n\r\n",
            &body[..0x8000],
            &body[0x8000..]
        );
        assert_eq!(read("transfer-encoding: chunked\r\n", &chunks), Ok((200, body)));
    }

    #[test]
    fn the_headers_that_matter_are_kept() {
        let bytes =
            b"HTTP/1.1 429 Slow Down\r\nRETRY-AFTER: 7\r\nretry-after: 8\r\ndate: today\r\ncontent-type: \xe4\r\n\
            content-length: 0\r\n\r\n";
        let response = response(&mut &bytes[..]).unwrap();
        assert_eq!(
            (response.retry_after.as_deref(), response.date.as_deref()),
            (Some("7"), Some("today"))
        );
        assert_eq!(response.content_type, None, "it is not text");
    }

    #[test]
    fn a_request_is_rendered_whole() {
        let post = Request {
            url: Endpoint::parse("https://a.example:8443/api/token?x=1").unwrap(),
            authorization: Some(Secret::new("Basic abc")),
            user_agent: "test".to_owned(),
            form: Some(Secret::new("a=b")),
        };
        let rendered = |request: &Request| String::from_utf8(super::request(request).to_vec()).unwrap();
        assert_eq!(
            rendered(&post),
            "POST /api/token?x=1 HTTP/1.1\r\nHost: a.example:8443\r\nAuthorization: Basic abc\r\nAccept: application/json\r\n\
             User-Agent: test\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\
             \r\na=b"
        );
        let get = Request {
            form: None,
            authorization: None,
            ..post
        };
        assert!(!rendered(&get).contains("Authorization"));
        assert!(
            rendered(&get).starts_with("GET /api/token?x=1 HTTP/1.1\r\n") && rendered(&get).ends_with("close\r\n\r\n")
        );
    }
}
