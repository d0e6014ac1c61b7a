//! What goes over the wire. What comes back, and how often it is asked for, is in the fault matrix.

use std::time::Duration;

use crate::support::network::BlackHole;
use crate::support::proxy::{Manner, Proxy};
use crate::support::tls::{Ca, Flaw};
use crate::support::{self, ID, SECRET, client, clock::Moved, parts, server};
use spotify_token::stand_in::{Accounts, Reply, StandIn};
use spotify_token::unstable;
use spotify_token::{Client, ErrorKind};

#[test]
fn the_request_is_the_one_of_rfc_6749() {
    let server = StandIn::scripted([Reply::token("BQabc", 3600)]).unwrap();
    let token = client(&server.token_url(), &[]).token().unwrap();
    assert_eq!(
        (
            token.authorization(),
            unstable::access_token(&token).token_type(),
            token.scope()
        ),
        ("Bearer BQabc", "Bearer", "")
    );
    let requests = server.requests();
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/token"));
    assert_eq!(request.body, b"grant_type=client_credentials");
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "application/json"),
        ("user-agent", concat!("spotify-token/", env!("CARGO_PKG_VERSION"))),
        ("content-length", "29"),
        // printf '%s:%s' 5f3759df... 0ddba11c... | base64
        (
            "authorization",
            "Basic NWYzNzU5ZGY1ZjM3NTlkZjVmMzc1OWRmNWYzNzU5ZGY6MGRkYmExMWMwZmZlZTBkZGJhMTFjMGZmZWUwZGRiYTE=",
        ),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    for absent in ["cookie", "accept-encoding", "transfer-encoding", "expect"] {
        assert_eq!(request.header(absent), None, "{absent}");
    }
}

#[test]
fn retry_after_is_obeyed_when_it_fits() {
    let limited = |seconds: &str| Reply::empty(429).header("retry-after", seconds);
    let server = StandIn::scripted([limited("2"), limited("3"), Reply::token("a", 60)]).unwrap();
    let clock = Moved::new();
    let mut waiting = parts(&server.token_url(), &[]);
    waiting.clock = Some(Box::new(clock.clone()));
    let client = unstable::client_from(waiting);
    client.token().unwrap();
    assert_eq!(clock.waited(), Duration::from_secs(5));
    assert_eq!(
        (client.stats().requests, client.stats().retries, client.stats().failures),
        (3, 2, 2)
    );

    let server = StandIn::scripted([limited("3600")]).unwrap();
    let error = support::client(&server.token_url(), &[]).token().unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after(), server.requests().len()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(3600)), 1)
    );
}

#[test]
fn a_retry_after_is_counted_from_the_servers_own_date() {
    // By the server's clock it is 1994.
    let limited = Reply::empty(429)
        .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("retry-after", "Sun, 06 Nov 1994 08:49:41 GMT");
    let server = StandIn::scripted([limited, Reply::token("a", 60)]).unwrap();
    let clock = Moved::new();
    let mut waiting = parts(&server.token_url(), &[]);
    waiting.clock = Some(Box::new(clock.clone()));
    unstable::client_from(waiting).token().unwrap();
    assert_eq!(clock.waited(), Duration::from_secs(4));
}

#[test]
fn a_caller_who_gives_up_first_says_what_the_request_is_waiting_for() {
    /// Takes more time than it is given.
    struct Late(unstable::HttpTransport);
    impl unstable::Transport for Late {
        fn send(
            &self,
            request: &unstable::Request,
            allowed: Duration,
            cancel: &unstable::Cancel,
            progress: &unstable::Progress,
        ) -> unstable::Exchange {
            self.0
                .send(request, allowed + Duration::from_secs(60), cancel, progress)
        }
    }
    let (_hole, port) = BlackHole::new();
    let hanging = StandIn::scripted([Reply::hang()]).unwrap();
    for (url, words) in [
        (
            format!("https://127.0.0.1:{port}/"),
            format!("timed out while connecting to 127.0.0.1:{port}"),
        ),
        (
            hanging.token_url(),
            format!("timed out while waiting for {}", hanging.address()),
        ),
    ] {
        let mut late = parts(&url, &[("timeout_ms", "300")]);
        let http = unstable::HttpTransport::new(late.settings.clone().into(), late.environment.clone().into());
        late.transport = Some(Box::new(Late(http)));
        let error = unstable::client_from(late).token().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.message().contains(&words), "{}", error.message());
    }
}

