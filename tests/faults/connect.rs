//! Connections that do not come about, or end before anything is said.

use std::io::Read;
use std::net::TcpStream;

use spotify_token::ErrorKind::{Connect, Network, Timeout};

use super::place::{NOBODYS_PORT, Place};
use super::row::{Ends, Row, fails, survives};
use super::support::network::BlackHole;

pub const ABOUT: &str = "Connections that fail, and connections that end before the request was read.";

/// A port that never answers.
fn deaf_port(place: &mut Place) -> u16 {
    let (hole, port) = BlackHole::new();
    place.keep(hole);
    port
}

pub fn rows() -> Vec<Row> {
    vec![
        fails("nobody listens there", Connect, "connection refused", |place| {
            place.asks_port("http", "127.0.0.1", NOBODYS_PORT);
        })
        .ends(Ends::AfterRetries),
        fails(
            "nobody listens there, and it is https",
            Connect,
            "connection refused",
            |place| {
                place.asks_port("https", "localhost", NOBODYS_PORT);
            },
        )
        .ends(Ends::AfterRetries),
        fails("a firewall drops all packets", Timeout, "connecting to", |place| {
            let port = deaf_port(place);
            place.impatient().asks_port("https", "127.0.0.1", port);
        })
        .ends(Ends::AfterAttempts),
        fails(
            "a firewall drops all packets, and the call has less time than an attempt",
            Timeout,
            "timeout_ms",
            |place| {
                let port = deaf_port(place);
                place.hurried().asks_port("https", "127.0.0.1", port);
            },
        )
        .ends(Ends::WithTheCall),
        fails(
            "the server closes the connection immediately",
            Network,
            "Try again",
            |place| {
                place.raw("http", drop);
            },
        )
        .ends(Ends::AfterRetries),
        fails("the server resets the connection", Network, "Try again", |place| {
            place.raw_http(|mut stream| {
                // What is left unread makes the end a reset.
                let _ = stream.read(&mut [0; 10]);
            });
        })
        .requests(4)
        .ends(Ends::AfterRetries),
        fails(
            "the server accepts the connection and does not respond",
            Timeout,
            "waiting for",
            |place| {
                place.impatient().raw_http(|stream| {
                    let _ = std::io::copy(&mut &stream, &mut std::io::sink());
                });
            },
        )
        .requests(4)
        .ends(Ends::AfterAttempts),
        survives("nobody listens at the first attempt; the second succeeds", |place| {
            place.spotify();
            let server = place.address();
            let first = std::sync::atomic::AtomicBool::new(true);
            let port = super::support::tls::serve(move |mut stream| {
                if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                let mut behind = TcpStream::connect(server).unwrap();
                let mut back = (behind.try_clone().unwrap(), stream.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut back.0, &mut back.1));
                let _ = std::io::copy(&mut stream, &mut behind);
            });
            place.asks_port("http", "127.0.0.1", port);
        })
        .ends(Ends::AfterRetries),
    ]
}
