//! The verb `get`: the credential-helper protocol.

use std::fs::File;
use std::process::Output;

use crate::support::place::{Place, failed, stdout};
use crate::support::{ID, server};
use serde_json::Value;

fn get(place: &Place, request: &str) -> Output {
    place.run_with_stdin(&["get"], request.as_bytes())
}

#[test]
fn get_speaks_the_credential_helper_protocol() {
    let server = server();
    let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "file");
    for request in [
        r#"{"uri":"https://api.spotify.com/v1/artists/x"}"#,
        "\n{ \"other\": [1], \"uri\": \"HTTPS://API.spotify.com:443\" }\n\n",
    ] {
        let output = get(&place, request);
        let line = stdout(&output);
        assert_eq!(line.matches('\n').count(), 1);
        let answer: Value = serde_json::from_str(line).unwrap();
        let json: Value = serde_json::from_str(stdout(&place.run(&["json"]))).unwrap();
        let bearer = format!("Bearer {}", json["access_token"].as_str().unwrap());
        assert_eq!(answer["headers"], serde_json::json!({ "Authorization": [bearer] }));
        let expires = answer["expires"].as_str().unwrap();
        assert_eq!(expires.len(), "2026-01-01T00:00:00Z".len(), "{expires}");
        let seconds = humantime::parse_rfc3339(expires).unwrap();
        let seconds = seconds.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(Some(seconds), json["expires_at"].as_u64());
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn get_refuses_other_addresses_and_invalid_requests() {
    let server = server();
    let place = Place::knowing(&server);
    for uri in [
        "http://api.spotify.com/",
        "https://api.spotify.com.evil.example/",
        "https://user@api.spotify.com/",
        "https://api.spotify.com@evil.example/",
        "https://api.spotify.com:8443/",
        "https://accounts.spotify.com/api/token",
    ] {
        let message = failed(&get(&place, &serde_json::json!({ "uri": uri }).to_string()), 65);
        assert!(message.contains("only for https://api.spotify.com"), "{message}");
    }
    for (request, hint) in [
        ("", "ends too early"),
        ("{", "ends too early"),
        ("nonsense canary", "not JSON (line 1"),
        ("[]", "one string \"uri\""),
        ("\"https://api.spotify.com/\"", "one string \"uri\""),
        ("{}", "one string \"uri\""),
        (r#"{"uri":7}"#, "one string \"uri\""),
        (r#"{"url":"https://api.spotify.com/"}"#, "one string \"uri\""),
        (
            r#"{"uri":"https://a.example/","uri":"https://api.spotify.com/"}"#,
            "one string \"uri\"",
        ),
        (r#"{"uri":"https://api.spotify.com/"} canary"#, "not JSON"),
        ("{\"uri\":\"https://api.spotify.com/\u{0}\"}", "not JSON"),
    ] {
        let message = failed(&get(&place, request), 65);
        assert!(
            message.contains(hint) && !message.contains("canary"),
            "{request}: {message}"
        );
    }
    let endless = place
        .command(&["get"])
        .stdin(File::open("/dev/zero").unwrap())
        .output()
        .unwrap();
    assert!(failed(&endless, 65).contains("64 KiB"));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn get_does_not_read_the_secret_from_stdin_too() {
    let server = server();
    let place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    let arguments = ["get", "--client-id", ID, "--client-secret-file", "-"];
    let request = br#"{"uri":"https://api.spotify.com/"}"#;
    let message = failed(&place.run_with_stdin(&arguments, request), 64);
    assert!(message.contains("--client-secret-file"), "{message}");
}
