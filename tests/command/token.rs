//! The verbs `token`, `json` and `header`: where the credentials come from, what is printed, what is cached, and the
//! exit status of each error.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use crate::support::place::{MockServer, Place, send_signal, stdout};
use crate::support::{ID, SECRET, server, shows_a_token};
use serde_json::Value;
use spotify_token::stand_in::{Reply, StandIn};

#[test]
fn each_verb_prints_its_form_of_the_token() {
    let server = StandIn::scripted([Reply::token("BQabc", 3600)]).unwrap();
    let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "memory");
    assert_eq!(stdout(&place.run(&[])), "BQabc\n");
    assert_eq!(stdout(&place.run(&["token"])), "BQabc\n");
    assert_eq!(stdout(&place.run(&["header"])), "Authorization: Bearer BQabc\n");
    let output = place.run(&["json"]);
    let json = stdout(&output);
    assert!(
        json.starts_with(r#"{"access_token":"BQabc","token_type":"Bearer","expires_in":3600,"scope":"","expires_at":"#)
    );
    assert_eq!(json.matches('\n').count(), 1);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn credentials_from_the_environment_and_from_a_dotenv_file() {
    let server = MockServer::start(&[]);
    let json: Value = serde_json::from_str(stdout(&server.place().run(&["json"]))).unwrap();
    assert_eq!(
        (json["token_type"].as_str(), json["expires_in"].as_i64()),
        (Some("Bearer"), Some(3600))
    );

    let place = Place::new().variable("SPOTIFY_TOKEN_URL", server.text("token_url"));
    let dotenv = format!(
        "CLIENT_ID={}\nCLIENT_SECRET={}\n",
        server.text("client_id"),
        server.text("client_secret")
    );
    fs::write(place.directory.path().join(".env"), &dotenv).unwrap();
    assert!(stdout(&place.run(&[])).starts_with("BQ"));
    fs::rename(
        place.directory.path().join(".env"),
        place.directory.path().join(".env.txt"),
    )
    .unwrap();
    assert!(place.fails(&[], 78).contains(".env.txt"));
    fs::rename(
        place.directory.path().join(".env.txt"),
        place.directory.path().join("other"),
    )
    .unwrap();
    assert!(stdout(&place.run(&["--dotenv", "other"])).starts_with("BQ"));
    assert!(stdout(&place.run(&["token", "--dotenv=other"])).starts_with("BQ"));

    let wrong = server.place().variable("CLIENT_SECRET", "canary-wrong");
    let message = wrong.fails(&["json"], 77);
    assert!(
        message.contains("Invalid client secret") && message.contains("dashboard"),
        "{message}"
    );
    let (status, log) = server.end("TERM");
    assert_eq!(status, Some(0));
    assert_eq!(log.lines().count(), 5, "{log}");
    assert!(
        !log.contains("canary") && !log.contains("Basic") && !shows_a_token(&log),
        "{log}"
    );
}

#[test]
fn a_secret_comes_from_a_file_or_from_stdin_and_never_from_a_flag() {
    let server = server();
    let place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    fs::write(place.directory.path().join("secret"), format!("{SECRET}\n")).unwrap();
    let with = |path| ["--client-id", ID, "--client-secret-file", path];
    assert!(stdout(&place.run(&with("secret"))).starts_with("BQ"));
    let mut process = place
        .command(&with("-"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(SECRET.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success() && output.stdout.starts_with(b"BQ"));
    assert!(place.fails(&with("nowhere"), 66).contains("nowhere"));
    assert!(place.fails(&with("/dev/zero"), 66).contains("64 KiB"));
    assert!(
        place
            .fails(&["--client-secret-file", "secret"], 78)
            .contains("client id is missing")
    );
    let message = place.fails(&["--client-secret", "canary"], 64);
    assert!(!message.contains("canary"), "{message}");
}

#[test]
fn a_token_is_cached_between_runs_until_it_is_reset() {
    let server = server();
    let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "");
    let text = |arguments: &[&str]| stdout(&place.run(arguments)).to_owned();
    let first = text(&[]);
    assert_eq!(text(&["token"]), first);
    assert_eq!(text(&["header"]), format!("Authorization: Bearer {first}"));
    assert_eq!(server.requests().len(), 1);
    assert_ne!(text(&["--cache", "memory"]), first);
    assert_eq!(text(&["token"]), first);
    let second = text(&["--refresh"]);
    assert_ne!(second, first);
    assert_eq!(text(&[]), second);
    assert_eq!(text(&["reset"]), "");
    assert_ne!(text(&[]), second);
    assert_eq!(server.requests().len(), 4);
    let elsewhere = Place::knowing(&server)
        .variable("SPOTIFY_CACHE", "")
        .variable("CLIENT_SECRET", "rotated");
    elsewhere.fails(&[], 77);
}

#[test]
fn an_interrupt_ends_a_slow_request_at_once() {
    let server = StandIn::scripted([Reply::hang()]).unwrap();
    let process = Place::knowing(&server)
        .command(&[])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    while server.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    send_signal(&process, "INT");
    let output = process.wait_with_output().unwrap();
    assert_eq!(
        (output.status.signal(), output.stdout),
        (Some(2), Vec::new()),
        "which a shell shows as 130"
    );
}
