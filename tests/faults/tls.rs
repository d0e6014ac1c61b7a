//! TLS with real certificates, and servers that are too old, break off, or speak something else. No row lets a request through
//! that is not to a server whose name was proved.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use rustls::version::{TLS12, TLS13};
use spotify_token::ErrorKind::{BadResponse, Timeout, Tls};
use spotify_token::stand_in::{Reply, StandIn};

use super::openssl::{self, Server};
use super::place::Place;
use super::row::{Ends, Row, fails, survives};
use super::support::tls::{Ca, Flaw, serve};

pub const ABOUT: &str = "Certificates and handshakes. A request is sent only after the server has proved its identity.";

/// A server with such a certificate.
fn certificate(fault: &'static str, hint: &'static str, flaw: Flaw) -> Row {
    fails(fault, Tls, hint, move |place| {
        place.tls(flaw);
    })
}

/// A server that answers the first message of a handshake with these bytes, and hangs up.
fn answers(fault: &'static str, hint: &'static str, bytes: &'static [u8]) -> Row {
    fails(fault, Tls, hint, move |place| {
        place.raw("https", move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        });
    })
}

/// A server that answers with a fatal alert (RFC 8446, section 6.2).
fn alert(fault: &'static str, hint: &'static str, number: u8) -> Row {
    fails(fault, Tls, hint, move |place| {
        place.raw("https", move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&[0x15, 3, 3, 0, 2, 2, number]);
        });
    })
}

/// The ServerHello of a server that knows this version alone.
fn old_hello(fault: &'static str, minor: u8) -> Row {
    fails(fault, Tls, "TLS 1.2", move |place| {
        place.raw("https", move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let mut hello = vec![0x16, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
            hello.extend([7; 32]);
            hello.extend([0, 0, 0x2f, 0]); // no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression
            let _ = stream.write_all(&hello);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        });
    })
}

/// OpenSSL's server, with a certificate that it made itself.
fn by_openssl(
    fault: &'static str,
    hint: &'static str,
    request: &'static [&'static str],
    flags: &'static [&'static str],
) -> Row {
    fails(fault, Tls, hint, move |place| {
        let ca = Ca::new();
        place.trusts(&ca);
        let files = openssl::certificate(&ca, place.directory(), request);
        let server = Server::start(&files, flags);
        place.asks_port("https", "localhost", server.port);
        place.keep(server);
    })
    .needs(&["command -v openssl"])
}

/// Passes everything on, but for a bit of the last byte of the server's first record of this type that is so long.
fn tampered(server: SocketAddr, kind: u8) -> u16 {
    serve(move |client| {
        let _ = tamper(client, server, kind);
    })
}

fn tamper(mut client: TcpStream, server: SocketAddr, kind: u8) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let (mut up, mut from) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut up));
    loop {
        let mut head = [0; 5];
        server.read_exact(&mut head)?;
        let mut record = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        server.read_exact(&mut record)?;
        if head[0] == kind {
            *record.last_mut().unwrap() ^= 1;
        }
        client.write_all(&head)?;
        client.write_all(&record)?;
    }
}

pub fn rows() -> Vec<Row> {
    [certificates(), handshakes(), tampering(), survived()]
        .into_iter()
        .flatten()
        .collect()
}

