//! The verb `mock-server`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;

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
}
