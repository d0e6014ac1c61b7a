//! Proxies: with and without a password, refusing, hanging, talking nonsense; and the way round them.

mod support;

use rustls::version::TLS13;
use spotify_token::stand_in::StandIn;
use spotify_token::{Client, Code, Environment, Error};
use support::proxy::{Manner, Proxy};
use support::tls::{Authority, Flaw};
use support::{NOWHERE, client, parts};

/// A TLS server that is known as `localhost`, and the file with its authority.
fn server() -> (StandIn, u16, tempfile::TempDir) {
    let server = support::server();
    let authority = Authority::new();
    let port = authority.front(Flaw::None, &[&TLS13], server.address());
    let directory = tempfile::tempdir().unwrap();
    authority.file_in(directory.path());
    (server, port, directory)
}

fn through(proxy: &str, port: u16, directory: &tempfile::TempDir) -> Result<(), Error> {
    let authority = directory.path().join("authority.pem");
    let options = [
        ("proxy", proxy),
        ("ca_file", authority.to_str().unwrap()),
        ("max_retries", "0"),
        ("attempt_timeout_ms", "2000"),
    ];
    client(&format!("https://localhost:{port}/api/token"), &options)
        .token()
        .map(|_| ())
}

#[test]
fn a_proxy_lets_through_and_sees_no_secret() {
    let (server, port, directory) = server();
    let proxy = Proxy::new(Manner::Open(port));
    through(&format!("http://127.0.0.1:{}", proxy.port), port, &directory).unwrap();
    let asked = proxy.asked();
    assert_eq!((asked.len(), server.requests().len()), (1, 1));
    assert!(
        asked[0].starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")),
        "{}",
        asked[0]
    );
    assert!(!asked[0].contains("Authorization: Basic"), "{}", asked[0]);
}

#[test]
fn the_proxy_resolves_the_name() {
    let (_server, port, directory) = server();
    let proxy = Proxy::new(Manner::Open(port));
    // The certificate is for localhost, so this ends in a TLS error, after the name was left to the proxy.
    let options = [
        ("proxy", &*format!("http://127.0.0.1:{}", proxy.port)),
        ("max_retries", "0"),
    ];
    let authority = directory.path().join("authority.pem");
    let options = [options[0], options[1], ("ca_file", authority.to_str().unwrap())];
    let error = client("https://host.invalid/api/token", &options).token().unwrap_err();
    assert_eq!(error.code(), Code::Tls, "{error}");
    assert!(proxy.asked()[0].starts_with("CONNECT host.invalid:443 "));
}

#[test]
fn a_proxy_that_wants_a_password_gets_it_or_says_so() {
    let (_server, port, directory) = server();
    // printf user:pass@word | base64
    let proxy = Proxy::new(Manner::Password(port, "Basic dXNlcjpwYXNzQHdvcmQ="));
    through(
        &format!("http://user:pass%40word@127.0.0.1:{}", proxy.port),
        port,
        &directory,
    )
    .unwrap();
    for credentials in ["", "user:canary@"] {
        let error = through(
            &format!("http://{credentials}127.0.0.1:{}", proxy.port),
            port,
            &directory,
        )
        .unwrap_err();
        assert_eq!((error.code(), error.http_status()), (Code::Proxy, None), "{error}");
        assert!(
            error.message().contains("407") && !error.message().contains("canary"),
            "{error}"
        );
        assert!(!error.is_retryable());
    }
}

#[test]
fn every_other_failure_of_a_proxy_is_the_proxys() {
    let (_server, port, directory) = server();
    for (manner, code) in [
        (Manner::Says("HTTP/1.1 403 Forbidden\r\n\r\n"), Code::Proxy),
        (Manner::Says("HTTP/1.1 502 Bad Gateway\r\n\r\n"), Code::Proxy),
        (Manner::Says("<html>no</html>\r\n\r\n"), Code::Proxy),
        (Manner::Says(""), Code::Proxy),
        (Manner::Hangs, Code::Timeout),
    ] {
        let proxy = Proxy::new(manner);
        let error = through(&format!("http://127.0.0.1:{}", proxy.port), port, &directory).unwrap_err();
        assert_eq!((error.code(), error.http_status()), (code, None), "{manner:?}: {error}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for proxy in [
        &*format!("http://127.0.0.1:{closed}"),
        &format!("http://{NOWHERE}:1080"),
        &format!("socks5h://127.0.0.1:{closed}"),
    ] {
        let error = through(proxy, port, &directory).unwrap_err();
        assert_eq!(error.code(), Code::Proxy, "{proxy}: {error}");
    }
}

#[test]
fn the_environment_names_a_proxy_and_exempts_from_it() {
    let (_server, port, directory) = server();
    let proxy = Proxy::new(Manner::Open(port));
    let authority = directory.path().join("authority.pem");
    let ask = |variables: &[(&'static str, &str)]| {
        let url = format!("https://localhost:{port}/api/token");
        let mut parts = parts(&url, &[("ca_file", authority.to_str().unwrap())]);
        parts.environment = Environment::from_pairs(variables.iter().copied());
        Client::from_parts(parts).token().unwrap();
        proxy.asked().len()
    };
    let address = format!("http://127.0.0.1:{}", proxy.port);
    assert_eq!(ask(&[("https_proxy", &address), ("NO_PROXY", "localhost")]), 0);
    assert_eq!(ask(&[("http_proxy", &address)]), 0);
    assert_eq!(ask(&[("https_proxy", &address)]), 1);
    assert_eq!(ask(&[("all_proxy", &address)]), 2);
}