fn certificates() -> Vec<Row> {
    const RSA_1024: &[&str] = &["-newkey", "rsa:1024", "-sha256"];
    const SHA_1: &[&str] = &["-newkey", "rsa:2048", "-sha1"];
    const STRONG: &[&str] = &["-newkey", "rsa:2048", "-sha256"];
    const WEAK_TOO: &[&str] = &["-cipher", "ALL:@SECLEVEL=0"];
    vec![
        certificate("the certificate has expired", "expired", Flaw::Expired),
        certificate("the certificate is not valid yet", "not valid yet", Flaw::NotYetValid),
        certificate("the certificate is for another host", "another name", Flaw::WrongHost),
        certificate(
            "the certificate has the name only in its subject (CN)",
            "subjectAltName",
            Flaw::NameOnlyInSubject,
        ),
        certificate(
            "the certificate is self-signed",
            "not signed by a trusted CA",
            Flaw::SelfSigned,
        ),
        certificate(
            "the certificate is from an unknown CA",
            "not signed by a trusted CA",
            Flaw::UnknownCa,
        ),
        certificate(
            "the server does not send the intermediate certificate",
            "not signed by a trusted CA",
            Flaw::MissingIntermediate,
        ),
        certificate("the certificate is a CA certificate", "is a CA certificate", Flaw::IsCa),
        certificate(
            "the certificate is a client certificate",
            "not meant for servers",
            Flaw::ForClients,
        ),
        certificate(
            "the certificate has an unknown critical extension",
            "its certificate is invalid",
            Flaw::StrangeExtension,
        ),
        fails(
            "the CA has the name of a known one and another key",
            Tls,
            "not signed by a trusted CA",
            |place| {
                place.tls(Flaw::None);
                place.trusts(&Ca::new());
            },
        ),
        fails("the CA is unknown to the system", Tls, "ca_file", |place| {
            place.tls(Flaw::None);
            place.unset("SPOTIFY_CA_FILE");
        }),
        fails(
            "the certificate has the name, and the URL has the address",
            Tls,
            "another name",
            |place| {
                let port = place.tls(Flaw::NoAddress);
                place.asks_port("https", "127.0.0.1", port);
            },
        ),
        fails(
            "the certificate is for *.wild.example, and the host is two levels below",
            Tls,
            "another name",
            |place| {
                let port = place.tls(Flaw::Wildcard);
                let proxy = place.proxy(super::support::proxy::Manner::Open(port));
                place
                    .set("https_proxy", &proxy)
                    .set("SPOTIFY_TOKEN_URL", "https://a.b.wild.example/api/token");
            },
        )
        .proxied(1),
        by_openssl(
            "the certificate's key is weak (RSA, 1024 bits)",
            "weak",
            RSA_1024,
            WEAK_TOO,
        ),
        by_openssl("the certificate is signed with SHA-1", "weak", SHA_1, WEAK_TOO),
        by_openssl(
            "the server supports TLS 1.0 only",
            "TLS 1.2",
            STRONG,
            &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        ),
        by_openssl(
            "the server supports TLS 1.1 only",
            "TLS 1.2",
            STRONG,
            &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ),
        by_openssl(
            "the server supports no current cipher",
            "TLS 1.2",
            STRONG,
            &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
        ),
        certificate(
            "the server requires a client certificate",
            "client certificate",
            Flaw::WantsOurs,
        ),
    ]
}

