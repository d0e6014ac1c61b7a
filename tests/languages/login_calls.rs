//! What a binding's calls for a login return, and how they end: programs that say so, with the browser's part played.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use spotify_token::stand_in::{Accounts, Rotate, StandIn};

use super::Place;
use super::login;
use super::table::{self, Language};

/// Runs a program and returns the lines that it prints, but for those that ask for the browser's part.
fn lines(language: &'static Language, line: &str) -> Option<Vec<String>> {
    let place = Place::of(language)?;
    let server = StandIn::spotify(Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    })
    .unwrap();
    let logins = tempfile::tempdir().unwrap();
    let mut program = login::told(&mut place.line(line, &server), &server, logins.path())
        // One thread of the pool has to do.
        .env("UV_THREADPOOL_SIZE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let mut printed = Vec::new();
    for line in BufReader::new(program.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.split_once(' ') {
            Some(("agree", url)) => writeln!(stdin, "{}", server.agree(url)).unwrap(),
            Some(("decline", url)) => writeln!(stdin, "{}", server.decline(url)).unwrap(),
            _ => printed.push(line),
        }
    }
    let status = program.wait().unwrap();
    assert!(status.success(), "{status}: {printed:#?}");
    Some(printed)
}

#[test]
fn node_logs_in() {
    let Some(lines) = lines(&table::NODE, "timeout -s KILL 60 node \"$PROGRAMS/login.mjs\"") else {
        return;
    };
    let expected = [
        "not logged in: SPOTIFY_ERROR_LOGIN_REQUIRED",
        "bad option: SPOTIFY_ERROR_INVALID_ARGUMENT",
        "NUL: TypeError",
        "timeout: SPOTIFY_ERROR_TIMEOUT",
        "event loop: goes on",
        "bad timeout: RangeError",
        "given up before: AbortError",
        "given up: TimeoutError",
        "pool: goes on",
        "cancelled: SPOTIFY_ERROR_CANCELLED",
        "waits after that: SPOTIFY_ERROR_CANCELLED",
        "browser: playlist-read-private",
        "waits again: true",
        "closed: TypeError TypeError",
        "client: true",
        "other process: true",
        "lacks a scope: SPOTIFY_ERROR_LOGIN_REQUIRED",
        "wrong state: SPOTIFY_ERROR_INVALID_ARGUMENT",
        "pasted: playlist-read-private true",
        "declined: SPOTIFY_ERROR_OAUTH access_denied",
        "closed while it waits: SPOTIFY_ERROR_CANCELLED",
        "logout: done done SPOTIFY_ERROR_LOGIN_REQUIRED",
        "kept: 1 stored: SPOTIFY_ERROR_LOGIN_REQUIRED",
        "rotated: 2 true",
        "opened again: 3 3",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn go_logs_in() {
    let Some(lines) = lines(&table::GO, "timeout -s KILL 60 \"$OUT/programs\" login") else {
        return;
    };
    let expected = [
        "not logged in: SPOTIFY_ERROR_LOGIN_REQUIRED",
        "bad option: SPOTIFY_ERROR_INVALID_ARGUMENT",
        "NUL: SPOTIFY_ERROR_INVALID_ARGUMENT",
        "given up: context deadline exceeded, 1 goroutine",
        "NUL: SPOTIFY_ERROR_INVALID_ARGUMENT",
        "wrong state: SPOTIFY_ERROR_INVALID_ARGUMENT",
        "page: true",
        "browser: playlist-read-private",
        "waits again: true",
        "closed: spotify: the login is closed, spotify: the login is closed",
        "client: true",
        "other process: true",
        "lacks a scope: SPOTIFY_ERROR_LOGIN_REQUIRED",
        "pasted: playlist-read-private",
        "pasted while it waits: true",
        "declined: SPOTIFY_ERROR_OAUTH access_denied",
        "cancelled: SPOTIFY_ERROR_CANCELLED",
        "waits after that: SPOTIFY_ERROR_CANCELLED",
        "closed while it waits: spotify: the login is closed",
        "logout: done, done, SPOTIFY_ERROR_LOGIN_REQUIRED",
        "kept: 1, stored: SPOTIFY_ERROR_LOGIN_REQUIRED",
        "rotated: 2, true",
        "function collected: yes",
    ];
    assert_eq!(lines, expected);
}
