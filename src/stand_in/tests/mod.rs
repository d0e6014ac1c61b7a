//! The stand-in seen from a socket.

mod authorize;
mod codes;
mod login;
mod refreshes;
mod web_api;
mod whole;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use std::time::Duration;

fn say(server: &StandIn, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn post(server: &StandIn, authorization: Option<&str>, content_type: &str, body: &str) -> (u16, String) {
    let authorization = authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
    let request = format!(
        "POST /api/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         {authorization}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let response = say(server, &request);
    let status = response[9..12].parse().unwrap();
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    (status, body.to_owned())
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

#[test]
fn it_responds_as_spotify_does() {
    let server = StandIn::spotify(Accounts::default()).unwrap();
    let good = basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    let unknown = basic("nobody", Accounts::CLIENT_SECRET);
    let wrong = basic(Accounts::CLIENT_ID, "wrong");
    let cases: [(Option<&str>, &str, &str, u16, &str); 9] = [
        (
            Some(&unknown),
            FORM,
            GRANT,
            400,
            r#"{"error":"invalid_client","error_description":"Invalid client"}"#,
        ),
        (
            Some(&wrong),
            FORM,
            GRANT,
            400,
            r#"{"error":"invalid_client","error_description":"Invalid client secret"}"#,
        ),
        (None, FORM, GRANT, 400, r#"{"error":"invalid_client"}"#),
        (Some("Basic !!!"), FORM, GRANT, 400, r#"{"error":"invalid_client"}"#),
        (Some("Bearer x"), FORM, GRANT, 400, r#"{"error":"invalid_client"}"#),
        (
            Some(&good),
            FORM,
            "",
            400,
            r#"{"error":"unsupported_grant_type","error_description":"grant_type parameter is missing"}"#,
        ),
        (
            Some(&good),
            FORM,
            r#"{"grant_type":"client_credentials"}"#,
            400,
            r#"{"error":"unsupported_grant_type","error_description":"grant_type parameter is missing"}"#,
        ),
        (
            Some(&good),
            FORM,
            "grant_type=password",
            400,
            r#"{"error":"unsupported_grant_type","error_description":"grant_type must be client_credentials, authorization_code or refresh_token"}"#,
        ),
        (
            Some(&good),
            "application/json",
            GRANT,
            415,
            r#"{"error":"server_error","error_description":"Unexpected status: 415"}"#,
        ),
    ];
    for (authorization, content_type, body, status, expected) in cases {
        assert_eq!(
            post(&server, authorization, content_type, body),
            (status, expected.to_owned())
        );
    }
    let (status, body) = post(&server, Some(&good), FORM, GRANT);
    assert_eq!(status, 200);
    assert!(
        body.starts_with(r#"{"access_token":"BQ"#) && body.ends_with(r#""token_type":"Bearer","expires_in":3600}"#)
    );
    assert_ne!(post(&server, Some(&good), FORM, GRANT).1, body, "each token is new");
    assert_eq!(server.requests().len(), 11);
    assert!(say(&server, "GET /api/token HTTP/1.1\r\nConnection: close\r\n\r\n").contains("Unexpected status: 405"));
    assert!(say(&server, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(17_000));
    assert!(say(&server, &long).starts_with("HTTP/1.1 431"));
}

#[test]
fn it_fails_as_often_as_configured() {
    let accounts = Accounts {
        fail: Some("503:2".parse().unwrap()),
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let good = basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    let statuses: Vec<u16> = (0..3).map(|_| post(&server, Some(&good), FORM, GRANT).0).collect();
    assert_eq!(statuses, [503, 503, 200]);
    for bad in ["", "x", "200", "600", "503:", "503:x", "503:-1"] {
        assert!(bad.parse::<Failing>().is_err(), "{bad}");
    }
}

#[test]
fn its_web_api_knows_its_own_tokens() {
    let server = StandIn::spotify(Accounts::default()).unwrap();
    let (_, body) = post(
        &server,
        Some(&basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET)),
        FORM,
        GRANT,
    );
    let token = body.split('"').nth(3).unwrap();
    let get = |path: &str, header: &str| {
        say(
            &server,
            &format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{header}\r\n"),
        )
    };
    let authorization = format!("Authorization: Bearer {token}\r\n");
    assert!(get("/v1/artists/0TnOYISbd1XYRBk9myaseg", &authorization).contains("Pitbull"));
    assert!(get("/v1/artists/x", "").contains("No token provided"));
    assert!(get("/v1/artists/x", "Authorization: Bearer BQx\r\n").contains("Invalid access token"));
    assert!(get("/v1/me", &authorization).starts_with("HTTP/1.1 401"));
    assert_eq!((server.requests().len(), server.api_requests().len()), (1, 4));
}

#[test]
fn its_log_and_debug_contain_no_secret() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let accounts = Accounts {
        log: Some(Arc::new(move |line: &str| log.lock().unwrap().push(line.to_owned()))),
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    post(
        &server,
        Some(&basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET)),
        FORM,
        GRANT,
    );
    post(&server, Some(&basic("canary-secret-given-as-id", "x")), FORM, GRANT);
    let log = lines.lock().unwrap().join("\n");
    assert_eq!(
        log,
        "POST /api/token 200 client_id=known\nPOST /api/token 400 client_id=unknown"
    );
    assert!(!format!("{:?}", server.requests()).contains("Basic"));
}

#[test]
fn a_script_is_followed_and_dropping_the_server_closes_connections() {
    let server = StandIn::scripted([Reply::token("a", 1), Reply::raw("not http"), Reply::hang()]).unwrap();
    let request = "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert!(say(&server, request).contains(r#""access_token":"a""#));
    assert_eq!(say(&server, request), "not http");
    let mut waiting = TcpStream::connect(server.address()).unwrap();
    waiting.write_all(request.as_bytes()).unwrap();
    while server.requests().len() < 3 {
        std::thread::yield_now();
    }
    drop(server);
    assert_eq!(waiting.read(&mut [0]).unwrap_or(0), 0);
}

/// What a server responds to this request, which ends the connection.
fn post_with(server: &StandIn, headers: &str, body: &str) -> String {
    let request = format!(
        "POST /api/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {FORM}\r\n{headers}\r\n{body}"
    );
    say(server, &request)
}

#[test]
fn credentials_in_the_body_work_as_well() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let accounts = Accounts {
        client_id: "an id".to_owned(),
        client_secret: "a&b%+ü".to_owned(),
        log: Some(Arc::new(move |line: &str| log.lock().unwrap().push(line.to_owned()))),
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let good = "client_id=an+id&client_secret=a%26b%25%2B%C3%BC";
    for (body, status, description) in [
        (format!("{GRANT}&{good}"), 200, "access_token"),
        (format!("{good}&{GRANT}"), 200, "access_token"),
        (
            format!("{GRANT}&client_id=an+id&client_secret=wrong"),
            400,
            "Invalid client secret",
        ),
        (
            format!("{GRANT}&client_id=nobody&client_secret=x"),
            400,
            "\"Invalid client\"",
        ),
        (format!("{GRANT}&client_id=an+id"), 400, "invalid_client"),
        (
            format!("{GRANT}&client_secret=a%26b%25%2B%C3%BC"),
            400,
            "invalid_client",
        ),
    ] {
        let (answered, text) = post(&server, None, FORM, &body);
        assert!(
            answered == status && text.contains(description),
            "{body}: {answered} {text}"
        );
    }
    // The header comes first.
    let wrong = basic("an+id", "wrong");
    assert_eq!(post(&server, Some(&wrong), FORM, &format!("{GRANT}&{good}")).0, 400);
    let right = basic("an+id", "a%26b%25%2B%C3%BC");
    assert_eq!(
        post(
            &server,
            Some(&right),
            FORM,
            &format!("{GRANT}&client_id=x&client_secret=y")
        )
        .0,
        200
    );
    let known: Vec<bool> = lines
        .lock()
        .unwrap()
        .iter()
        .map(|line| line.ends_with("=known"))
        .collect();
    assert_eq!(known, [true, true, true, false, true, false, true, true]);
    assert!(
        lines
            .lock()
            .unwrap()
            .iter()
            .all(|line| !line.contains("a&b") && !line.contains("%26"))
    );
}

#[test]
fn chunked_bodies_are_read() {
    let server = StandIn::spotify(Accounts::default()).unwrap();
    let authorization = format!(
        "Authorization: {}\r\n",
        basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET)
    );
    let chunked = format!("{authorization}Transfer-Encoding: chunked\r\n");
    let (first, second) = GRANT.split_at(5);
    for body in [
        format!("{:x}\r\n{GRANT}\r\n0\r\n\r\n", GRANT.len()),
        format!(
            "5\r\n{first}\r\n{:X};name=value\r\n{second}\r\n000\r\nTrailer: x\r\n\r\n",
            second.len()
        ),
    ] {
        let response = post_with(&server, &chunked, &body);
        assert!(response.starts_with("HTTP/1.1 200"), "{body}: {response}");
    }
    assert!(server.requests().iter().all(|request| request.body == GRANT.as_bytes()));
    let large = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
    for (headers, body, status) in [
        (&*chunked, "nonsense\r\n", 400),
        (&chunked, "-5\r\nhello\r\n0\r\n\r\n", 400),
        (&chunked, "5\r\nhello, world\r\n0\r\n\r\n", 400),
        (&chunked, "ffffffffffffffff\r\n", 413),
        (&chunked, &format!("{large}{large}"), 413),
        (
            &chunked,
            &format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(20_000)),
            400,
        ),
        (&chunked, &format!("0\r\n{}", "Trailer: x\r\n".repeat(2_000)), 400),
        ("Transfer-Encoding: gzip\r\n", "", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n", 400),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", "ab", 400),
        ("Content-Length: +1\r\n", "a", 400),
        ("Content-Length: 70000\r\n", "", 413),
    ] {
        let response = post_with(&server, headers, body);
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status}")),
            "{headers}{body:.40}: {response}"
        );
    }
    // The connection goes on after a body in chunks.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    for _ in 0..2 {
        let request = format!(
            "POST /api/token HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n{chunked}\r\n{:x}\r\n{GRANT}\r\n0\r\n\r\n",
            GRANT.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = [0; 12];
        stream.read_exact(&mut response).unwrap();
        assert_eq!(&response, b"HTTP/1.1 200");
        let mut rest = vec![0; 4096];
        let read = stream.read(&mut rest).unwrap();
        assert!(String::from_utf8_lossy(&rest[..read]).ends_with("3600}"));
    }
}

#[test]
fn a_client_that_sends_too_much_gets_the_response() {
    let server = StandIn::spotify(Accounts::default()).unwrap();
    for _ in 0..20 {
        let response = post_with(&server, "Content-Length: 900000\r\n", &"x".repeat(900_000));
        assert!(response.starts_with("HTTP/1.1 413"), "{response}");
    }
}

#[test]
fn http_1_0_closes_and_head_has_no_body() {
    let server = StandIn::spotify(Accounts::default()).unwrap();
    assert!(say(&server, "GET /v1/artists/x HTTP/1.0\r\n\r\n").contains("connection: close"));
    assert!(say(&server, "GET /v1/artists/x HTTP/1.1\r\nConnection: x, Close\r\n\r\n").contains("No token"));
    let head = say(&server, "HEAD /v1/artists/x HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 401") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(head.contains("content-length: 5"), "{head}");
}

/// A server with these limits that answers like Spotify.
fn limited(limits: Limits) -> StandIn {
    StandIn::limited(Accounts::default(), limits).unwrap()
}

#[test]
fn kept_requests_are_bounded_by_number_and_size() {
    let limits = Limits {
        kept_requests: 5,
        kept_bytes: 20_000,
        ..Limits::default()
    };
    let server = limited(limits);
    for number in 0..20 {
        post(&server, None, FORM, &format!("number={number}"));
    }
    let bodies = |server: &StandIn| -> Vec<String> {
        let requests = server.requests();
        requests
            .iter()
            .map(|request| String::from_utf8_lossy(&request.body).into_owned())
            .collect()
    };
    assert_eq!(
        bodies(&server),
        ["number=15", "number=16", "number=17", "number=18", "number=19"]
    );
    let large = "x".repeat(9_000);
    for number in 0..5 {
        post(&server, None, FORM, &format!("number={number}&{large}"));
    }
    assert_eq!(server.requests().len(), 2);
    // The newest is kept whatever its size.
    post(&server, None, FORM, &"y".repeat(30_000));
    assert_eq!(bodies(&server), ["y".repeat(30_000)]);
    assert_eq!(server.connections(), 26);
}

#[test]
fn slow_requests_and_idle_connections_time_out() {
    let limits = Limits {
        request: Duration::from_millis(150),
        idle: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = limited(limits);
    let mut slow = TcpStream::connect(server.address()).unwrap();
    let start = std::time::Instant::now();
    let mut response = Vec::new();
    let written = "POST /api/token HTTP/1.1\r\nContent-Length: 100000\r\nX: "
        .bytes()
        .chain(std::iter::repeat(b'x'));
    for byte in written {
        if slow.write_all(&[byte]).is_err() || start.elapsed() > Duration::from_secs(10) {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = slow.read_to_end(&mut response);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(response.is_empty() || response.starts_with(b"HTTP/1.1 408"));
    let mut silent = TcpStream::connect(server.address()).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
}

#[test]
fn too_many_connections_close_the_longest_idle_ones() {
    let limits = Limits {
        connections: 4,
        ..Limits::default()
    };
    let server = limited(limits);
    let mut waiting: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    let good = basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    for _ in 0..3 {
        assert_eq!(post(&server, Some(&good), FORM, GRANT).0, 200);
    }
    let first = waiting.first_mut().unwrap();
    assert_eq!(first.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn delayed_responses_make_room_when_their_clients_have_gone() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let accounts = Accounts {
        delay: Duration::from_secs(60),
        ..Accounts::default()
    };
    let server = StandIn::limited(accounts, limits).unwrap();
    for number in 1..=5 {
        let mut gone = TcpStream::connect(server.address()).unwrap();
        gone.write_all(b"GET /api/token HTTP/1.1\r\n\r\n").unwrap();
        while server.requests().len() < number {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn what_a_reply_holds_is_dropped_before_its_first_byte_is_sent() {
    let held = Arc::new(());
    let watched = Arc::downgrade(&held);
    let slow = Reply::json(200, "{}").drip(1, Duration::from_millis(50)).holding(held);
    let server = StandIn::scripted([slow, Reply::close()]).unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    assert_eq!(watched.strong_count(), 0);
}
