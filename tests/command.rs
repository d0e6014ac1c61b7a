//! The command as people use it: the real binary, a real server, and what is on stdout, on stderr and in `$?`.

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::{Code, ERRORS};
use support::place::{MockServer, Place, send_signal, stdout};
use support::{ID, NOWHERE, SECRET, server};

#[test]
fn the_forms_of_a_token() {
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
        !log.contains("canary") && !log.contains("Basic") && !log.contains("BQ"),
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
fn every_failure_has_its_status() {
    let refused = r#"{"error":"invalid_client"}"#;
    let no_grant = r#"{"error":"unsupported_grant_type"}"#;
    for (reply, status) in [
        (Reply::json(400, refused), 77),
        (Reply::json(400, no_grant), 65),
        (Reply::empty(404), 76),
        (Reply::empty(301), 76),
        (Reply::json(200, "{}"), 76),
        (Reply::json(200, "x".repeat(70_000)), 76),
        (Reply::empty(429), 75),
        (Reply::empty(503), 75),
        (Reply::close(), 75),
        (Reply::hang(), 75),
    ] {
        let server = StandIn::scripted([reply]).unwrap();
        let flags = ["--max-retries", "0", "--attempt-timeout-ms", "500"];
        Place::knowing(&server).fails(&flags, status);
        assert_eq!(server.requests().len(), 1);
    }
    let nobody = Place::new().variable("CLIENT_ID", "i").variable("CLIENT_SECRET", "s");
    let quick = |url| ["--max-retries", "0", "--token-url", url];
    nobody.fails(&quick("http://127.0.0.1:9/"), 69);
    let nowhere = format!("https://{NOWHERE}/");
    nobody.fails(&quick(&nowhere), 69);
    nobody.fails(&[&quick(&nowhere)[..], &["--proxy", "http://127.0.0.1:9"]].concat(), 69);
    nobody.fails(&["--ca-file", "/nowhere", "--token-url", "https://127.0.0.1:9/"], 66);
    Place::new().fails(&[], 78);
    Place::new().variable("CLIENT_ID", "i").fails(&[], 78);
    Place::new()
        .variable("CLIENT_ID", "i d")
        .variable("CLIENT_SECRET", "s")
        .fails(&[], 78);
}

#[test]
fn a_bad_command_line_is_64_and_says_what_is_wrong() {
    let place = Place::new();
    for (arguments, hint) in [
        (&["tokn"][..], "token"),
        (&["--time-out-ms", "5"], "--timeout-ms"),
        (&["--timeout-ms"], "--timeout-ms"),
        (&["--timeout-ms", "soon"], "whole number"),
        (&["--timeout-ms", "0"], "from 1"),
        (&["--token-url", "http://example.org/"], "https"),
        (&["--cache", "disk"], "memory"),
        (&["json", "more"], "more"),
        (&["mock-server", "--port", "99999"], "port"),
        (&["mock-server", "--fail", "x"], "STATUS"),
        (&["mock-server", "--expires-in", "0"], "expires-in"),
    ] {
        let message = place.fails(arguments, 64);
        assert!(message.contains(hint), "{arguments:?}: {message}");
    }
    let variable = Place::new().variable("SPOTIFY_MAX_RETRIES", "many");
    assert!(variable.fails(&[], 64).contains("SPOTIFY_MAX_RETRIES"));
}

#[test]
fn a_reader_that_goes_ends_it_silently_and_a_full_disk_is_an_error() {
    let server = server();
    let place = Place::knowing(&server);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = place
        .command(&[])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!((output.status.signal(), output.stderr), (Some(13), Vec::new()));
    if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        let output = place
            .command(&["json"])
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(74));
        assert!(String::from_utf8(output.stderr).unwrap().contains("No space left"));
    }
}

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
fn demo_shows_everything_but_the_secret_whatever_the_environment_says() {
    let place = Place::new()
        .variable("http_proxy", "http://127.0.0.1:9")
        .variable("CLIENT_ID", "half");
    let output = place.run(&["demo"]);
    let shown = stdout(&output);
    for part in [
        "POST /api/token",
        "grant_type=client_credentials",
        "status 200",
        "\"access_token\":\"BQ",
        "1 request in all",
        "Pitbull",
        "error_code 20",
        "spotify-token json",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains(SECRET) && !shown.contains('\u{1b}'));
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
fn help_and_version_are_answers() {
    let place = Place::new();
    assert_eq!(
        stdout(&place.run(&["--version"])),
        concat!("spotify-token ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let output = place.run(&["--help"]);
    let help = stdout(&output);
    assert!(help.contains("mock-server") && help.contains("--attempt-timeout-ms"));
}

#[test]
fn a_slow_server_does_not_keep_the_interrupt_waiting() {
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

#[test]
fn every_flag_is_an_option_and_comes_before_its_variable() {
    let server = server();
    let place = Place::knowing(&server);
    for (flag, good, bad) in [
        ("--client-id", ID, ""),
        ("--dotenv", "", "\0"),
        ("--token-url", &*server.token_url(), "ftp://localhost/"),
        ("--timeout-ms", "5000", "-1"),
        ("--attempt-timeout-ms", "5000", "1.5"),
        ("--max-retries", "0", "x"),
        ("--refresh-before-s", "0", "soon"),
        ("--min-ttl-s", "0", "soon"),
        ("--proxy", "", "nonsense://"),
        ("--ca-file", "/dev/null", ""),
        ("--cache", "memory", "disk"),
        ("--user-agent", "curl/8", "two\nlines"),
    ] {
        if !["--dotenv", "--client-id"].contains(&flag) {
            place.fails(&["token", flag, bad], 64);
        }
        // The variable would fail, and is not looked at; credentials' variables are a source of their own.
        let variable = format!("SPOTIFY_{}", flag[2..].replace('-', "_").to_uppercase());
        let place = match flag {
            "--client-id" => {
                fs::write(place.directory.path().join("secret"), SECRET).unwrap();
                stdout(&place.run(&[flag, good, "--client-secret-file", "secret"]));
                continue;
            }
            "--dotenv" => Place::knowing(&server).variable(&variable, "/nowhere"),
            _ => Place::knowing(&server).variable(&variable, bad),
        };
        assert!(
            stdout(&place.run(&[flag, good, "token"])).starts_with("BQ"),
            "{flag} before the verb"
        );
        assert!(
            stdout(&place.run(&["token", flag, good])).starts_with("BQ"),
            "{flag} after the verb"
        );
    }
    let last = server.requests().pop().unwrap();
    assert_eq!(last.header("user-agent"), Some("curl/8"));
    let slow = StandIn::scripted([Reply::hang()]).unwrap();
    Place::knowing(&slow).fails(&["--timeout-ms", "300"], 75);
}

#[test]
fn mock_server_listens_where_it_is_told_unless_somebody_does_already() {
    let first = MockServer::start(&[]);
    let port = first.text("token_url").split([':', '/']).nth(4).unwrap().to_owned();
    let message = Place::new().fails(&["mock-server", "--port", &port], 70);
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
fn the_exit_statuses_are_those_of_the_table() {
    let statuses: Vec<(Code, u8)> = ERRORS.iter().map(|row| (row.code, row.exit_status)).collect();
    for (code, status) in [
        (Code::Dns, 69),
        (Code::Timeout, 75),
        (Code::InvalidClient, 77),
        (Code::Oauth, 65),
        (Code::Internal, 70),
    ] {
        assert!(statuses.contains(&(code, status)), "{code:?}");
    }
}
