//! The request on its way, and a server that has it and does not answer.

use std::time::Duration;

use spotify_token::ErrorKind::{BadResponse, Network, Timeout};
use spotify_token::stand_in::{Accounts, Reply, StandIn};

use super::row::{Ends, Row, fails, survives};
use super::status::lasting;

pub const ABOUT: &str = "The request was sent, and there is no valid response.";

pub fn rows() -> Vec<Row> {
    vec![
        lasting(
            "the server reads the request and closes the connection",
            Network,
            "Try again",
            Reply::close(),
        ),
        lasting(
            "the connection closes in the middle of the status line",
            Network,
            "Try again",
            Reply::raw("HTTP/1.1 2"),
        ),
        lasting(
            "the connection closes in the middle of a header",
            Network,
            "Try again",
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-le"),
        ),
        fails("the server does not respond", Timeout, "waiting for", |place| {
            place.answers([Reply::hang()]).impatient();
        })
        .requests(4)
        .ends(Ends::AfterAttempts),
        fails(
            "the server does not respond, and the call has less time than an attempt",
            Timeout,
            "timeout_ms",
            |place| {
                place.answers([Reply::hang()]).hurried();
            },
        )
        .requests(1)
        .ends(Ends::WithTheCall),
        fails(
            "the server sends its response very slowly",
            Timeout,
            "waiting for",
            |place| {
                place
                    .answers([Reply::token("BQcanary", 60).drip(1, Duration::from_millis(50))])
                    .impatient();
            },
        )
        .requests(4)
        .ends(Ends::AfterAttempts),
        fails(
            "the response is SSH, not HTTP",
            BadResponse,
            "not valid HTTP",
            |place| {
                place.answers([Reply::raw("SSH-2.0-OpenSSH_9.2\r\n")]);
            },
        )
        .requests(1),
        fails(
            "the response is a web page without HTTP",
            BadResponse,
            "not valid HTTP",
            |place| {
                place.answers([Reply::raw("<html>hello</html>\r\n\r\n")]);
            },
        )
        .requests(1),
        fails("the response is HTTP/2", BadResponse, "not valid HTTP", |place| {
            place.answers([Reply::raw(
                b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x10\0\0\0\x06\0\0\x40\0\r\n\r\n".to_vec(),
            )]);
        })
        .requests(1),
        fails(
            "the response is TLS: the URL needs https",
            BadResponse,
            "Check scheme",
            |place| {
                place.raw_http(|mut stream| {
                    let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
                    // A fatal alert, as a TLS server gives it to plain HTTP.
                    let _ = std::io::Write::write_all(&mut stream, b"\x15\x03\x01\0\x02\x02\x46");
                });
            },
        )
        .requests(1),
        fails("the response begins with ICY", BadResponse, "not valid HTTP", |place| {
            place.answers([Reply::raw("ICY 200 OK\r\n\r\n")]);
        })
        .requests(1),
        survives("the secret has 3,500 bytes", |place| {
            let secret = "s%".repeat(1750);
            let accounts = Accounts {
                client_secret: secret.clone(),
                ..Accounts::default()
            };
            place
                .asks(StandIn::spotify(accounts).unwrap())
                .set("CLIENT_SECRET", &secret);
        }),
        survives("the User-Agent has 8 KiB", |place| {
            place.spotify().set("SPOTIFY_USER_AGENT", &"u".repeat(8 * 1024));
        }),
        survives("the token URL has 8 KiB", |place| {
            place.spotify();
            let url = format!("{}?x=", place.value("SPOTIFY_TOKEN_URL").unwrap());
            let rest = "y".repeat(8 * 1024 - url.len());
            place.set("SPOTIFY_TOKEN_URL", &(url + &rest));
        }),
        survives("the connection is lost once", |place| {
            place.answers([Reply::close(), Reply::token("BQ", 60)]);
        })
        .requests(2)
        .ends(Ends::AfterRetries),
        survives("the server is slow, within the time of an attempt", |place| {
            place.answers([Reply::token("BQ", 60).after(Duration::from_millis(100))]);
        }),
        survives("the response arrives byte by byte", |place| {
            place.answers([Reply::token("BQ", 60).drip(1, Duration::from_micros(100))]);
        }),
    ]
}
