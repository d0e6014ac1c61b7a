//! What goes over the wire, counted at the server: one request where one is allowed, no more after a refusal, and the right
//! error for whatever comes back.

use std::time::Duration;

use crate::support::proxy::{Manner, Proxy};
use crate::support::tls::{Authority, Flaw};
use crate::support::{ID, NOWHERE, SECRET, client, clock::Moved, parts, server};
use spotify_token::stand_in::{Accounts, Reply, StandIn};
use spotify_token::{Client, Code, Error, Stat};

/// Asks once; gives what came and how many requests it cost.
fn asked(replies: impl IntoIterator<Item = Reply>, options: &[(&str, &str)]) -> (Result<String, Error>, usize) {
    let server = StandIn::scripted(replies).unwrap();
    let result = client(&server.token_url(), options).token();
    (
        result.map(|token| token.access_token().to_owned()),
        server.requests().len(),
    )
}

#[test]
fn the_request_is_the_one_of_rfc_6749() {
    let server = StandIn::scripted([Reply::token("BQabc", 3600)]).unwrap();
    let token = client(&server.token_url(), &[]).token().unwrap();
    assert_eq!(
        (token.authorization(), token.token_type(), token.scope()),
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
fn a_refusal_costs_one_request() {
    for (status, body, code) in [
        (
            400,
            r#"{"error":"invalid_client","error_description":"Invalid client"}"#,
            Code::InvalidClient,
        ),
        (401, "", Code::InvalidClient),
        (400, r#"{"error":"unsupported_grant_type"}"#, Code::Oauth),
        (400, "<html>", Code::Http),
        (403, "", Code::Http),
        (405, r#"{"error":"server_error"}"#, Code::Oauth),
        (200, "{}", Code::BadResponse),
    ] {
        let (result, requests) = asked([Reply::json(status, body), Reply::token("a", 60)], &[]);
        assert_eq!((result.unwrap_err().code(), requests), (code, 1), "{status} {body}");
    }
}

#[test]
fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let redirect = Reply::empty(status).header("location", "/api/token");
        let (result, requests) = asked([redirect, Reply::token("a", 60)], &[]);
        let error = result.unwrap_err();
        assert_eq!(
            (error.code(), error.http_status(), requests),
            (Code::Http, Some(status), 1)
        );
    }
}

#[test]
fn a_failing_server_is_asked_again_as_often_as_allowed() {
    for status in [408, 425, 429, 500, 502, 503, 599] {
        let failing = || vec![Reply::empty(status); 2];
        let (result, requests) = asked(failing().into_iter().chain([Reply::token("BQok", 60)]), &[]);
        assert_eq!((result.unwrap().as_str(), requests), ("BQok", 3), "{status}");
        let (result, requests) = asked(failing(), &[("max_retries", "1")]);
        assert_eq!(
            (result.unwrap_err().http_status(), requests),
            (Some(status), 2),
            "{status}"
        );
        let (_, requests) = asked(failing(), &[("max_retries", "0")]);
        assert_eq!(requests, 1, "{status}");
    }
}

#[test]
fn retry_after_is_obeyed_when_it_fits() {
    let limited = |seconds: &str| Reply::empty(429).header("retry-after", seconds);
    let server = StandIn::scripted([limited("2"), limited("3"), Reply::token("a", 60)]).unwrap();
    let clock = Moved::new();
    let mut waiting = parts(&server.token_url(), &[]);
    waiting.clock = Some(Box::new(clock.clone()));
    let client = Client::from_parts(waiting);
    client.token().unwrap();
    assert_eq!(clock.waited(), Duration::from_secs(5));
    assert_eq!(
        (
            client.stat(Stat::Requests),
            client.stat(Stat::Retries),
            client.stat(Stat::Failures)
        ),
        (3, 2, 2)
    );

    let (result, requests) = asked([limited("3600"), Reply::token("a", 60)], &[]);
    let error = result.unwrap_err();
    assert_eq!(
        (error.code(), error.retry_after(), requests),
        (Code::RateLimited, Some(Duration::from_secs(3600)), 1)
    );
}

#[test]
fn what_is_no_answer_has_its_code() {
    let grant = r#"{"access_token":"BQabc","token_type":"Bearer","expires_in":3600}"#;
    let long = format!(
        r#"{{"access_token":"BQ{}","token_type":"Bearer"}}"#,
        "x".repeat(65 * 1024)
    );
    let no_retries = [("max_retries", "0")];
    for (reply, code, status) in [
        (Reply::json(200, grant).cut_after(20), Code::Network, None),
        (Reply::json(200, grant).chunked().cut_after(20), Code::Network, None),
        (Reply::close(), Code::Network, None),
        (Reply::raw("HTTP/1.1 200 OK\r\ncontent-le"), Code::Network, None),
        (Reply::raw("SSH-2.0-OpenSSH_9.2\r\n"), Code::BadResponse, None),
        (
            Reply::raw("\x16\x03\x01\x02\x00garbage\r\n\r\n"),
            Code::BadResponse,
            None,
        ),
        (Reply::json(200, long.clone()), Code::ResponseTooLarge, Some(200)),
        (
            Reply::json(200, long.clone()).chunked(),
            Code::ResponseTooLarge,
            Some(200),
        ),
        (
            Reply::json(503, long).close_delimited(),
            Code::ResponseTooLarge,
            Some(503),
        ),
        (
            Reply::json(200, grant).header("x", &"y".repeat(100_000)),
            Code::ResponseTooLarge,
            None,
        ),
        (Reply::json(200, ""), Code::BadResponse, Some(200)),
        (
            Reply::text(200, "text/html", "<html>Sign in"),
            Code::BadResponse,
            Some(200),
        ),
    ] {
        let shown = format!("{reply:?}");
        let (result, requests) = asked([reply], &no_retries);
        let error = result.unwrap_err();
        assert_eq!(
            (error.code(), error.http_status(), requests),
            (code, status, 1),
            "{error} {}",
            &shown[..80]
        );
    }
    for reply in [
        Reply::json(200, grant).chunked(),
        Reply::json(200, grant).close_delimited(),
    ] {
        assert_eq!(asked([reply], &no_retries).0.unwrap(), "BQabc");
    }
}

#[test]
fn a_body_of_exactly_64_kib_is_read() {
    let frame = r#"{"access_token":"BQabc","token_type":"Bearer","x":""}"#;
    let body = |length: usize| frame.replace(r#""x":"""#, &format!(r#""x":"{}""#, "y".repeat(length - frame.len())));
    assert!(asked([Reply::json(200, body(65_536))], &[]).0.is_ok());
    assert_eq!(
        asked([Reply::json(200, body(65_537))], &[]).0.unwrap_err().code(),
        Code::ResponseTooLarge
    );
}

#[test]
fn a_server_that_drips_or_hangs_ends_with_the_time() {
    let dripping = Reply::token("BQabc", 3600).drip(1, Duration::from_millis(20));
    for reply in [
        dripping,
        Reply::hang(),
        Reply::token("a", 60).after(Duration::from_secs(60)),
    ] {
        let options = [("attempt_timeout_ms", "200"), ("max_retries", "0")];
        let (result, requests) = asked([reply], &options);
        let error = result.unwrap_err();
        assert_eq!(
            (error.code(), error.http_status(), requests),
            (Code::Timeout, None, 1),
            "{error}"
        );
    }
}

#[test]
fn nobody_listening_is_connect_and_no_host_is_dns() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let refused = client(&format!("http://127.0.0.1:{port}/"), &[("max_retries", "2")]);
    let error = refused.token().unwrap_err();
    assert_eq!(error.code(), Code::Connect, "{error}");
    assert_eq!((refused.stat(Stat::Requests), refused.stat(Stat::Failures)), (0, 3));

    let nowhere = client(&format!("https://{NOWHERE}/"), &[("max_retries", "0"), ("proxy", "")]);
    let error = nowhere.token().unwrap_err();
    assert_eq!(error.code(), Code::Dns, "{error}");
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
    struct Slow(Moved, spotify_token::HttpTransport);
    impl spotify_token::Transport for Slow {
        fn send(
            &self,
            request: &spotify_token::Request,
            allowed: Duration,
            cancel: &spotify_token::Cancel,
        ) -> spotify_token::Exchange {
            let exchange = self.1.send(request, allowed, cancel);
            self.0.advance(Duration::from_secs(5));
            exchange
        }
    }
    let server = StandIn::scripted([Reply::token("a", 5), Reply::token("b", 6)]).unwrap();
    let mut slow = parts(&server.token_url(), &[]);
    let http = spotify_token::HttpTransport::new(slow.settings.clone().into(), slow.environment.clone().into());
    slow.transport = Some(Box::new(Slow(mover, http)));
    slow.clock = Some(Box::new(clock));
    let client = Client::from_parts(slow);
    assert_eq!(client.token().unwrap_err().code(), Code::BadResponse);
    let token = client.token().unwrap();
    assert_eq!(client.expires_in(&token), 1, "time counts from before the request");
}

/// A server behind TLS, and what a client needs to trust it.
struct BehindTls {
    server: StandIn,
    port: u16,
    directory: tempfile::TempDir,
}

impl BehindTls {
    fn new() -> BehindTls {
        let (server, authority) = (server(), Authority::new());
        let directory = tempfile::tempdir().unwrap();
        authority.file_in(directory.path());
        let port = authority.front(Flaw::None, rustls::ALL_VERSIONS, server.address());
        BehindTls {
            server,
            port,
            directory,
        }
    }

    /// A client of it that has got a token, through this proxy if it names one.
    fn client(&self, proxy: &str) -> Client {
        let authority = self.directory.path().join("authority.pem").display().to_string();
        let url = format!("https://localhost:{}/api/token", self.port);
        let client = client(&url, &[("ca_file", &authority), ("proxy", proxy), ("max_retries", "0")]);
        client.token().unwrap();
        client
    }
}

#[test]
fn tls_costs_one_connection_and_one_request() {
    let tls = BehindTls::new();
    let client = tls.client("");
    assert_eq!((tls.server.connections(), tls.server.requests().len()), (1, 1));
    assert_eq!(client.stat(Stat::Requests), 1);
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
