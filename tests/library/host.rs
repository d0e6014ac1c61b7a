//! What the library does in a process that is somebody else's: its lookups, its threads, its reading of the
//! environment, and what its children inherit. A program in C looks on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::installed::{command, compile, prefix, root, run};
use crate::support::network;
use crate::support::tls::{Ca, Flaw};
use crate::support::{ID, SECRET, server, told};
use rustls::ALL_VERSIONS;
use spotify_token::stand_in::{Reply, StandIn};

/// The program, compiled once, and the prefix of its library. `None` where a tool is missing.
fn program() -> Option<&'static (PathBuf, &'static Path)> {
    static PROGRAM: OnceLock<Option<(PathBuf, &'static Path)>> = OnceLock::new();
    let made = PROGRAM.get_or_init(|| {
        let prefix = prefix()?;
        // A static is never dropped, so this folder is used again.
        let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("host");
        fs::create_dir_all(&into).unwrap();
        let flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-rdynamic", "-ldl"];
        Some((
            compile("cc", &root().join("tests/c/host.c"), prefix, &flags, &into),
            prefix,
        ))
    });
    made.as_ref()
}

/// The program on a machine that this line of shell makes. `None` where this user may not make one.
fn on_a_machine(line: &str) -> Option<Command> {
    let (program, prefix) = program().filter(|_| network::is_there())?;
    let mut shell = command(Path::new("/bin/sh"), prefix);
    shell.args(["-ec", line, "sh"]).arg(program);
    shell.env("CLIENT_ID", ID).env("CLIENT_SECRET", SECRET);
    Some(shell)
}

/// The first line that it prints.
fn printed(command: &mut Command) -> String {
    let output = run(command);
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn calls_that_give_up_share_a_lookup_that_hangs() {
    let Some(mut program) = on_a_machine(&network::name_server("silent")) else {
        return;
    };
    program.env("SPOTIFY_TIMEOUT_MS", "20").env("SPOTIFY_MAX_RETRIES", "0");
    assert_eq!(printed(program.arg("lookups")), "1", "lookups run after 100 calls");
}

#[test]
fn a_fork_does_not_wait_for_a_lookup_that_hangs() {
    let Some(mut program) = on_a_machine(&network::name_server("silent")) else {
        return;
    };
    program.env("SPOTIFY_TIMEOUT_MS", "50").env("SPOTIFY_MAX_RETRIES", "0");
    let longest: u32 = printed(program.arg("forks")).parse().unwrap();
    // A hundred for the lookup, the rest for a busy machine.
    assert!(longest < 600, "a fork took {longest} ms");
}

#[test]
fn without_threads_the_caller_looks_up_and_asks() {
    const HOST: &str = "accounts.wild.example";
    let (server, ca, directory) = (server(), Ca::new(), tempfile::tempdir().unwrap());
    let port = ca.front(Flaw::Wildcard, ALL_VERSIONS, server.address());
    let file = ca.file_in(directory.path());
    for what in ["threadless", "threadless client"] {
        let Some(mut program) = on_a_machine(&network::names(HOST, &["127.0.0.1"])) else {
            return;
        };
        program
            .env("SPOTIFY_TOKEN_URL", format!("https://{HOST}:{port}/api/token"))
            .env("SPOTIFY_CA_FILE", &file);
        let answer = printed(program.arg(what));
        assert!(answer.starts_with("0 BQ"), "{what}: {answer}");
    }
}

#[test]
fn the_environment_is_read_when_a_client_is_made_and_never_later() {
    let Some((program, prefix)) = program() else { return };
    let server = server();
    let output = run(told(&mut command(program, prefix), &server.token_url(), SECRET).arg("environment"));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.stdout, b"0\n");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn workers_that_were_forked_wait_different_times_before_they_try_again() {
    let Some((program, prefix)) = program() else { return };
    let server = StandIn::scripted(vec![Reply::empty(503); 7 * 4]).unwrap();
    let times = printed(told(&mut command(program, prefix), &server.token_url(), SECRET).arg("workers"));
    let times: Vec<u32> = times.lines().map(|time| time.parse().unwrap()).collect();
    assert_eq!((server.requests().len(), times.len()), (7 * 4, 6));
    // Up to 1.75 s each, by chance.
    let spread = times.iter().max().unwrap() - times.iter().min().unwrap();
    assert!(spread > 50, "{times:?}");
}
