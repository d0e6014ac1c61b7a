//! What holds for all endpoints: the log, and wrong methods and places.

use std::sync::{Arc, Mutex};

use super::login::*;
use super::say;
use crate::stand_in::{Accounts, Rotate, StandIn};

#[test]
fn wrong_methods_and_places_get_their_statuses() {
    let server = start();
    let path = url(&server);
    let path = path.strip_prefix(&format!("http://{}", server.address())).unwrap();
    let ask = |method: &str, path: &str, headers: &str| {
        say(
            &server,
            &format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"),
        )
    };
    let head = ask("HEAD", path, "");
    assert!(status(&head) == 200 && head.ends_with("\r\n\r\n"), "{head}");
    assert!(ask("PUT", path, "").contains("allow: GET, HEAD, POST"));
    assert_eq!(status(&ask("PUT", path, "")), 405);
    assert_eq!(status(&ask("POST", path, "Content-Type: text/plain\r\n")), 415);
    assert_eq!(status(&ask("GET", "/authorize/", "")), 404);
    assert_eq!(status(&ask("GET", "/api/token?x", "")), 405);
    assert_eq!(status(&ask("GET", "/", "")), 404);
    assert_eq!(status(&ask("GET", "/v1/nothing", "Authorization: Bearer x\r\n")), 401);
}

#[test]
fn no_log_line_has_a_secret() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let accounts = Accounts {
        log: Some(Arc::new(move |line: &str| log.lock().unwrap().push(line.to_owned()))),
        rotate: Rotate::Always,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let canary = url_with(&server, &[("state", Some("canary-state"))]);
    let code = code(&server.agree(&canary));
    server.decline(&canary);
    let (_, tokens) = exchange(&server, &code);
    let refresh_token = text(&tokens, "refresh_token");
    let (_, refreshed) = refresh(&server, refresh_token);
    refresh(&server, refresh_token);
    api(&server, "GET", "/v1/me?access_token=canary-query", &refreshed);
    exchange(&server, &code);
    get(&server, &format!("{}/?client_id=canary-client", server.authorize_url()));
    let log = lines.lock().unwrap().join("\n");
    assert_eq!(log.lines().count(), 10, "{log}");
    for secret in [
        &code,
        "canary",
        VERIFIER,
        CHALLENGE,
        refresh_token,
        text(&tokens, "access_token"),
        text(&refreshed, "refresh_token"),
        text(&refreshed, "access_token"),
        "?",
    ] {
        assert!(!secret.is_empty() && !log.contains(secret), "{secret}: {log}");
    }
    assert!(log.contains("GET /v1/me 200 token=user"), "{log}");
    assert!(
        log.contains("GET /authorize 200 client_id=known\nPOST /authorize 303 client_id=none"),
        "{log}"
    );
    let shown = format!("{:?} {:?}", server.requests(), server.api_requests());
    assert!(!shown.contains("canary") && !shown.contains(&code), "{shown}");
}
