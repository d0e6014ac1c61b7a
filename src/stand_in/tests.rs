//! The stand-in seen from a socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn say(server: &StandIn, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn post(server: &StandIn, authorization: Option<&str>, content_type: &str, body: &str) -> (u16, String) {
    let authorization = authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
    let request = format!(
        "POST /api/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         {authorization}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = say(server, &request);
    let status = answer[9..12].parse().unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, body.to_owned())
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

#[test]
fn it_answers_what_spotify_answers() {
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
fn it_fails_as_often_as_it_is_told_to() {
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
fn its_log_and_debug_hold_no_secret() {
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
fn a_script_is_followed_and_a_stop_ends_everything() {
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
