//! The lines of the log: for people, as JSON, and with priorities in systemd's journal.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use spotify_token::stand_in::{Accounts, Failing, StandIn};

use crate::support::keeper::Keeper;
use crate::support::place::{MockServer, Place};
use crate::support::{SECRET, server};

/// The level and the message of each line. The time has to be now.
fn parsed(log: &str) -> Vec<(String, String)> {
    let parse = |line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        let time = humantime::parse_rfc3339(&text("time")).unwrap();
        assert!(
            SystemTime::now().duration_since(time).unwrap() < Duration::from_secs(60),
            "{line}"
        );
        assert_eq!(line.as_object().unwrap().len(), 3, "{line}");
        (text("level"), text("message"))
    };
    log.lines().map(parse).collect()
}

fn fails_once() -> StandIn {
    let fail = Some(Failing {
        status: 503,
        count: Some(1),
    });
    StandIn::spotify(Accounts {
        fail,
        ..Accounts::default()
    })
    .unwrap()
}

#[test]
fn keep_logs_json_when_asked_to() {
    let server = fails_once();
    let place = Place::knowing(&server).variable("SPOTIFY_MAX_RETRIES", "0");
    let mut keeper = Keeper::start(&place, &["-v", "--log-format", "json"]);
    let token = keeper.content_after("");
    let log = String::from_utf8(keeper.end("TERM").stderr).unwrap();
    assert!(!log.contains(&token) && !log.contains(SECRET), "{log}");
    let lines = parsed(&log);
    for (level, part) in [
        ("error", "giving up after attempt 1"),
        ("warning", "no new token: the server failed: status 503"),
        ("info", "token has a token for 3600 s"),
    ] {
        let found = lines.iter().any(|line| line.0 == level && line.1.contains(part));
        assert!(found, "{level} {part}: {log}");
    }

    let refused = place.variable("CLIENT_SECRET", "wrong");
    let log = refused.fails(&["keep", "--file", "token", "--log-format", "json"], 77);
    let (level, message) = parsed(&log).pop().unwrap();
    assert!(level == "error" && message.starts_with("the server rejected the client id or secret"));
    refused.fails(&["keep", "--file", "token", "--log-format", "xml"], 64);
}

#[test]
fn mock_server_logs_json_when_asked_to() {
    let server = MockServer::start(&["--log-format", "json"]);
    assert!(server.place().run(&["token"]).status.success());
    let (_, log) = server.end("TERM");
    let expected = ("info".to_owned(), "POST /api/token 200 client_id=known".to_owned());
    assert_eq!(parsed(&log), [expected]);
}

/// Runs the command with stderr in a file, of which systemd says that it is the journal if `is_journal`; gives the file's content.
fn log_in_file(place: Place, arguments: &[&str], is_journal: bool) -> String {
    let path = place.directory.path().join("log");
    let file = File::create(&path).unwrap();
    let status = file.metadata().unwrap();
    let inode = status.ino() + u64::from(!is_journal);
    let place = place.variable("JOURNAL_STREAM", &format!("{}:{inode}", status.dev()));
    place
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(file)
        .status()
        .unwrap();
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_line_in_the_journal_begins_with_its_priority() {
    let server = server();
    let place = || Place::knowing(&server).variable("CLIENT_SECRET", "wrong");
    let log = log_in_file(place(), &["-vv"], true);
    for start in [
        "<7>POST http://127.0.0.1",
        "<3>the server rejected the client id or secret",
    ] {
        assert!(log.lines().any(|line| line.starts_with(start)), "{start}: {log}");
    }
    assert!(log.lines().all(|line| line.starts_with('<')), "{log}");
    let keep = ["keep", "--file", "token", "--log-format", "json"];
    let log = log_in_file(place(), &keep, true);
    let json: Vec<&str> = log.lines().map(|line| line.strip_prefix("<3>").unwrap()).collect();
    let (_, message) = parsed(&json.join("\n")).pop().unwrap();
    assert!(message.starts_with("the server rejected"), "{message}");

    let log = log_in_file(place(), &[], false);
    assert!(log.starts_with("spotify-token: the server rejected"), "{log}");

    let unusable = Place::knowing(&server).variable("SPOTIFY_CACHE", "file:/dev/null/nowhere");
    let log = log_in_file(unusable, &[], true);
    assert!(log.starts_with("<4>"), "{log}");
}