/// A server that begins a long record, and sends a byte of it now and then.
pub fn dripping(mut stream: TcpStream) {
    let _ = stream.write_all(b"\x16\x03\x03\x40\0\x02\0\x3f\xfc");
    while stream.write_all(&[0]).is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn handshakes() -> Vec<Row> {
    vec![
        fails(
            "the server sends its handshake very slowly",
            Timeout,
            "securing the connection to localhost",
            |place| {
                place.impatient().raw("https", dripping);
                let url = place
                    .value("SPOTIFY_TOKEN_URL")
                    .unwrap()
                    .replace("127.0.0.1", "localhost");
                place.set("SPOTIFY_TOKEN_URL", &url);
            },
        )
        .ends(Ends::AfterAttempts),
        old_hello("the ServerHello says TLS 1.0", 1),
        old_hello("the ServerHello says TLS 1.1", 2),
        alert("the alert protocol_version", "TLS 1.2", 70),
        alert("the alert handshake_failure", "TLS 1.2", 40),
        alert("the alert unrecognized_name", "host of the token URL", 112),
        alert("the alert access_denied", "AccessDenied", 49),
        alert("the alert internal_error", "Try again", 80).ends(Ends::AfterRetries),
        alert("an unknown alert", "refused", 200),
        answers("the handshake ends after the ClientHello", "closed the connection", b"").ends(Ends::AfterRetries),
        answers(
            "the handshake ends in the ServerHello",
            "closed the connection",
            b"\x16\x03\x03\x00\x7a\x02",
        )
        .ends(Ends::AfterRetries),
        fails(
            "the handshake is ended by a reset",
            Tls,
            "closed the connection",
            |place| {
                place.raw("https", |mut stream| {
                    let _ = stream.read(&mut [0; 10]);
                });
            },
        )
        .ends(Ends::AfterRetries),
        fails(
            "the server does not respond to the handshake",
            Timeout,
            "securing the connection",
            |place| {
                place.impatient().raw("https", |mut stream| {
                    let _ = std::io::copy(&mut stream, &mut std::io::sink());
                });
            },
        )
        .ends(Ends::AfterAttempts),
        answers(
            "plain HTTP instead of a ServerHello: the URL needs http or another port",
            "does not speak TLS",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
        ),
        answers(
            "SSH instead of a ServerHello",
            "does not speak TLS",
            b"SSH-2.0-OpenSSH_9.2\r\n",
        ),
        answers("zeros instead of a ServerHello", "does not speak TLS", &[0; 64]),
        answers(
            "a record that is too long",
            "does not speak TLS",
            b"\x16\x03\x03\xff\xff\x02\0\0\0",
        ),
        answers(
            "a certificate before the ServerHello",
            "Check the token URL",
            b"\x16\x03\x03\0\x07\x0b\0\0\x03\0\0\0",
        ),
        answers(
            "data before the ServerHello",
            "Check the token URL",
            b"\x17\x03\x03\0\x05hello",
        ),
    ]
}

fn tampering() -> Vec<Row> {
    let behind = |place: &mut Place, flaw, version, kind| {
        let ca = Ca::new();
        let server = super::support::server();
        let port = ca.front(flaw, &[version], server.address());
        place.asks(server).trusts(&ca);
        let port = tampered(SocketAddr::from(([127, 0, 0, 1], port)), kind);
        place.asks_port("https", "localhost", port);
    };
    vec![
        fails("a bit of the handshake is changed", Tls, "between", move |place| {
            behind(place, Flaw::None, &TLS13, 23)
        }),
        fails("a bit of the ServerHello is changed", Tls, "between", move |place| {
            behind(place, Flaw::None, &TLS13, 22)
        }),
        fails("a bit of the response is changed", Tls, "between", move |place| {
            behind(place, Flaw::None, &TLS12, 23)
        })
        .requests(1),
        fails(
            "the response is TLS inside TLS",
            BadResponse,
            "not valid HTTP",
            |place| {
                place.tls_answers([Reply::raw("\x15\x03\x03\0\x02\x02\x28\r\n\r\n")]);
            },
        )
        .requests(1),
    ]
}

fn survived() -> Vec<Row> {
    let speaks = |fault: &'static str, version: &'static rustls::SupportedProtocolVersion| {
        survives(fault, move |place| {
            let ca = Ca::new();
            let server = super::support::server();
            let port = ca.front(Flaw::None, &[version], server.address());
            place.asks(server).trusts(&ca).asks_port("https", "localhost", port);
        })
    };
    vec![
        speaks("the server supports TLS 1.2 only", &TLS12),
        speaks("the server supports TLS 1.3 only", &TLS13),
        survives("the server does not end TLS, and its response has no length", |place| {
            let replies = [Reply::token("BQcanary", 60).close_delimited()];
            place.tls_in_front_of(Flaw::EndsRudely, StandIn::scripted(replies).unwrap());
        }),
        survives("the server does not end TLS, and its response is complete", |place| {
            place.tls_in_front_of(Flaw::EndsRudely, super::support::server());
        }),
        survives("URL and certificate both have the address", |place| {
            let port = place.tls(Flaw::None);
            place.asks_port("https", "127.0.0.1", port);
        }),
        survives("the host is in capitals", |place| {
            let port = place.tls(Flaw::None);
            place.asks_port("https", "LOCALHOST", port);
        }),
        survives("SSL_CERT_FILE names the CA certificate", |place| {
            place.tls(Flaw::None);
            let file = place.value("SPOTIFY_CA_FILE").unwrap().to_owned();
            place.unset("SPOTIFY_CA_FILE").set("SSL_CERT_FILE", &file);
        }),
        survives("SSL_CERT_DIR names a directory made by openssl rehash", |place| {
            place.tls(Flaw::None);
            let pem = fs::read(place.value("SPOTIFY_CA_FILE").unwrap()).unwrap();
            place.file("certificates/0123abcd.0", pem);
            let list = format!("/nowhere:{}", place.path("certificates").display());
            place.unset("SPOTIFY_CA_FILE").set("SSL_CERT_DIR", &list);
        }),
        survives(
            "SSL_CERT_FILE and SSL_CERT_DIR are both set; the second has the CA certificate",
            |place| {
                place.tls(Flaw::None);
                let pem = fs::read(place.value("SPOTIFY_CA_FILE").unwrap()).unwrap();
                place.file("certificates/0123abcd.0", pem);
                let other = Ca::new().file_in(place.directory()).display().to_string();
                let directory = place.path("certificates").display().to_string();
                place
                    .unset("SPOTIFY_CA_FILE")
                    .set("SSL_CERT_FILE", &other)
                    .set("SSL_CERT_DIR", &directory);
            },
        ),
        survives("ca_file is used before SSL_CERT_FILE", |place| {
            place.tls(Flaw::None);
            place.set("SSL_CERT_FILE", "/nowhere");
        }),
        survives(
            "the file of CA certificates has a damaged certificate and the right one",
            |place| {
                place.tls(Flaw::None);
                let file = place.value("SPOTIFY_CA_FILE").unwrap().to_owned();
                let good = fs::read_to_string(&file).unwrap();
                fs::write(
                    &file,
                    format!("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n{good}"),
                )
                .unwrap();
            },
        ),
        survives(
            "the file of CA certificates has text and a key around the certificate",
            |place| {
                place.tls(Flaw::None);
                let file = place.value("SPOTIFY_CA_FILE").unwrap().to_owned();
                let good = fs::read_to_string(&file).unwrap();
                let key = "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n";
                fs::write(&file, format!("our CA\r\n{key}{good}the end\n")).unwrap();
            },
        ),
    ]
}
