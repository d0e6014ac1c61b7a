//! Heads of answers that are odd, hostile or broken.

use spotify_token::ErrorKind::{BadResponse, Http, Network, ResponseTooLarge};
use spotify_token::stand_in::Reply;

use super::row::{Row, survives};
use super::status::{lasting, once};

pub const ABOUT: &str = "Headers that are odd, and are let pass, and those that make the answer unreadable.";

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
        passes(
            "a wrong Content-Type, and JSON all the same",
            Reply::text(200, "text/html", TOKEN),
        ),
        passes(
            "a Content-Type of another charset",
            Reply::text(200, "application/json; charset=latin1", TOKEN),
        ),
        passes(
            "HTTP/1.0 without a length",
            Reply::raw(format!("HTTP/1.0 200 OK\r\n\r\n{TOKEN}")),
        ),
        passes(
            "no reason after the status",
            Reply::raw(format!("HTTP/1.1 200\r\ncontent-length: {length}\r\n\r\n{TOKEN}")),
        ),
        passes("a cookie", json().header("set-cookie", "a=b; Path=/")),
        passes(
            "an Alt-Svc that leads elsewhere",
            json().header("alt-svc", "h3=\":443\"; ma=2592000"),
        ),
        passes(
            "100 headers that nobody asked for",
            (0..60).fold(json(), |reply, at| reply.header(&format!("x-{at}"), "y")),
        ),
        passes("a header of 8 KiB", json().header("x", &"y".repeat(8 * 1024))),
        passes(
            "the length twice, the same",
            head(&format!("content-length: {length}\r\ncontent-length: {length}")),
        ),
        passes(
            "letters beyond ASCII in a header",
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
            "interim responses without end",
            ResponseTooLarge,
            "headers",
            Reply::raw("HTTP/1.1 102 Processing\r\n\r\n".repeat(10_000)),
        ),
        once(
            "another protocol, which nobody asked for (101)",
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
            "headers without end",
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
        once(
            "a header with a NUL in it",
            BadResponse,
            "not valid HTTP",
            head("x: y\0z"),
        ),
        once(
            "a header with a blank in its name",
            BadResponse,
            "not valid HTTP",
            head("x y: z"),
        ),
        once(
            "a header that goes on in the next line",
            BadResponse,
            "not valid HTTP",
            head("x: y\r\n z"),
        ),
        once(
            "a length that is no number",
            BadResponse,
            "not valid HTTP",
            head("content-length: many"),
        ),
        once(
            "a negative length",
            BadResponse,
            "not valid HTTP",
            head("content-length: -1"),
        ),
        once(
            "the length twice, and different",
            BadResponse,
            "not valid HTTP",
            head("content-length: 5\r\ncontent-length: 6"),
        ),
        lasting(
            "a length longer than the body",
            Network,
            "Try again",
            head("content-length: 1000"),
        ),
        once(
            "a length shorter than the body",
            BadResponse,
            "not JSON",
            head("content-length: 10"),
        ),
        once("a length of 0", BadResponse, "empty", head("content-length: 0")),
        once(
            "compressed, although nobody asked for that",
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
        passes(
            "a transfer coding that nobody knows, and was not used",
            head("transfer-encoding: rot13"),
        ),
    ]
}
