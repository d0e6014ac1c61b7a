//! What a server can respond, errors included, as a value that a test writes down.

use std::any::Any;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// One reply: made by a constructor and, where something is to go wrong, changed by the methods after it.
#[derive(Clone, Debug)]
pub struct Reply {
    kind: Kind,
    headers: Vec<(String, String)>,
    framing: Framing,
    cut_after: Option<usize>,
    delay: Duration,
    pace: Pace,
    held: Option<Arc<dyn Any + Send + Sync>>,
}

#[derive(Clone, Debug)]
enum Kind {
    Http { status: u16, body: Vec<u8> },
    Raw(Vec<u8>),
    Hang,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    ContentLength,
    ConnectionClose,
    Chunked,
}

/// How fast the bytes go out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    AtOnce,
    Drip(usize, Duration),
}

impl Reply {
    /// Makes a status with a JSON body.
    pub fn json(status: u16, body: impl Into<String>) -> Reply {
        Reply::text(status, "application/json", body)
    }

    /// Makes a status with a body of this type.
    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Reply {
        Reply::empty(status)
            .body(body.into().into_bytes())
            .header("content-type", content_type)
    }

    /// Makes a status without a body.
    pub fn empty(status: u16) -> Reply {
        Reply::new(Kind::Http {
            status,
            body: Vec::new(),
        })
    }

    /// Makes a token response like Spotify's, with this token and lifetime in seconds.
    pub fn token(access_token: &str, expires_in: i64) -> Reply {
        Reply::json(
            200,
            format!(r#"{{"access_token":"{access_token}","token_type":"Bearer","expires_in":{expires_in}}}"#),
        )
    }

    /// Sends these bytes, whatever they are, and closes the connection.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Reply {
        Reply::new(Kind::Raw(bytes.into()))
    }

    /// Reads the request and never responds.
    pub fn hang() -> Reply {
        Reply::new(Kind::Hang)
    }

    /// Reads the request and closes the connection.
    pub fn close() -> Reply {
        Reply::raw(Vec::new())
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Waits this long before sending.
    pub fn after(mut self, delay: Duration) -> Reply {
        self.delay = delay;
        self
    }

    /// Sends pieces of this many bytes, with a pause after each.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Reply {
        self.pace = Pace::Drip(bytes.max(1), pause);
        self
    }

    /// Closes the connection after this many bytes of the body, whatever was announced.
    pub fn cut_after(mut self, bytes: usize) -> Reply {
        self.cut_after = Some(bytes);
        self
    }

    /// Sends no length: the end of the connection is the end of the body.
    pub fn close_delimited(mut self) -> Reply {
        self.framing = Framing::ConnectionClose;
        self
    }

    /// Sends the body in chunks (RFC 9112, section 7.1).
    pub fn chunked(mut self) -> Reply {
        self.framing = Framing::Chunked;
        self
    }

    fn new(kind: Kind) -> Reply {
        Reply {
            kind,
            headers: Vec::new(),
            framing: Framing::ContentLength,
            cut_after: None,
            delay: Duration::ZERO,
            pace: Pace::AtOnce,
            held: None,
        }
    }

    /// Makes an error of an OAuth endpoint (RFC 6749, section 5.2).
    pub(super) fn oauth_error(status: u16, error: &str, description: Option<&str>) -> Reply {
        let body = match description {
            Some(description) => format!(r#"{{"error":"{error}","error_description":"{description}"}}"#),
            None => format!(r#"{{"error":"{error}"}}"#),
        };
        Reply::json(status, body)
    }

    /// Keeps a value until the reply is sent.
    pub(super) fn holding(mut self, value: impl Any + Send + Sync) -> Reply {
        self.held = Some(Arc::new(value));
        self
    }

    /// Drops what was kept.
    pub(super) fn release(&mut self) {
        self.held = None;
    }

    fn body(mut self, content: Vec<u8>) -> Reply {
        if let Kind::Http { body, .. } = &mut self.kind {
            *body = content;
        }
        self
    }

    pub(super) fn status(&self) -> Option<u16> {
        match self.kind {
            Kind::Http { status, .. } => Some(status),
            _ => None,
        }
    }

    pub(super) fn delay(&self) -> Duration {
        self.delay
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    pub(super) fn leaves_connection_usable(&self) -> bool {
        let is_http = matches!(self.kind, Kind::Http { .. });
        is_http && self.cut_after.is_none() && self.framing != Framing::ConnectionClose
    }

    /// Returns what is sent, without the body for a HEAD request; `None` when nothing ever is.
    pub(super) fn bytes(&self, goes_on: bool, is_head: bool) -> Option<Vec<u8>> {
        let (status, body) = match &self.kind {
            Kind::Hang => return None,
            Kind::Raw(bytes) => return Some(bytes.clone()),
            Kind::Http { status, body } => (*status, body),
        };
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        match self.framing {
            // RFC 9110, section 8.6.
            Framing::ContentLength if status == 204 => {}
            Framing::ContentLength => {
                let _ = write!(head, "content-length: {}\r\n", body.len());
            }
            Framing::Chunked => head += "transfer-encoding: chunked\r\n",
            Framing::ConnectionClose => {}
        }
        if !goes_on || !self.leaves_connection_usable() {
            head += "connection: close\r\n";
        }
        head += "\r\n";
        let mut bytes = head.into_bytes();
        if is_head {
            return Some(bytes);
        }
        let framed = if self.framing == Framing::Chunked {
            chunks(body)
        } else {
            body.clone()
        };
        let end = self.cut_after.unwrap_or(framed.len()).min(framed.len());
        bytes.extend_from_slice(&framed[..end]);
        Some(bytes)
    }
}

fn chunks(body: &[u8]) -> Vec<u8> {
    let mut framed = Vec::new();
    for chunk in body.chunks(16) {
        framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
    }
    framed.extend_from_slice(b"0\r\n\r\n");
    framed
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        425 => "Too Early",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