#[test]
fn an_attempt_that_sends_no_request_is_a_failure_and_not_a_request() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let refused = client(&format!("http://127.0.0.1:{port}/"), &[("max_retries", "2")]);
    assert_eq!(refused.token().unwrap_err().kind(), ErrorKind::Connect);
    assert_eq!((refused.stats().requests, refused.stats().failures), (0, 3));
    assert_eq!(refused.stats().retries, 2);
}

#[test]
fn credentials_are_those_that_were_set_and_special_characters_arrive() {
    let server = StandIn::spotify(Accounts {
        client_secret: "s:e+c%r&t=é".to_owned(),
        ..Accounts::default()
    })
    .unwrap();
    assert!(
        client(&server.token_url(), &[("client_secret", "s:e+c%r&t=é")])
            .token()
            .is_ok()
    );
    let error = client(&server.token_url(), &[("client_secret", SECRET)])
        .token()
        .unwrap_err();
    assert_eq!(error.oauth_error(), Some("invalid_client"));
    assert!(!error.message().contains(SECRET) && !error.message().contains(ID));
}

#[test]
fn a_token_that_is_over_on_arrival_is_no_token() {
    let clock = Moved::new();
    let mover = clock.clone();
    struct Slow(Moved, spotify_token::unstable::HttpTransport);
    impl spotify_token::unstable::Transport for Slow {
        fn send(
            &self,
            request: &spotify_token::unstable::Request,
            allowed: Duration,
            cancel: &spotify_token::unstable::Cancel,
            progress: &spotify_token::unstable::Progress,
        ) -> spotify_token::unstable::Exchange {
            let exchange = self.1.send(request, allowed, cancel, progress);
            self.0.advance(Duration::from_secs(5));
            exchange
        }
    }
    let server = StandIn::scripted([Reply::token("a", 5), Reply::token("b", 6)]).unwrap();
    let mut slow = parts(&server.token_url(), &[]);
    let http =
        spotify_token::unstable::HttpTransport::new(slow.settings.clone().into(), slow.environment.clone().into());
    slow.transport = Some(Box::new(Slow(mover, http)));
    slow.clock = Some(Box::new(clock));
    let client = unstable::client_from(slow);
    assert_eq!(client.token().unwrap_err().kind(), ErrorKind::BadResponse);
    let token = client.token().unwrap();
    assert_eq!(
        unstable::expires_in(&client, &token),
        1,
        "time counts from before the request"
    );
}

/// A server behind TLS, and what a client needs to trust it.
struct BehindTls {
    server: StandIn,
    port: u16,
    directory: tempfile::TempDir,
}

impl BehindTls {
    fn new() -> BehindTls {
        let (server, ca) = (server(), Ca::new());
        let directory = tempfile::tempdir().unwrap();
        ca.file_in(directory.path());
        let port = ca.front(Flaw::None, rustls::ALL_VERSIONS, server.address());
        BehindTls {
            server,
            port,
            directory,
        }
    }

    /// A client of it that has got a token, through this proxy if it names one.
    fn client(&self, proxy: &str) -> Client {
        let ca = self.directory.path().join("ca.pem").display().to_string();
        let url = format!("https://localhost:{}/api/token", self.port);
        let client = client(&url, &[("ca_file", &ca), ("proxy", proxy), ("max_retries", "0")]);
        client.token().unwrap();
        client
    }
}

#[test]
fn tls_costs_one_connection_and_one_request() {
    let tls = BehindTls::new();
    let client = tls.client("");
    assert_eq!((tls.server.connections(), tls.server.requests().len()), (1, 1));
    assert_eq!(client.stats().requests, 1);
}

#[test]
fn a_proxy_sees_the_host_and_no_secret() {
    let tls = BehindTls::new();
    let proxy = Proxy::new(Manner::Open(tls.port));
    tls.client(&format!("http://127.0.0.1:{}", proxy.port));
    let heads = proxy.asked();
    assert_eq!((heads.len(), tls.server.requests().len()), (1, 1));
    let line = format!("CONNECT localhost:{} HTTP/1.1\r\n", tls.port);
    assert!(heads[0].starts_with(&line), "{}", heads[0]);
    assert!(!heads[0].contains("Authorization: Basic"), "{}", heads[0]);
}
