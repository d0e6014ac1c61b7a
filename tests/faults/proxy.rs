//! Proxies: with and without a password, refusing, hanging, talking nonsense; which one is taken, and the ways round them.
//! Where curl is asked as well, it has to go the same way.

use spotify_token::ErrorKind::{Dns, InvalidArgument, Proxy, Timeout, Tls};

use rustls::version::TLS13;

use super::place::{NOBODYS_PORT, Place};
use super::row::{Ends, Row, fails, survives};
use super::support::NOWHERE;
use super::support::proxy::Manner;
use super::support::tls::{Authority, Flaw};

pub const ABOUT: &str = "The way through a CONNECT proxy, and which proxy is taken: variables are read as curl reads them. The token server is behind TLS \
here, so that no proxy sees a secret.";

const MANY_HEADERS: &str = "HTTP/1.1 200 OK\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\n\
    a: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\n\r\n";

/// A proxy that says this.
fn says(fault: &'static str, answer: &'static str, hint: &'static str) -> Row {
    through(fault, Proxy, hint, Manner::Says(answer))
}

/// The only way is a proxy of this manner.
fn through(fault: &'static str, code: spotify_token::ErrorKind, hint: &'static str, manner: Manner) -> Row {
    fails(fault, code, hint, move |place| {
        place.tls(Flaw::None);
        let proxy = place.proxy(manner);
        place.set("https_proxy", &proxy);
    })
    .proxied(1)
}

/// Spotify behind TLS, and a proxy that leads there; gives the proxy's address.
fn open(place: &mut Place) -> String {
    let port = place.tls(Flaw::None);
    place.proxy(Manner::Open(port))
}

/// An address at which no proxy is.
fn nobody() -> String {
    format!("http://127.0.0.1:{}", NOBODYS_PORT)
}

