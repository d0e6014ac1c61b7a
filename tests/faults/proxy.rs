//! Proxies: with and without a password, refusing, hanging, talking nonsense; which one is taken, and the ways round them.
//! Where curl is asked as well, it has to go the same way.

use spotify_token::ErrorKind::{Dns, InvalidArgument, Proxy, Timeout, Tls};

use rustls::version::TLS13;

use super::place::{NOBODYS_PORT, Place};
use super::row::{Ends, Row, fails, survives};
use super::support::NOWHERE;
use super::support::proxy::Manner;
use super::support::tls::{Ca, Flaw};

pub const ABOUT: &str = "Proxies, and which proxy is used: the variables are read as curl reads them.";

/// More headers than anybody sends. It lives as long as the test program.
fn many_headers() -> &'static str {
    Box::leak(format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(200)).into_boxed_str())
}

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
        says(
            "the proxy forbids the connection (403)",
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "403",
        ),
        says(
            "the proxy forbids the connection, with a web page",
            "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<html>no</html>",
            "403",
        ),
        says(
            "the proxy does not support CONNECT (405)",
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
            "the proxy is overloaded and sends Retry-After (429)",
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\n\r\n",
            "429",
        )
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy redirects",
            "HTTP/1.1 302 Found\r\nlocation: http://login.example/\r\n\r\n",
            "302",
        ),
        says(
            "the proxy sends HTML only",
            "<html>no</html>\r\n\r\n",
            "did not respond as an HTTP proxy",
        ),
        says(
            "the proxy is an SSH server",
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "did not respond as an HTTP proxy",
        ),
        says("the proxy closes the connection", "", "Check the option proxy")
            .proxied(4)
            .ends(Ends::AfterRetries),
        says(
            "the proxy closes the connection in the middle of its response",
            "HTTP/1.1 200 Conn",
            "Check the option proxy",
        )
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy accepts CONNECT and closes the connection",
            "HTTP/1.1 200 OK\r\n\r\n",
            "closed the connection",
        )
        .code_is(Tls)
        .proxied(4)
        .ends(Ends::AfterRetries),
        says(
            "the proxy accepts CONNECT and sends data of its own",
            "HTTP/1.1 200 OK\r\n\r\n<html>login</html>",
            "TLS",
        )
        .code_is(Tls),
        through("the proxy does not respond", Timeout, "the proxy", Manner::Hangs)
            .and(|place| {
                place.impatient();
            })
            .proxied(4)
            .ends(Ends::AfterAttempts),
        through(
            "the proxy sends its response very slowly",
            Timeout,
            "waiting for the proxy",
            Manner::Drips(b"HTTP/1.1 200 OK\r\nx: ", b'y'),
        )
        .and(|place| {
            place.impatient();
        })
        .proxied(4)
        .ends(Ends::AfterAttempts),
        fails(
            "the SOCKS proxy sends its reply very slowly",
            Timeout,
            "waiting for the proxy",
            |place| {
                place.tls(Flaw::None);
                let proxy = place.impatient().proxy(Manner::SocksDrips(&[5, 0, 0, 3, 255], b'x'));
                place.set("all_proxy", &format!("socks5h://{proxy}"));
            },
        )
        .proxied(4)
        .ends(Ends::AfterAttempts),
        fails(
            "the proxy sends its TLS handshake very slowly",
            Timeout,
            "securing the connection to the proxy",
            |place| {
                place.tls(Flaw::None);
                let port = super::support::tls::serve(super::tls::dripping);
                place
                    .impatient()
                    .set("https_proxy", &format!("https://127.0.0.1:{port}"));
            },
        )
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
        ),
        fails(
            "the name of the proxy does not exist",
            Proxy,
            "Check the option proxy",
            |place| {
                place.tls(Flaw::None);
                place.set("https_proxy", &format!("http://{NOWHERE}:3128"));
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "the name of the server does not exist, and no proxy is set",
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
            "the proxy variable is not a URL",
            InvalidArgument,
            "https_proxy",
            |place| {
                place.tls(Flaw::None);
                place.set("https_proxy", "nonsense://canary@x");
            },
        ),
        fails(
            "the proxy URL is https, and the proxy speaks plain HTTP",
            Proxy,
            "no secure connection to the proxy",
            |place| {
                let proxy = open(place);
                place.set("https_proxy", &format!("https://{proxy}"));
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "the proxy speaks TLS with an unknown certificate",
            Proxy,
            "the proxy 127.0.0.1",
            |place| {
                place.tls(Flaw::None);
                let server = super::support::server();
                let port = Ca::new().front(Flaw::UnknownCa, &[&TLS13], server.address());
                place.keep(server);
                place.set("https_proxy", &format!("https://127.0.0.1:{port}"));
            },
        ),
        through(
            "the proxy accepts CONNECT with too many headers",
            Proxy,
            "too many headers",
            Manner::Says(many_headers()),
        ),
        fails(
            "a company's proxy intercepts TLS with its own CA certificate",
            Tls,
            "set ca_file",
            |place| {
                let proxied = place.tls(Flaw::UnknownCa);
                let proxy = place.proxy(Manner::Open(proxied));
                place.set("https_proxy", &proxy);
            },
        )
        .proxied(1),
    ]
}

