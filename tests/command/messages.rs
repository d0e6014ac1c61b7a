//! What the command says on stderr: warnings, the log, and text from elsewhere.

use std::fs::File;

use serde_json::Value;
use spotify_token::stand_in::StandIn;

use crate::support::place::{Place, failed, stdout};
use crate::support::{SECRET, server};

/// A place whose cache cannot be used: a file is where the directory should be.
fn place_without_cache(server: &StandIn) -> Place {
    let place = Place::knowing(server);
    let path = place.directory.path().join("a file");
    File::create(&path).unwrap();
    place.variable("SPOTIFY_CACHE", &format!("file:{}", path.display()))
}

#[test]
fn an_unusable_cache_is_a_warning_unless_quiet() {
    let server = server();
    let place = place_without_cache(&server);
    let run = |arguments: &[&str]| {
        let output = place.run(arguments);
        assert!(
            output.status.success() && output.stdout.starts_with(b"BQ"),
            "{arguments:?}"
        );
        String::from_utf8(output.stderr).unwrap()
    };
    for arguments in [&[][..], &["token"], &["-v"], &["token", "--verbose"], &["-q", "-v"]] {
        let message = run(arguments);
        let warnings: Vec<&str> = message.lines().filter(|line| line.contains("warning: ")).collect();
        assert_eq!(warnings.len(), 1, "{arguments:?}: {message}");
        assert!(
            warnings[0].starts_with("spotify-token: warning: ") && warnings[0].contains("/a file"),
            "{message}"
        );
    }
    for arguments in [&["-q"][..], &["token", "--quiet"], &["--quiet", "token"]] {
        assert_eq!(run(arguments), "", "{arguments:?}");
    }
    let output = place.run(&["exec", "-q", "--", "true"]);
    assert_eq!(stdout(&output), "");
    let output = place.run(&["exec", "--", "true"]);
    assert!(output.status.success() && output.stderr.starts_with(b"spotify-token: warning: "));
}

#[test]
fn verbose_shows_the_log_and_no_secret() {
    let server = server();
    let place = Place::knowing(&server);
    let run = |arguments: &[&str]| {
        let output = place.run(arguments);
        assert!(output.status.success(), "{arguments:?}");
        let token = String::from_utf8(output.stdout).unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(!log.contains(token.trim_end()) && !log.contains(SECRET), "{log}");
        log
    };
    assert_eq!(run(&[]), "");
    for arguments in [&["-v"][..], &["token", "-v"], &["--verbose", "token"]] {
        let log = run(arguments);
        assert!(
            log.starts_with("spotify-token: info: ") && !log.contains("debug: "),
            "{log}"
        );
    }
    for arguments in [
        &["-vv"][..],
        &["-v", "token", "-v"],
        &["token", "--verbose", "--verbose"],
    ] {
        let log = run(arguments);
        assert!(log.contains("spotify-token: debug: POST http://127.0.0.1:"), "{log}");
    }
    let refused = Place::knowing(&server).variable("CLIENT_SECRET", "canary");
    let lines = refused.fails(&["-q"], 77);
    assert_eq!(lines.lines().count(), 1, "an error is never hidden: {lines}");
    assert!(refused.fails(&["-v"], 77).lines().count() > 1);
    let report: Value = {
        let output = place.run(&["doctor", "--json", "-v"]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("info: "));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(report["exit_status"], 0);
}

#[test]
fn text_from_elsewhere_cannot_control_the_terminal() {
    let place = Place::new();
    for arguments in [
        &["\u{1b}[31mtoken"][..],
        &["--\u{1b}]0;title\u{7}"],
        &["--cache", "file:/\u{1b}[31m", "reset"],
        &["--client-secret-file", "/nowhere\u{1b}[31m\u{202e}"],
        &["doctor", "--dotenv", "/nowhere\u{1b}[31m"],
        &["mock-server", "--fail", "\u{1b}[31m"],
    ] {
        let output = place.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        for shown in [output.stdout, output.stderr] {
            let shown = String::from_utf8(shown).unwrap();
            let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!shown.contains(steers), "{arguments:?}: {shown:?}");
        }
    }
    let server = server();
    let place = Place::knowing(&server);
    let output = place.run(&["exec", "--", "no-such\u{1b}[31m"]);
    assert!(!failed(&output, 127).contains('\u{1b}'));
}
