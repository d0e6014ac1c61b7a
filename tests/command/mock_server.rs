//! The verb `mock-server`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::support::place::{MockServer, Place, binary, stdout};
use serde_json::Value;

#[test]
fn mock_server_fails_and_delays_as_its_flags_say() {
    let flags = [
        "--fail",
        "503:2",
        "--client-id",
        "me",
        "--client-secret",
        "mine",
        "--expires-in",
        "7",
    ];
    let server = MockServer::start(&flags);
    assert_eq!((server.text("client_id"), server.text("client_secret")), ("me", "mine"));
    let json: Value = serde_json::from_str(stdout(&server.place().run(&["json"]))).unwrap();
    assert_eq!(json["expires_in"], 7);
    let (status, log) = server.end("INT");
    assert_eq!(status, Some(0));
    let statuses: Vec<&str> = log.lines().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(statuses, ["503", "503", "200"]);

    let slow = MockServer::start(&["--delay-ms", "60000"]);
    let flags = ["--attempt-timeout-ms", "300", "--max-retries", "0"];
    slow.place().fails(&flags, 75);
    drop(slow.end("TERM"));
}

#[test]
fn mock_server_limits_requests_to_the_web_api() {
    let server = MockServer::start(&["--fail-api", "429:1"]);
    let token = server.place().run(&["token"]);
    let api = server.text("api_url");
    let authorization = format!("Bearer {}", stdout(&token).trim());
    let get = || {
        let request = ureq::get(format!("{api}/artists/x")).header("Authorization", &authorization);
        let response = request.config().http_status_as_error(false).build().call();
        response.unwrap().status().as_u16()
    };
    assert_eq!((get(), get()), (429, 200));
    assert_eq!(server.end("TERM").0, Some(0));
    let message = Place::new().fails(&["mock-server", "--fail-api", "429:"], 64);
    assert!(message.contains("--fail-api"), "{message}");
}

#[test]
fn mock_server_listens_on_its_port_unless_it_is_in_use() {
    let first = MockServer::start(&[]);
    let port = first.text("token_url").split([':', '/']).nth(4).unwrap().to_owned();
    let message = Place::new().fails(&["mock-server", "--port", &port], 69);
    assert!(
        message.contains("cannot listen on 127.0.0.1") && message.contains("in use"),
        "{message}"
    );
    assert_eq!(first.end("TERM").0, Some(0));
    let second = MockServer::start(&["--port", &port]);
    assert!(second.text("token_url").contains(&format!(":{port}/")));
    assert_eq!(second.end("INT").0, Some(0));
}

#[test]
fn mock_server_survives_more_connections_than_descriptors() {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 256; exec \"$0\" mock-server 2>/dev/null"])
        .arg(binary());
    let server = MockServer::of(&mut command);
    let address = server.text("token_url").split('/').nth(2).unwrap().to_owned();
    let silent: Vec<TcpStream> = (0..600).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let json: Value = serde_json::from_str(stdout(&server.place().run(&["json"]))).unwrap();
    assert_eq!(json["token_type"], "Bearer");
    drop(silent);
    assert!(stdout(&server.place().run(&["--refresh"])).starts_with("BQ"));
    assert_eq!(server.end("TERM").0, Some(0));
}

#[test]
fn mock_server_keeps_a_bounded_amount_of_requests() {
    let server = MockServer::start(&[]);
    let address = server.text("token_url").split('/').nth(2).unwrap().to_owned();
    let before = server.resident_kib();
    let body = "x".repeat(60_000);
    let request = format!(
        "POST /api/token HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(&address).unwrap();
    let reading = stream.try_clone().unwrap();
    let answers = std::thread::spawn(move || {
        BufReader::new(reading)
            .lines()
            .map_while(Result::ok)
            .filter(|line| line.contains("HTTP/1.1 415"))
            .take(500)
            .count()
    });
    for _ in 0..500 {
        stream.write_all(request.as_bytes()).unwrap();
    }
    assert_eq!(answers.join().unwrap(), 500);
    let grown = server.resident_kib() - before;
    assert!(grown < 16 * 1024, "{grown} KiB more for 30 MB of requests");
    drop(server.end("TERM"));
}

/// Sends a request with this form, if there is one, and returns the response.
fn send(url: &str, form: Option<&str>) -> String {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let (method, body) = form.map_or(("GET", ""), |form| ("POST", form));
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end).unwrap().0
}

/// Logs a user in as a browser and an app do, without the library. The challenge is that of RFC 7636, appendix B.
fn log_in(server: &MockServer, redirect_uri: &str) -> Value {
    let id = server.text("client_id");
    let url = format!(
        "{}?client_id={id}&response_type=code&redirect_uri={redirect_uri}&state=canary-state&scope=user-read-private\
         &code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        server.text("authorize_url")
    );
    let page = send(&url, None);
    let ticket = between(&page, "name=\"ticket\" value=\"", "\"");
    let answer = send(
        server.text("authorize_url"),
        Some(&format!("ticket={ticket}&decision=agree")),
    );
    let code = between(&answer, "?code=", "&");
    let form = format!(
        "grant_type=authorization_code&client_id={id}&code={code}&redirect_uri={redirect_uri}\
         &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    json_of(&send(server.text("token_url"), Some(&form)))
}

fn refresh(server: &MockServer, tokens: &Value) -> Value {
    let form = format!(
        "grant_type=refresh_token&client_id={}&refresh_token={}",
        server.text("client_id"),
        tokens["refresh_token"].as_str().unwrap()
    );
    json_of(&send(server.text("token_url"), Some(&form)))
}

fn json_of(response: &str) -> Value {
    serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn mock_server_lets_users_log_in_and_its_flags_say_how_that_ends() {
    const CALLBACK: &str = "http://127.0.0.1:1234/callback";
    let server = MockServer::start(&[]);
    let tokens = log_in(&server, CALLBACK);
    assert!(refresh(&server, &tokens).get("refresh_token").is_none());
    let address = server.text("api_url").to_owned();
    assert!(address.starts_with("http://127.0.0.1:") && address.ends_with("/v1"));
    let (_, log) = server.end("TERM");
    for secret in [
        "canary-state",
        "E9Melhoa",
        "dBjftJeZ",
        "?",
        tokens["refresh_token"].as_str().unwrap(),
    ] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert_eq!(log.lines().count(), 4, "{log}");

    let server = MockServer::start(&["--rotate", "always", "--revoke", "1"]);
    let tokens = log_in(&server, CALLBACK);
    let rotated = refresh(&server, &tokens);
    assert!(rotated["refresh_token"].as_str().unwrap().starts_with("AQ"));
    assert_eq!(refresh(&server, &rotated)["error_description"], "Refresh token revoked");
    drop(server.end("TERM"));

    let server = MockServer::start(&["--revoke"]);
    let tokens = log_in(&server, CALLBACK);
    assert_eq!(refresh(&server, &tokens)["error_description"], "Refresh token revoked");
    drop(server.end("TERM"));

    let own = "http://[::1]:99/own";
    let server = MockServer::start(&[
        "--login-lifetime",
        "1",
        "--redirect-uri",
        own,
        "--redirect-uri",
        CALLBACK,
    ]);
    let tokens = log_in(&server, own);
    log_in(&server, CALLBACK);
    let mut answer = refresh(&server, &tokens);
    while answer.get("error").is_none() {
        std::thread::sleep(Duration::from_millis(50));
        answer = refresh(&server, &tokens);
    }
    assert_eq!(answer["error_description"], "Refresh token expired");
    drop(server.end("TERM"));
}
