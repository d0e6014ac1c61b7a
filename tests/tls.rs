//! Real TLS with an authority made on the fly: certificates good and bad, old versions, and what is no TLS at all.

mod support;

use std::io::{Read, Write};

use rustls::version::{TLS12, TLS13};
use spotify_token::{Client, Code, Environment, Error, Stat};
use support::tls::{Authority, Flaw, serve};
use support::{client, parts, server};

const BOTH: [&rustls::SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

/// Asks a server on this port, trusting this authority alone.
fn ask(port: u16, authority: &Authority) -> (Result<(), Error>, Client) {
    let directory = tempfile::tempdir().unwrap();
    let file = authority.file_in(directory.path());
    let options = [("ca_file", file.to_str().unwrap()), ("max_retries", "0"), ("proxy", "")];
    let client = client(&format!("https://localhost:{port}/api/token"), &options);
    (client.token().map(|_| ()), client)
}

#[test]
fn tls_1_2_and_1_3_bring_a_token_over_one_connection() {
    let authority = Authority::new();
    for versions in [&BOTH[..1], &BOTH[1..], &BOTH[..]] {
        let server = server();
        let port = authority.front(Flaw::None, versions, server.address());
        let (result, client) = ask(port, &authority);
        result.unwrap();
        assert_eq!((server.connections(), server.requests().len()), (1, 1));
        assert_eq!(client.stat(Stat::Requests), 1);
    }
}

#[test]
fn a_bad_certificate_gets_no_request_and_says_what_is_wrong() {
    let authority = Authority::new();
    for (flaw, hint) in [
        (Flaw::Expired, "expired"),
        (Flaw::NotYetValid, "not valid yet"),
        (Flaw::WrongHost, "another name"),
        (Flaw::NameOnlyInSubject, "another name"),
        (Flaw::SelfSigned, "not trusted"),
    ] {
        let server = server();
        let port = authority.front(flaw, &BOTH, server.address());
        let error = ask(port, &authority).0.unwrap_err();
        assert_eq!(
            (error.code(), error.http_status()),
            (Code::Tls, None),
            "{flaw:?}: {error}"
        );
        assert!(error.message().contains(hint), "{flaw:?}: {error}");
        assert!(!error.is_retryable() && server.requests().is_empty());
    }
}

#[test]
fn an_authority_that_is_not_named_is_not_trusted() {
    let server = server();
    let port = Authority::new().front(Flaw::None, &BOTH, server.address());
    let error = ask(port, &Authority::new()).0.unwrap_err();
    assert_eq!(error.code(), Code::Tls);
    assert!(
        error.message().contains("ca_file") && error.message().contains("ca-certificates"),
        "{error}"
    );
}

#[test]
fn ssl_cert_file_is_honoured_and_ca_file_comes_first() {
    let authority = Authority::new();
    let server = server();
    let port = authority.front(Flaw::None, &BOTH, server.address());
    let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (right, wrong) = (
        authority.file_in(directory.path()),
        Authority::new().file_in(elsewhere.path()),
    );
    let url = format!("https://127.0.0.1:{port}/api/token");
    let ask = |variable, options: &[(&str, &str)]| {
        let mut parts = parts(&url, options);
        parts.environment = Environment::from_pairs([("SSL_CERT_FILE", variable)]);
        Client::from_parts(parts)
            .token()
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(ask(&right, &[]), Ok(()));
    assert_eq!(ask(&wrong, &[("ca_file", right.to_str().unwrap())]), Ok(()));
    assert_eq!(ask(&right, &[("ca_file", wrong.to_str().unwrap())]), Err(Code::Tls));
    assert_eq!(ask(&directory.path().join("nowhere"), &[]), Err(Code::File));
}

#[test]
fn what_is_no_tls_is_told_apart() {
    let authority = Authority::new();
    let answers = |bytes: &'static [u8]| {
        serve(move |mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(bytes);
        })
    };
    for (bytes, hint, retryable) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "does not speak TLS", false),
        (&b""[..], "hung up", true),
        (&b"\x16\x03\x03\x00\x7a\x02"[..], "hung up", true),
        // A fatal alert: protocol_version.
        (&b"\x15\x03\x03\x00\x02\x02\x46"[..], "refused", false),
    ] {
        let error = ask(answers(bytes), &authority).0.unwrap_err();
        assert_eq!(error.code(), Code::Tls, "{error}");
        assert!(error.message().contains(hint), "{error}");
        assert_eq!(error.is_retryable(), retryable, "{error}");
    }
}