/// A way that is taken: through the proxy in these variables, past a dead one in those.
fn taken(fault: &'static str, right: &'static [&'static str], wrong: &'static [&'static str]) -> Row {
    survives(fault, move |place| {
        let proxy = open(place);
        for name in right {
            place.set(name, &format!("http://{proxy}"));
        }
        for name in wrong {
            place.set(name, &nobody());
        }
    })
    .proxied(1)
    .like_curl()
}

/// A dead proxy, and a list of exceptions that has the server at this host.
fn exempt(fault: &'static str, host: &'static str, list: &'static str) -> Row {
    survives(fault, move |place| {
        let port = place.tls(Flaw::None);
        place.asks_port("https", host, port);
        let dead = place.proxy(Manner::Says("HTTP/1.1 403 Forbidden\r\n\r\n"));
        place
            .set("https_proxy", &dead)
            .set("no_proxy", &list.replace("PORT", &port.to_string()));
    })
}

/// A proxy that refuses, and a list of exceptions that does not have the server at this host.
fn not_exempt(fault: &'static str, host: &'static str, list: &'static str) -> Row {
    fails(fault, Proxy, "403", move |place| {
        let port = place.tls(Flaw::None);
        place.asks_port("https", host, port);
        let dead = place.proxy(Manner::Says("HTTP/1.1 403 Forbidden\r\n\r\n"));
        place.set("https_proxy", &dead).set("no_proxy", list);
    })
    .proxied(1)
}

pub fn rows() -> Vec<Row> {
    [refused(), passwords(), precedence(), exceptions()]
        .into_iter()
        .flatten()
        .collect()
}

fn refused() -> Vec<Row> {
    vec![
        says("the proxy forbids it (403)", "HTTP/1.1 403 Forbidden\r\n\r\n", "403"),
        says(
            "the proxy forbids it, with a page",
            "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<html>no</html>",
            "403",
        ),
        says(
            "the proxy knows no CONNECT (405)",
            "HTTP/1.1 405 Method Not Allowed\r\n\r\n",
            "405",
        ),
        says(
            "the proxy cannot reach the server (502)",
            "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            "502",
        )
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy is overloaded (503)",
            "HTTP/1.1 503 Service Unavailable\r\n\r\n",
            "503",
        )
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy waited too long for the server (504)",
            "HTTP/1.1 504 Gateway Timeout\r\n\r\n",
            "504",
        )
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy redirects",
            "HTTP/1.1 302 Found\r\nlocation: http://login.example/\r\n\r\n",
            "302",
        ),
        says(
            "the proxy answers HTML and nothing else",
            "<html>no</html>\r\n\r\n",
            "does not answer as an HTTP proxy does",
        ),
        says(
            "the proxy is an SSH server",
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "does not answer as an HTTP proxy does",
        ),
        says("the proxy hangs up", "", "Check the option proxy")
            .proxied(4)
            .ends(Ends::AfterRetries),
        says(
            "the proxy hangs up in the middle of its answer",
            "HTTP/1.1 200 Conn",
            "Check the option proxy",
        )
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy lets through and hangs up",
            "HTTP/1.1 200 OK\r\n\r\n",
            "hung up",
        )
        .code_is(Tls)
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy lets through and talks itself",
            "HTTP/1.1 200 OK\r\n\r\n<html>login</html>",
            "TLS",
        )
        .code_is(Tls),
        through("the proxy hangs", Timeout, "the proxy", Manner::Hangs)
            .and(|place| {
                place.impatient();
            })
            .proxied(4)
            .ends(Ends::AfterAttempts),
        fails(
            "nobody listens at the proxy's address",
            Proxy,
            "connection refused",
            |place| {
                place.tls(Flaw::None);
                place.set("https_proxy", &nobody());
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "nobody listens at the SOCKS proxy's address",
            Proxy,
            "connection refused",
            |place| {
                place.tls(Flaw::None);
                place.set("all_proxy", &format!("socks5h://127.0.0.1:{}", NOBODYS_PORT));
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "the SOCKS proxy is an HTTP proxy",
            Proxy,
            "Check the option proxy",
            |place| {
                place.tls(Flaw::None);
                let port = super::support::tls::serve(|mut stream| {
                    let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
                });
                place.set("all_proxy", &format!("socks5h://127.0.0.1:{port}"));
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "nobody has heard of the proxy's name",
            Proxy,
            "Check the option proxy",
            |place| {
                place.tls(Flaw::None);
                place.set("https_proxy", &format!("http://{NOWHERE}:3128"));
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "nobody has heard of the server's name, and no proxy is set",
            Dns,
            "https_proxy",
            |place| {
                place
                    .credentials()
                    .set("SPOTIFY_TOKEN_URL", &format!("https://{NOWHERE}/"))
                    .set("http_proxy", &nobody());
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "the variable holds no address",
            InvalidArgument,
            "https_proxy",
            |place| {
                place.tls(Flaw::None);
                place.set("https_proxy", "nonsense://canary@x");
            },
        ),
        fails(
            "the proxy's address is https, and the proxy speaks plain HTTP",
            Proxy,
            "no secure connection to the proxy",
            |place| {
                let proxy = open(place);
                place.set("https_proxy", &format!("https://{proxy}"));
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "the proxy speaks TLS, and its certificate is from nobody we know",
            Proxy,
            "the proxy 127.0.0.1",
            |place| {
                place.tls(Flaw::None);
                let server = super::support::server();
                let port = Authority::new().front(Flaw::UnknownAuthority, &[&TLS13], server.address());
                place.keep(server);
                place.set("https_proxy", &format!("https://127.0.0.1:{port}"));
            },
        ),
        through(
            "the proxy lets through with more headers than anybody sends",
            Proxy,
            "too many headers",
            Manner::Says(MANY_HEADERS),
        ),
        fails(
            "a company's proxy opens TLS with an authority of its own",
            Tls,
            "name its CA with ca_file",
            |place| {
                let proxied = place.tls(Flaw::UnknownAuthority);
                let proxy = place.proxy(Manner::Open(proxied));
                place.set("https_proxy", &proxy);
            },
        )
        .proxied(1),
    ]
}

fn passwords() -> Vec<Row> {
    // printf user:pass@word | base64
    const RIGHT: &str = "Basic dXNlcjpwYXNzQHdvcmQ=";
    let wants = |place: &mut Place, credentials: &str| {
        let port = place.tls(Flaw::None);
        let proxy = place.proxy(Manner::Password(port, RIGHT));
        place.set("https_proxy", &format!("http://{credentials}{proxy}"));
    };
    vec![
        survives("the proxy wants a password and gets it", move |place| {
            wants(place, "user:pass%40word@")
        })
        .proxied(1)
        .like_curl(),
        fails(
            "the proxy wants a password and there is none",
            Proxy,
            "407",
            move |place| wants(place, ""),
        )
        .proxied(1),
        fails("the proxy's password is wrong", Proxy, "407", move |place| {
            wants(place, "user:canary@")
        })
        .proxied(1),
        fails(
            "the proxy's password has an unescaped special character",
            InvalidArgument,
            "https_proxy",
            move |place| {
                wants(place, "user:cana/ry@");
            },
        ),
    ]
}

fn precedence() -> Vec<Row> {
    vec![
        taken(
            "https_proxy in both cases: the lower one counts",
            &["https_proxy"],
            &["HTTPS_PROXY"],
        ),
        taken(
            "HTTPS_PROXY before all_proxy",
            &["HTTPS_PROXY"],
            &["all_proxy", "ALL_PROXY"],
        ),
        taken(
            "all_proxy in both cases: the lower one counts",
            &["all_proxy"],
            &["ALL_PROXY"],
        ),
        taken("ALL_PROXY alone", &["ALL_PROXY"], &[]),
        taken(
            "http_proxy is not for https",
            &["https_proxy"],
            &["http_proxy", "HTTP_PROXY"],
        ),
        taken("an empty https_proxy does not hide all_proxy", &["all_proxy"], &[]).and(|place| {
            place.set("https_proxy", "");
        }),
        survives(
            "HTTP_PROXY is never read: a web server may have made it from a header",
            |place| {
                place.spotify().set("HTTP_PROXY", &nobody());
            },
        )
        .like_curl(),
        survives("the option proxy before the variables", |place| {
            let proxy = open(place);
            place
                .set("SPOTIFY_PROXY", &format!("http://{proxy}"))
                .set("https_proxy", &nobody());
        })
        .proxied(1),
        survives("no_proxy counts for the option proxy too", |place| {
            place.tls(Flaw::None);
            place.set("SPOTIFY_PROXY", &nobody()).set("no_proxy", "localhost");
        }),
        survives("a token server on this machine, without TLS, and http_proxy", |place| {
            place.spotify();
            let port = place.address().port();
            let proxy = place.proxy(Manner::Open(port));
            place.set("http_proxy", &proxy);
        })
        .proxied(1),
        survives("the option proxy is empty: no proxy", |place| {
            place.tls(Flaw::None);
            place.set("SPOTIFY_PROXY", "").set("https_proxy", &nobody());
        }),
        survives("the proxy's address has no scheme", |place| {
            let proxy = open(place);
            place.set("https_proxy", &proxy);
        })
        .proxied(1)
        .like_curl(),
        survives("the proxy looks up a name that this machine does not know", |place| {
            let port = place.tls(Flaw::Wildcard);
            let proxy = place.proxy(Manner::Open(port));
            place
                .set("SPOTIFY_TOKEN_URL", "https://accounts.wild.example/api/token")
                .set("https_proxy", &proxy);
        })
        .proxied(1)
        .like_curl(),
    ]
}

fn exceptions() -> Vec<Row> {
    vec![
        exempt("no_proxy is *", "localhost", "*").like_curl(),
        exempt("no_proxy has the host", "localhost", "a.example,localhost").like_curl(),
        exempt("no_proxy has the host in capitals", "localhost", "LOCALHOST").like_curl(),
        exempt("no_proxy has the host with a dot in front", "localhost", ".localhost").like_curl(),
        exempt(
            "no_proxy has blanks between its entries",
            "localhost",
            "a.example, localhost",
        )
        .like_curl(),
        exempt("no_proxy has the host with its port", "localhost", "localhost:PORT"),
        exempt("no_proxy has the address", "127.0.0.1", "127.0.0.1").like_curl(),
        exempt("no_proxy has the address's network", "127.0.0.1", "127.0.0.0/8").like_curl(),
        exempt("no_proxy has the address with its port", "127.0.0.1", "127.0.0.1:PORT"),
        survives("NO_PROXY in both cases: the lower one counts", |place| {
            let proxy = open(place);
            place
                .set("https_proxy", &proxy)
                .set("no_proxy", "a.example")
                .set("NO_PROXY", "*");
        })
        .proxied(1)
        .like_curl(),
        survives("no_proxy has a name that holds the domain of the server", |place| {
            let port = place.tls(Flaw::Wildcard);
            let proxy = place.proxy(Manner::Open(port));
            place
                .set("SPOTIFY_TOKEN_URL", "https://accounts.wild.example/api/token")
                .set("https_proxy", &proxy);
            place.set("no_proxy", "ild.example,s.accounts.wild.example");
        })
        .proxied(1)
        .like_curl(),
        not_exempt("no_proxy has another host", "localhost", "example").like_curl(),
        not_exempt("no_proxy has part of the name", "localhost", "host").like_curl(),
        not_exempt("no_proxy has the host with another port", "localhost", "localhost:1"),
        not_exempt("no_proxy has another network", "127.0.0.1", "10.0.0.0/8").like_curl(),
        not_exempt("no_proxy has a network that is none", "127.0.0.1", "127.0.0.0/x"),
        not_exempt("no_proxy has part of an address", "127.0.0.1", "0.0.1").like_curl(),
        not_exempt("no_proxy is empty", "127.0.0.1", "").like_curl(),
    ]
}