/// A proxy that wants a login of these kinds; the user gives one, or none.
fn wants_login(fault: &'static str, login: &'static str, answer: &'static str, hint: &'static str) -> Row {
    fails(fault, Proxy, hint, move |place| {
        place.tls(Flaw::None);
        let proxy = place.proxy(Manner::Says(answer));
        place.set("https_proxy", &format!("http://{login}{proxy}"));
    })
    .proxied(1)
}

const NTLM_OR_NEGOTIATE: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n\
    Proxy-Authenticate: NTLM\r\ncontent-length: 0\r\n\r\n";
const DIGEST: &str = "HTTP/1.1 407 Proxy Authentication Required\r\n\
    proxy-authenticate: Digest realm=\"a, b\", nonce=\"canary\"\r\ncontent-length: 0\r\n\r\n";
const DIGEST_OR_BASIC: &str = "HTTP/1.1 407 Proxy Authentication Required\r\n\
    proxy-authenticate: Digest realm=\"x\", basic realm=\"x\"\r\ncontent-length: 0\r\n\r\n";

/// A SOCKS proxy of this scheme leads to the server.
fn by_socks(fault: &'static str, scheme: &'static str) -> Row {
    survives(fault, move |place| {
        let port = place.tls(Flaw::None);
        let proxy = place.proxy(Manner::Socks(port));
        place.set("all_proxy", &format!("{scheme}://{proxy}"));
    })
    .proxied(1)
    .like_curl()
}

