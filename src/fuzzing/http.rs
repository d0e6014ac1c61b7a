//! A response of HTTP/1.1, as it arrives over a connection.

use std::io::{self, Read};

use crate::protocol::response::MAX_BODY;
use crate::transport::message;
use crate::transport::tunnel;

/// Gives a part of the bytes at each read, of a length that the bytes themselves choose.
struct Pieces<'b> {
    bytes: &'b [u8],
    at: usize,
    size: Option<usize>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.at..];
        let chosen = rest.first().map_or(1, |byte| usize::from(*byte) + 1);
        let length = self.size.unwrap_or(chosen).min(buffer.len()).min(rest.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// What is read does not depend on the pieces it arrives in, and has a limit.
pub fn http(data: &[u8]) {
    let read = |size| {
        let mut pieces = Pieces {
            bytes: data,
            at: 0,
            size,
        };
        let response = message::response(&mut pieces);
        response
            .map(|response| {
                (
                    response.status,
                    response.body.to_vec(),
                    response.retry_after,
                    response.date,
                )
            })
            .map_err(|error| format!("{error:?}"))
    };
    let whole = read(Some(usize::MAX));
    if let Ok((status, body, ..)) = &whole {
        assert!((100..1000).contains(status) && body.len() <= MAX_BODY);
    }
    for size in [None, Some(1)] {
        assert_eq!(read(size), whole, "in pieces of {size:?}");
    }
    let challenges: Vec<String> = data
        .split(|byte| *byte == b'\n')
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    for scheme in tunnel::schemes(&challenges) {
        assert!(
            (1..=20).contains(&scheme.len()) && scheme.bytes().all(|byte| byte.is_ascii_graphic()),
            "{scheme}"
        );
    }
}
