//! The name of the server, looked up for real: on a machine of its own with a name server that does as told, and in the
//! resolver of this one where it needs nobody's answer.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use spotify_token::ErrorKind::{Connect, Dns, Timeout};

use super::place::{NOBODYS_PORT, Place};
use super::row::{By, Ends, Row, fails, survives};
use super::support::NOWHERE;
use super::support::network::{self, BlackHole, RIGHTS, TOOLS};
use super::support::tls::Flaw;

pub const ABOUT: &str = "The lookup of the server's name.";

/// A machine whose name server does this; `none` has no network at all.
fn name_server(place: &mut Place, manner: &str) {
    place.credentials();
    place.wrapped_in = Some(network::name_server(manner));
}

/// Spotify, as this name server knows it.
fn asked(fault: &'static str, code: spotify_token::ErrorKind, hint: &'static str, manner: &'static str) -> Row {
    fails(fault, code, hint, move |place| name_server(place, manner))
        .by(By::Command)
        .needs(TOOLS)
        .rights(RIGHTS)
        .ends(Ends::AfterRetries)
}

fn impatient(row: Row) -> Row {
    let impatient = |place: &mut Place| {
        place.impatient();
    };
    row.and(impatient).ends(Ends::AfterAttempts)
}

/// Spotify behind a name whose first addresses never answer.
fn behind_black_holes(place: &mut Place) {
    const HOST: &str = "accounts.wild.example";
    let server = place.tls(Flaw::Wildcard);
    let (port, holes) = loop {
        let live = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 4), 0)).unwrap();
        let port = live.local_addr().unwrap().port();
        // The same port at other addresses: another program may have it.
        let listen = |last| TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), port));
        let listeners: io::Result<Vec<_>> = (1..4).map(listen).collect();
        let Ok(listeners) = listeners else { continue };
        let holes: Vec<_> = listeners.into_iter().map(BlackHole::of).collect();
        thread::spawn(move || {
            for stream in live.incoming().flatten() {
                let behind = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let (mut up, mut from) = (behind.try_clone().unwrap(), stream.try_clone().unwrap());
                thread::spawn(move || io::copy(&mut from, &mut up));
                thread::spawn(move || io::copy(&mut &behind, &mut &stream));
            }
        });
        break (port, holes);
    };
    place.keep(holes);
    place
        .asks_port("https", HOST, port)
        .set("SPOTIFY_ATTEMPT_TIMEOUT_MS", "3000");
    let addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
    place.wrapped_in = Some(network::names(HOST, &addresses));
}

pub fn rows() -> Vec<Row> {
    vec![
        asked("the machine has no network", Dns, "Check the network", "none"),
        asked(
            "the name does not exist (NXDOMAIN)",
            Dns,
            "Name or service not known",
            "nxdomain",
        ),
        asked("the name has no address", Dns, "No address associated", "empty"),
        asked("the name server fails (SERVFAIL)", Dns, "Temporary failure", "servfail"),
        asked("the name server refuses (REFUSED)", Dns, "Temporary failure", "refused"),
        impatient(asked(
            "the name server sends an invalid response",
            Timeout,
            "looking up",
            "nonsense",
        )),
        impatient(asked(
            "the name server does not respond",
            Timeout,
            "looking up",
            "silent",
        )),
        asked(
            "the name server does not respond for the whole call",
            Timeout,
            "timeout_ms",
            "silent",
        )
        .and(|place| {
            place.hurried();
        })
        .ends(Ends::WithTheCall),
        fails(
            "the name is too long",
            Dns,
            "Check the network and the host name",
            |place| {
                place
                    .credentials()
                    .set("SPOTIFY_TOKEN_URL", &format!("https://{NOWHERE}/api/token"));
            },
        )
        .ends(Ends::AfterRetries),
        survives(
            "the name has an address where nobody listens and one where the server is",
            |place| {
                let url = place
                    .spotify()
                    .value("SPOTIFY_TOKEN_URL")
                    .unwrap()
                    .replace("127.0.0.1", "localhost");
                place.set("SPOTIFY_TOKEN_URL", &url);
            },
        ),
        survives(
            "the first three addresses of the name do not respond",
            behind_black_holes,
        )
        .ends(Ends::AtTheFourthAddress)
        .by(By::Command)
        .needs(TOOLS)
        .rights(RIGHTS),
        asked(
            "localhost is in no file, and the name server says that it does not exist",
            Connect,
            "connection refused",
            "nxdomain",
        )
        .and(|place| {
            place.asks_port("http", "localhost", NOBODYS_PORT);
        }),
        asked("a name below localhost", Connect, "connection refused", "nxdomain").and(|place| {
            place.asks_port("https", "spotify.localhost", NOBODYS_PORT);
        }),
        survives("the server has an address instead of a name", |place| {
            place.spotify();
        }),
    ]
}