/// A SOCKS proxy that wants a login, and gets this one.
fn socks_login(place: &mut Place, login: &str) {
    let port = place.tls(Flaw::None);
    let proxy = place.proxy(Manner::SocksLogin(port, "user", "pass@word"));
    place.set("all_proxy", &format!("socks5h://{login}{proxy}"));
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
        survives("the proxy requires a password and gets it", move |place| {
            wants(place, "user:pass%40word@")
        })
        .proxied(1)
        .like_curl(),
        fails(
            "the proxy requires a password and there is none",
            Proxy,
            "407",
            move |place| wants(place, ""),
        )
        .proxied(1),
        fails("the proxy's password is wrong", Proxy, "407", move |place| {
            wants(place, "user:canary@")
        })
        .proxied(1),
        survives("the proxy user belongs to a Windows domain", |place| {
            let port = place.tls(Flaw::None);
            // printf 'DOMAIN\user:pw' | base64
            let proxy = place.proxy(Manner::Password(port, "Basic RE9NQUlOXHVzZXI6cHc="));
            place.set("https_proxy", &format!("http://DOMAIN\\user:pw@{proxy}"));
        })
        .proxied(1)
        .like_curl(),
        wants_login(
            "the proxy requires NTLM or Negotiate, and there is a password",
            "user:canary@",
            NTLM_OR_NEGOTIATE,
            "Negotiate, NTLM",
        ),
        wants_login(
            "the proxy requires NTLM or Negotiate, and there is no password",
            "",
            NTLM_OR_NEGOTIATE,
            "Negotiate, NTLM",
        ),
        wants_login("the proxy requires Digest", "user:canary@", DIGEST, "Digest"),
        wants_login(
            "the proxy requires Digest or Basic, and the password is wrong",
            "user:canary@",
            DIGEST_OR_BASIC,
            "rejected the user and password",
        ),
        survives("the SOCKS proxy requires a password and gets it", |place| {
            socks_login(place, "user:pass%40word@");
        })
        .proxied(1)
        .like_curl(),
        fails(
            "the SOCKS proxy requires a password and there is none",
            Proxy,
            "user and password",
            |place| {
                socks_login(place, "");
            },
        )
        .proxied(1),
        fails(
            "the SOCKS proxy's password is wrong",
            Proxy,
            "rejected the user and password",
            |place| {
                socks_login(place, "user:canary@");
            },
        )
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

/// A proxy that would let everybody through is set in this variable, and sees nothing.
fn plain(fault: &'static str, variable: &'static str) -> Row {
    survives(fault, move |place| {
        place.spotify();
        let port = place.address().port();
        let proxy = place.proxy(Manner::Open(port));
        place.set(variable, &format!("http://{proxy}"));
    })
}

/// A proxy that lets through with these words.
fn opens(fault: &'static str, says: &'static str) -> Row {
    survives(fault, move |place| {
        let port = place.tls(Flaw::None);
        let proxy = place.proxy(Manner::OpenSaying(port, says));
        place.set("https_proxy", &proxy);
    })
    .proxied(1)
    .like_curl()
}

fn precedence() -> Vec<Row> {
    vec![
        taken(
            "https_proxy in both cases: lower case wins",
            &["https_proxy"],
            &["HTTPS_PROXY"],
        ),
        taken(
            "HTTPS_PROXY before all_proxy",
            &["HTTPS_PROXY"],
            &["all_proxy", "ALL_PROXY"],
        ),
        taken(
            "all_proxy in both cases: lower case wins",
            &["all_proxy"],
            &["ALL_PROXY"],
        ),
        taken("ALL_PROXY alone", &["ALL_PROXY"], &[]),
        taken(
            "http_proxy is not used for https",
            &["https_proxy"],
            &["http_proxy", "HTTP_PROXY"],
        ),
        taken("an empty https_proxy does not hide all_proxy", &["all_proxy"], &[]).and(|place| {
            place.set("https_proxy", "");
        }),
        survives(
            "HTTP_PROXY is never read: a web server may have set it from a header",
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
        survives("no_proxy applies to the option proxy too", |place| {
            place.tls(Flaw::None);
            place.set("SPOTIFY_PROXY", &nobody()).set("no_proxy", "localhost");
        }),
        plain(
            "a token server on this machine, without TLS, and http_proxy",
            "http_proxy",
        ),
        plain(
            "a token server on this machine, without TLS, and all_proxy",
            "all_proxy",
        ),
        plain(
            "a token server on this machine, without TLS, and the option proxy",
            "SPOTIFY_PROXY",
        ),
        by_socks("all_proxy is socks://, as GNOME writes it", "socks"),
        by_socks("a SOCKS 4 proxy", "socks4"),
        by_socks("a SOCKS 4a proxy", "socks4a"),
        by_socks("a SOCKS 5 proxy", "socks5"),
        by_socks("a SOCKS 5 proxy that looks up the name", "socks5h"),
        opens("the proxy accepts CONNECT with 201", "HTTP/1.1 201 Created\r\n\r\n"),
        opens("the proxy accepts CONNECT with 204", "HTTP/1.1 204 No Content\r\n\r\n"),
        opens(
            "the proxy accepts CONNECT with a length, which has no meaning",
            "HTTP/1.0 200 OK\r\ncontent-length: 10\r\n\r\n",
        ),
        Row {
            // curl 7.88 takes the first for a refusal.
            like_curl: false,
            ..opens(
                "the proxy sends an interim response first",
                "HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            )
        },
        survives("the option proxy is empty: no proxy", |place| {
            place.tls(Flaw::None);
            place.set("SPOTIFY_PROXY", "").set("https_proxy", &nobody());
        }),
        survives("the proxy URL has no scheme", |place| {
            let proxy = open(place);
            place.set("https_proxy", &proxy);
        })
        .proxied(1)
        .like_curl(),
        survives("the proxy resolves a name that this machine cannot resolve", |place| {
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
        exempt("no_proxy has the host with a leading dot", "localhost", ".localhost").like_curl(),
        exempt(
            "no_proxy has spaces between its entries",
            "localhost",
            "a.example, localhost",
        )
        .like_curl(),
        exempt("no_proxy has the host with its port", "localhost", "localhost:PORT"),
        exempt("no_proxy has the address", "127.0.0.1", "127.0.0.1").like_curl(),
        exempt("no_proxy has the network of the address", "127.0.0.1", "127.0.0.0/8").like_curl(),
        exempt("no_proxy has the address with its port", "127.0.0.1", "127.0.0.1:PORT"),
        survives("NO_PROXY in both cases: lower case wins", |place| {
            let proxy = open(place);
            place
                .set("https_proxy", &proxy)
                .set("no_proxy", "a.example")
                .set("NO_PROXY", "*");
        })
        .proxied(1)
        .like_curl(),
        survives("no_proxy has a name that contains the domain of the server", |place| {
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
        not_exempt("no_proxy has an invalid network", "127.0.0.1", "127.0.0.0/x"),
        not_exempt("no_proxy has part of an address", "127.0.0.1", "0.0.1").like_curl(),
        not_exempt("no_proxy is empty", "127.0.0.1", "").like_curl(),
    ]
}
