//! Heads of answers that are odd, hostile or broken.

use spotify_token::ErrorKind::{BadResponse, Http, Network, ResponseTooLarge};
use spotify_token::stand_in::Reply;

use super::row::{Row, survives};
use super::status::{lasting, once};

pub const ABOUT: &str = "Unusual headers that are accepted, and headers that make the response unreadable.";

const TOKEN: &str = r#"{"access_token":"BQ","token_type":"Bearer"}"#;

/// A 200 with a token and this head.
fn head(lines: &str) -> Reply {
    Reply::raw(format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{TOKEN}"))
}

/// Such a head is let pass.
fn passes(fault: &'static str, reply: Reply) -> Row {
    survives(fault, move |place| {
        place.answers([reply.clone()]);
    })
}

pub fn rows() -> Vec<Row> {
    let length = TOKEN.len();
    let json = || Reply::json(200, TOKEN);
    vec![
        passes("no Content-Type", head(&format!("content-length: {length}"))),
        passes("JSON with a wrong Content-Type", Reply::text(200, "text/html", TOKEN)),
        passes(
            "a Content-Type with another charset",
            Reply::text(200, "application/json; charset=latin1", TOKEN),
        ),
        passes(
            "HTTP/1.0 without a length",
            Reply::raw(format!("HTTP/1.0 200 OK\r\n\r\n{TOKEN}")),
        ),
        passes(
            "no reason phrase",
            Reply::raw(format!("HTTP/1.1 200\r\ncontent-length: {length}\r\n\r\n{TOKEN}")),
        ),
        passes("a cookie", json().header("set-cookie", "a=b; Path=/")),
        passes("an Alt-Svc header", json().header("alt-svc", "h3=\":443\"; ma=2592000")),
        passes(
            "100 unknown headers",
            (0..60).fold(json(), |reply, at| reply.header(&format!("x-{at}"), "y")),
        ),
        passes("a header of 8 KiB", json().header("x", &"y".repeat(8 * 1024))),
        passes(
            "a duplicate Content-Length, equal",
            head(&format!("content-length: {length}\r\ncontent-length: {length}")),
        ),
        passes(
            "non-ASCII characters in a header",
            json().header("x", "\u{e4}\u{f6}\u{fc}"),
        ),
        passes(
            "interim responses with headers before the response",
            Reply::raw(format!(
                "HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n\
                 HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{TOKEN}"
            )),
        ),
        once(
            "endless interim responses",
            ResponseTooLarge,
            "headers",
            Reply::raw("HTTP/1.1 102 Processing\r\n\r\n".repeat(10_000)),
        ),
        once(
            "a switch of protocols that was not requested (101)",
            Http,
            "101",
            Reply::raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"),
        ),
        once(
            "a header of 100 KB",
            ResponseTooLarge,
            "headers",
            json().header("x", &"y".repeat(100_000)),
        ),
        once(
            "500 headers",
            ResponseTooLarge,
            "headers",
            (0..500).fold(json(), |reply, at| reply.header(&format!("x-{at}"), "y")),
        ),
        once(
            "endless headers",
            ResponseTooLarge,
            "headers",
            Reply::raw(format!("HTTP/1.1 200 OK\r\n{}", "x: y\r\n".repeat(100_000))),
        ),
        once(
            "a header without a colon",
            BadResponse,
            "not valid HTTP",
            head("nonsense"),
        ),
        once("a header with a NUL", BadResponse, "not valid HTTP", head("x: y\0z")),
        once(
            "a header with a space in its name",
            BadResponse,
            "not valid HTTP",
            head("x y: z"),
        ),
        once(
            "a header folded over two lines",
            BadResponse,
            "not valid HTTP",
            head("x: y\r\n z"),
        ),
        once(
            "a Content-Length that is not a number",
            BadResponse,
            "not valid HTTP",
            head("content-length: many"),
        ),
        once(
            "a negative Content-Length",
            BadResponse,
            "not valid HTTP",
            head("content-length: -1"),
        ),
        once(
            "a duplicate Content-Length, different",
            BadResponse,
            "not valid HTTP",
            head("content-length: 5\r\ncontent-length: 6"),
        ),
        lasting(
            "a Content-Length larger than the body",
            Network,
            "Try again",
            head("content-length: 1000"),
        ),
        once(
            "a Content-Length smaller than the body",
            BadResponse,
            "not JSON",
            head("content-length: 10"),
        ),
        once("a Content-Length of 0", BadResponse, "empty", head("content-length: 0")),
        once(
            "a compressed body that was not requested",
            BadResponse,
            "not a JSON object",
            {
                // printf '{}' | gzip
                let body = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
                let mut answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 22\r\n\r\n".to_vec();
                answer.extend_from_slice(body);
                Reply::raw(answer)
            },
        ),
        passes("an unknown transfer coding", head("transfer-encoding: rot13")),
    ]
}
