//! The verb `mock-server`.

use crate::support::place::{MockServer, Place, stdout};
use serde_json::Value;

#[test]
fn mock_server_fails_and_delays_as_told() {
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
fn mock_server_listens_where_it_is_told_unless_somebody_does_already() {
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
