//! Calls that somebody ends: `spotify_client_cancel` from another thread, or an interrupt for the command.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use spotify_token::ErrorKind::Cancelled;
use spotify_token::stand_in::Reply;

use super::place::Place;
use super::row::{By, Ends, Row, fails};
use super::support::network::BlackHole;
use super::support::proxy::Manner;
use super::support::tls::Flaw;

pub const ABOUT: &str = "Calls that are cancelled: by `spotify_client_cancel` from another thread, or by Ctrl-C, for which the command prints nothing. They end \
immediately.";

fn ended(fault: &'static str, arrange: impl Fn(&mut Place) + Send + Sync + 'static) -> Row {
    let hint = "the call was cancelled";
    fails(fault, Cancelled, hint, arrange)
        .by(By::Interrupted)
        .ends(Ends::WhenEnded)
}

/// A server that accepts, says this and then nothing.
fn stuck(place: &mut Place, scheme: &str, says: &'static [u8]) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let handle = move |mut stream: TcpStream| {
        let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        let _ = std::io::Write::write_all(&mut stream, says);
        seen.fetch_add(1, Ordering::SeqCst);
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    };
    match scheme {
        "http" => place.raw_http(handle),
        _ => place.raw(scheme, handle),
    };
    place.reached = Some(Box::new(move || count.load(Ordering::SeqCst) > 0));
}

pub fn rows() -> Vec<Row> {
    vec![
        ended("while the server does not respond", |place| {
            place.answers([Reply::hang()]);
        })
        .requests(1),
        ended("during the connect", |place| {
            let (hole, port) = BlackHole::new();
            place.keep(hole);
            place.asks_port("https", "127.0.0.1", port);
            // Nobody can see from outside that it has begun.
            let begun = std::time::Instant::now();
            place.reached = Some(Box::new(move || {
                begun.elapsed() > std::time::Duration::from_millis(300)
            }));
        }),
        ended("during the TLS handshake", |place| stuck(place, "https", b"")),
        ended("in the middle of the headers", |place| {
            stuck(place, "http", b"HTTP/1.1 200 OK\r\n")
        })
        .requests(1),
        ended("in the middle of the body", |place| {
            stuck(place, "http", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        })
        .requests(1),
        ended("while a proxy does not respond", |place| {
            place.tls(Flaw::None);
            let proxy = place.proxy(Manner::Hangs);
            place.set("https_proxy", &proxy);
        })
        .proxied(1),
        ended("during a Retry-After", |place| {
            place.answers([Reply::empty(503).header("retry-after", "20")]);
        })
        .requests(1),
        ended("while another process requests the token", |place| {
            super::store::somebody_asks(place);
        }),
    ]
}
