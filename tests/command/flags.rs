//! Flags, `--help` and `--version`, and invalid command lines.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::VERBS;
use crate::support::place::{Place, failed, stdout};
use crate::support::{ID, SECRET, server};
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::unstable::{EXIT_STATUSES, OPTIONS};

#[test]
fn every_option_has_a_flag_that_overrides_its_variable() {
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
        // The variable is invalid, and the flag overrides it. The variables of credentials are another source.
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
fn an_invalid_command_line_is_64_and_the_message_says_why() {
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
        (&["mock-server", "--rotate", "sometimes"], "rotate"),
        (&["mock-server", "--login-lifetime", "0"], "login-lifetime"),
        (&["mock-server", "--revoke", "often"], "revoke"),
        (&["mock-server", "--redirect-uri", ""], "redirect-uri"),
    ] {
        let message = place.fails(arguments, 64);
        assert!(message.contains(hint), "{arguments:?}: {message}");
    }
    let variable = Place::new().variable("SPOTIFY_MAX_RETRIES", "many");
    assert!(variable.fails(&[], 64).contains("SPOTIFY_MAX_RETRIES"));
}

#[test]
fn every_verb_has_help_and_refuses_unknown_flags() {
    let place = Place::new();
    for verb in VERBS {
        let output = place.run(&[verb, "--help"]);
        assert!(stdout(&output).contains(&format!("spotify-token {verb}")), "{verb}");
        let message = place.fails(&[verb, "--no-such-flag"], 64);
        assert!(message.contains("--no-such-flag"), "{verb}: {message}");
    }
    for (arguments, suggestion) in [
        (&["heder"][..], "header"),
        (&["docter"], "doctor"),
        (&["header", "--refersh"], "--refresh"),
        (&["--no-inptu"], "--no-input"),
        (&["completions", "bsh"], "bash"),
        (&["completions", "tcsh"], "fish"),
    ] {
        let message = place.fails(arguments, 64);
        assert!(message.contains(suggestion), "{arguments:?}: {message}");
    }
    assert!(place.fails(&["completions"], 64).contains("SHELL"));
}

#[test]
fn text_that_is_not_utf_8_is_an_error_or_is_passed_on() {
    let odd = OsStr::from_bytes(b"x\xffy");
    let server = server();
    let run = |arguments: &[&OsStr]| Place::knowing(&server).command(&[]).args(arguments).output().unwrap();
    failed(&run(&[odd]), 64);
    failed(&run(&[OsStr::new("--client-id"), odd]), 64);
    failed(&run(&[OsStr::new("completions"), odd]), 64);
    failed(&run(&[OsStr::new("--client-secret-file"), odd]), 66);
    let with = |name: &str| Place::knowing(&server).command(&[]).env(name, odd).output().unwrap();
    failed(&with("CLIENT_SECRET"), 78);
    failed(&with("SPOTIFY_TIMEOUT_MS"), 64);
    assert!(stdout(&with("SOMEBODY_ELSES")).starts_with("BQ"));
}

#[test]
fn version_is_that_of_the_package() {
    assert_eq!(
        stdout(&Place::new().run(&["--version"])),
        concat!("spotify-token ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_verbose_version_says_what_the_build_is() {
    for arguments in [&["--version", "-v"][..], &["-vV"], &["--verbose", "--version"]] {
        let output = Place::new().run(arguments);
        let text = stdout(&output);
        let lines: Vec<&str> = text.lines().collect();
        let [version, target, features, commit] = lines[..] else {
            panic!("{text}")
        };
        assert_eq!(version, concat!("spotify-token ", env!("CARGO_PKG_VERSION")));
        assert!(
            target.starts_with(&format!("target: {}-", std::env::consts::ARCH)),
            "{text}"
        );
        assert!(features.starts_with("features: "), "{text}");
        let commit = commit.strip_prefix("commit: ").unwrap();
        let is_a_hash = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_a_hash || commit == "unknown", "{text}");
    }
}

#[test]
fn help_fits_on_one_screen_and_lists_every_verb_flag_and_status() {
    let output = Place::new().run(&["--help"]);
    let help = stdout(&output);
    assert!(
        help.lines().count() <= 24 && help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
    for verb in VERBS {
        assert!(help.contains(&format!("  {verb} ")), "{verb}");
    }
    for row in OPTIONS.iter().filter(|row| row.name != "client_secret") {
        let flag = format!("--{}", row.name.replace('_', "-"));
        let is_listed = help.split_whitespace().any(|word| word == flag);
        assert_eq!(
            is_listed,
            row.name != "refresh_token",
            "{flag}: a refresh token is no argument"
        );
    }
    assert!(!help.split_whitespace().any(|word| word == "--client-secret"));
    for row in &EXIT_STATUSES {
        assert!(
            help.contains(&format!("{} {}", row.status, row.meaning)),
            "{}",
            row.status
        );
    }
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    assert_eq!(
        examples.lines().filter(|line| line.contains("spotify-token ")).count(),
        3
    );
    assert_eq!(examples.lines().count(), 3);
    assert_eq!(stdout(&Place::new().run(&["-h"])), help);
}
