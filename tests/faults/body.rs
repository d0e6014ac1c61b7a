//! How the body arrives: whole, in pieces, cut short, or without end.

use std::time::Duration;

use spotify_token::ErrorKind::{BadResponse, Network, ResponseTooLarge, Timeout};
use spotify_token::stand_in::Reply;

use super::row::{Ends, Row, fails, survives};
use super::status::{lasting, once};

pub const ABOUT: &str = "The transfer of the body. At most 64 KiB are read.";

fn token() -> Reply {
    Reply::token("BQcanary", 3600)
}

/// A 200 in chunks, framed by hand.
fn chunks(body: &str) -> Reply {
    Reply::raw(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}"))
}

/// A token in a JSON object of so many bytes.
fn long(length: usize) -> String {
    let frame = r#"{"access_token":"BQcanary","token_type":"Bearer","x":""}"#;
    frame.replace(r#""x":"""#, &format!(r#""x":"{}""#, "y".repeat(length - frame.len())))
}

pub fn rows() -> Vec<Row> {
    let survived = |fault: &'static str, reply: Reply| {
        survives(fault, move |place| {
            place.answers([reply.clone()]);
        })
    };
    vec![
        lasting("the body ends too early", Network, "Try again", token().cut_after(20)),
        lasting("the body is missing", Network, "Try again", token().cut_after(0)),
        lasting(
            "the body ends too early, between chunks",
            Network,
            "Try again",
            token().chunked().cut_after(22),
        ),
        lasting(
            "the body ends too early, in a chunk",
            Network,
            "Try again",
            token().chunked().cut_after(10),
        ),
        lasting("the last chunk is missing", Network, "Try again", chunks("2\r\n{}\r\n")),
        once(
            "the body ends too early, with the connection",
            BadResponse,
            "not JSON",
            token().close_delimited().cut_after(20),
        ),
        once(
            "a chunk size that is not a number",
            BadResponse,
            "chunk",
            chunks("zz\r\n{}\r\n0\r\n\r\n"),
        ),
        once(
            "a chunk longer than its size",
            BadResponse,
            "chunk",
            chunks("1\r\n{}\r\n0\r\n\r\n"),
        ),
        fails("the body stops in the middle", Timeout, "waiting for", |place| {
            place.raw_http(|mut stream| {
                let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
                let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            });
            place.impatient();
        })
        .requests(4)
        .ends(Ends::AfterAttempts),
        once(
            "the body is one byte over 64 KiB",
            ResponseTooLarge,
            "64 KiB",
            Reply::json(200, long(65_537)),
        ),
        once(
            "the body is over 64 KiB, in chunks",
            ResponseTooLarge,
            "64 KiB",
            Reply::json(200, long(65_537)).chunked(),
        ),
        once("the Content-Length is one gigabyte", ResponseTooLarge, "64 KiB", {
            Reply::raw(format!(
                "HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n{}",
                long(100_000)
            ))
        }),
        once("the body is empty", BadResponse, "empty", Reply::json(200, "")),
        once(
            "the body consists of spaces",
            BadResponse,
            "empty",
            Reply::json(200, " \r\n "),
        ),
        once(
            "the token has expired on arrival",
            BadResponse,
            "expired on arrival",
            Reply::token("BQcanary", 1).after(Duration::from_millis(1100)),
        )
        .ends(Ends::AfterItsWish),
        survived("the body is exactly 64 KiB", Reply::json(200, long(65_536))),
        survived("the body arrives in chunks", token().chunked()),
        survived("the body ends with the connection", token().close_delimited()),
        survived(
            "the body has spaces around it",
            Reply::json(200, "\r\n {\"access_token\":\"BQ\",\"token_type\":\"Bearer\"} \n"),
        ),
        survived("the body arrives in pieces", token().drip(30, Duration::from_millis(5))),
        survived("the chunks have extensions and trailers", {
            let body = r#"{"access_token":"BQ","token_type":"Bearer"}"#;
            chunks(&format!("{:x};a=b\r\n{body}\r\n0\r\nx: y\r\n\r\n", body.len()))
        }),
        survives("the body ends too early, once", |place| {
            place.answers([token().cut_after(20), token()]);
        })
        .requests(2)
        .ends(Ends::AfterRetries),
    ]
}
