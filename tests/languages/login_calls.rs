//! What a binding's calls for a login return, and how they end: one program a language, which prints a row for each call.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::thread;

use spotify_token::stand_in::{Accounts, Rotate, StandIn};

use super::Place;
use super::login;
use super::table::{self, Language};

/// What every program prints, in this order: what it tried, and what came of it.
const ROWS: &[(&str, &str)] = &[
    ("not logged in", "SPOTIFY_ERROR_LOGIN_REQUIRED"),
    ("bad option", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("NUL in a name", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("NUL in a value", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("option without a value", "ignored"),
    ("cannot begin", "SPOTIFY_ERROR_FILE, names /dev/null/ü"),
    ("time is up", "SPOTIFY_ERROR_TIMEOUT within 250 ms"),
    ("time was up before", "SPOTIFY_ERROR_TIMEOUT"),
    ("given up", "at once"),
    ("empty line", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("NUL in the address", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("address in another alphabet", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("wrong state", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("in a child of fork", "SPOTIFY_ERROR_INVALID_ARGUMENT"),
    ("browser", "playlist-read-private"),
    ("finished", "waits again, pastes again"),
    ("closed twice", "closed, closed"),
    ("client", "same token"),
    ("other process", "same token"),
    ("lacks a scope", "SPOTIFY_ERROR_LOGIN_REQUIRED"),
    ("pasted", "playlist-read-private"),
    ("pasted while it waits", "same token"),
    ("declined", "SPOTIFY_ERROR_OAUTH access_denied"),
    (
        "cancelled while it waits",
        "SPOTIFY_ERROR_CANCELLED, SPOTIFY_ERROR_CANCELLED",
    ),
    ("closed while it waits", "ended"),
    ("logout", "done, done, SPOTIFY_ERROR_LOGIN_REQUIRED"),
    ("kept", "1, SPOTIFY_ERROR_LOGIN_REQUIRED"),
    ("rotated", "2, another"),
    ("function that kept them", "collected"),
];

/// Rows of languages whose calls block the process: nothing can happen while it waits, and C cannot call them.
const OF_THREADS: &[&str] = &[
    "pasted while it waits",
    "cancelled while it waits",
    "closed while it waits",
    "kept",
    "rotated",
    "function that kept them",
];

/// Runs a language's program. It prints the rows, but for those that it lacks, and those of its own at the end.
fn logs_in(language: &'static Language, line: &str, lacks: &[&[&str]], own: &[&str]) {
    let Some(printed) = lines(language, line) else { return };
    let lacks = lacks.concat();
    for name in &lacks {
        assert!(ROWS.iter().any(|row| row.0 == *name), "no row is called {name}");
    }
    let rows = ROWS.iter().filter(|(name, _)| !lacks.contains(name));
    let mut expected: Vec<String> = rows.map(|(name, value)| format!("{name}: {value}")).collect();
    expected.extend(own.iter().map(|&line| line.to_owned()));
    assert_eq!(printed, expected);
}

/// Runs a program and returns the lines that it prints, but for those that ask for the browser's part.
fn lines(language: &'static Language, line: &str) -> Option<Vec<String>> {
    let place = Place::of(language)?;
    let server = StandIn::spotify(Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    })
    .unwrap();
    let logins = tempfile::tempdir().unwrap();
    let line = format!("timeout -s KILL 60 {line}");
    let mut program = login::told(&mut place.line(&line, &server), &server, logins.path())
        // One thread of Node's pool has to do.
        .env("UV_THREADPOOL_SIZE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let mut browsers = Vec::new();
    let mut printed = Vec::new();
    for line in BufReader::new(program.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.split_once(' ') {
            // The program pastes the address.
            Some(("agree", url)) => writeln!(stdin, "{}", server.agree(url)).unwrap(),
            // The program waits.
            Some(("browse", url)) => browsers.push(browser(server.agree(url), "You are logged in")),
            Some(("decline", url)) => browsers.push(browser(server.decline(url), "You declined")),
            _ => printed.push(line),
        }
    }
    let status = program.wait().unwrap();
    assert!(status.success(), "{status}: {printed:#?}");
    for browser in browsers {
        browser.join().unwrap();
    }
    Some(printed)
}

/// Opens an address while the program waits for that, and sees this page.
fn browser(address: String, page: &'static str) -> thread::JoinHandle<()> {
    thread::spawn(move || assert!(login::open(&address).contains(page), "{page}"))
}

#[test]
fn node_logs_in() {
    let own = [
        "event loop: goes on",
        "bad timeout: RangeError",
        "given up before: AbortError",
        "pool: goes on",
        "opened again: 3, 3",
    ];
    // A function of JavaScript is kept by koffi until the client is freed, and V8 collects when it likes.
    let lacks = ["in a child of fork", "time was up before", "function that kept them"];
    logs_in(&table::NODE, "node \"$OUT/login.mjs\"", &[&lacks], &own);
}

#[test]
fn python_logs_in() {
    let own = ["given up in asyncio: at once"];
    logs_in(&table::PYTHON, "python3 \"$PROGRAMS/login.py\"", &[], &own);
}

#[test]
fn go_logs_in() {
    // A context is the time limit, and a map of strings has no null.
    let lacks = [
        "time is up",
        "time was up before",
        "option without a value",
        "in a child of fork",
    ];
    logs_in(&table::GO, "\"$OUT/programs\" login", &[&lacks], &[]);
}

#[test]
fn ruby_logs_in() {
    logs_in(&table::RUBY, "ruby -W \"$PROGRAMS/login.rb\"", &[], &[]);
}

#[test]
fn java_logs_in() {
    let line = "java -cp \"$JNA_JAR:$OUT\" LoginCalls";
    logs_in(&table::JAVA, line, &[&["in a child of fork"]], &[]);
}

#[test]
fn csharp_logs_in() {
    let line = "mono \"$OUT/LoginCalls.exe\"";
    logs_in(&table::CSHARP, line, &[&["in a child of fork"]], &[]);
}

#[test]
fn php_logs_in() {
    let line = "php -d ffi.enable=1 -d include_path=\"$OUT\" \"$PROGRAMS/login.php\"";
    logs_in(&table::PHP, line, &[OF_THREADS], &[]);
}

#[test]
fn perl_logs_in() {
    logs_in(&table::PERL, "perl \"$PROGRAMS/login.pl\"", &[OF_THREADS], &[]);
}

#[test]
fn luajit_logs_in() {
    // Lua has no null in a table, no fork and no signals.
    let lacks = ["option without a value", "given up", "in a child of fork"];
    logs_in(
        &table::LUA,
        "luajit \"$PROGRAMS/login.lua\"",
        &[OF_THREADS, &lacks],
        &[],
    );
}
