//! `exec --file`: a file that is kept fresh for as long as a command runs.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use spotify_token::stand_in::{Reply, StandIn};

use crate::shell;
use crate::support::keeper::{names, of_lifetime};
use crate::support::place::{Place, send_signal, stdout};
use crate::support::running::Running;
use crate::support::terminal::on_a_terminal;
use crate::support::{SECRET, eventually, server};

/// Runs a script beside `exec --file token`.
fn exec(place: &Place, script: &str) -> Command {
    place.command(&["exec", "--file", "token", "--", "sh", "-c", script])
}

/// The same, running, once the script has created the file `ready`.
fn started(place: &Place, script: &str) -> Running {
    let child = Running::start(exec(place, script).stderr(Stdio::piped()));
    let ready = place.directory.path().join("ready");
    eventually("the start of the script", || ready.exists());
    fs::remove_file(ready).unwrap();
    child
}

fn left_in(place: &Place) -> Vec<String> {
    names(place.directory.path())
}

#[test]
fn the_command_finds_the_file_and_gives_its_status() {
    let server = server();
    let place = Place::knowing(&server).variable("SPOTIFY_ACCESS_TOKEN", "of an earlier command");
    let script =
        "cd /; cat \"$SPOTIFY_ACCESS_TOKEN_FILE\"; echo; stat -c %a \"$SPOTIFY_ACCESS_TOKEN_FILE\"; env; exit 42";
    let output = exec(&place, script).output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(42), &b""[..]));
    let shown = String::from_utf8(output.stdout).unwrap();
    let mut lines = shown.lines();
    let token = lines.next().unwrap();
    assert!(token.starts_with("BQ") && lines.next() == Some("600"), "{shown}");
    assert!(
        !shown.contains("SPOTIFY_ACCESS_TOKEN=") && !shown.contains(SECRET),
        "{shown}"
    );
    assert_eq!(left_in(&place), Vec::<String>::new());
    assert_eq!(server.requests().len(), 1);

    let output = exec(&place, "true").output().unwrap();
    assert_eq!(stdout(&output), "");
}

#[test]
fn the_file_has_new_tokens_while_the_command_runs() {
    let server = of_lifetime(2);
    let place = Place::knowing(&server);
    let script = "for round in 1 2 3; do token=$(cat token); echo $token; while [ \"$(cat token)\" = \"$token\" ]; do :; done; done";
    let output = exec(&place, script).output().unwrap();
    let mut tokens: Vec<&str> = stdout(&output).lines().collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 3);
    assert_eq!(left_in(&place), Vec::<String>::new());
}

#[test]
fn signals_reach_the_command_and_a_signal_that_ends_it_ends_both() {
    let server = server();
    let place = Place::knowing(&server);
    for (signal, status) in [
        ("TERM", 1),
        ("INT", 2),
        ("HUP", 3),
        ("QUIT", 4),
        ("USR1", 5),
        ("USR2", 6),
    ] {
        let script = format!("trap 'exit {status}' {signal}; echo >ready; while :; do sleep 0.02; done");
        let mut child = started(&place, &script);
        send_signal(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(status), "{signal}");
        assert_eq!(left_in(&place), Vec::<String>::new());
    }
    for (signal, number) in [("TERM", 15), ("KILL", 9), ("SEGV", 11), ("PIPE", 13)] {
        let mut child = exec(&place, &format!("kill -{signal} $$")).spawn().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(
            (status.signal(), status.core_dumped()),
            (Some(number), false),
            "{signal}"
        );
        assert_eq!(left_in(&place), Vec::<String>::new());
    }
}

#[test]
fn what_was_ignored_stays_ignored() {
    let server = server();
    let place = Place::knowing(&server);
    let line = "trap '' HUP PIPE; \"$@\"";
    let arguments = [
        "exec",
        "--file",
        "token",
        "--",
        "sh",
        "-c",
        "kill -HUP $$; kill -PIPE $$; echo alive",
    ];
    assert_eq!(stdout(&shell(&place, line, &arguments)), "alive\n");
    let closed = [
        "exec",
        "--file",
        "token",
        "--",
        "sh",
        "-c",
        "[ -e /proc/self/fd/0 ] || echo closed",
    ];
    assert_eq!(stdout(&shell(&place, "\"$@\" <&-", &closed)), "closed\n");
}

#[test]
fn a_key_of_the_terminal_reaches_the_command_once() {
    let server = server();
    let place = Place::knowing(&server);
    let script = "import signal, sys; int = {signal.SIGINT}; signal.pthread_sigmask(signal.SIG_BLOCK, int)\n\
                  print('rea' 'dy', flush=True); signal.sigwait(int)\n\
                  sys.exit(7 if signal.sigtimedwait(int, 0.3) is None else 8)";
    let arguments = ["exec", "--file", "token", "--", "python3", "-c", script];
    let steps = ["expect:ready", "type:\u{3}"];
    if let Some((_, ended)) = on_a_terminal(&place, &arguments, &steps) {
        assert!(ended.starts_with("status 7"), "{ended}");
    }
}

#[test]
fn nothing_runs_without_a_token_or_without_a_file() {
    let server = server();
    let place = Place::knowing(&server);
    let script = ["sh", "-c", "echo ran"];
    let run = |place: &Place, file: &str, status| {
        let arguments: Vec<&str> = ["exec", "--file", file, "--"].into_iter().chain(script).collect();
        place.fails(&arguments, status)
    };
    run(&place, "nowhere/token", 74);
    run(&place, "/", 74);
    place.fails(&["exec", "--file", "token", "--", "no-such-command"], 127);
    place.fails(&["exec", "--file", "token", "--", "/"], 126);
    assert_eq!(left_in(&place), Vec::<String>::new());
    let mut first = started(&place, "echo >ready; sleep 60");
    let said = run(&place, "token", 69);
    assert!(said.contains("another process keeps token"), "{said}");
    send_signal(&first, "TERM");
    first.wait().unwrap();
    run(&place.variable("CLIENT_SECRET", "wrong"), "token", 77);
}

#[test]
fn a_command_goes_on_when_there_are_no_more_tokens() {
    let refusal = Reply::json(400, r#"{"error":"invalid_client"}"#);
    let server = StandIn::scripted([Reply::token("BQfirst", 2), refusal]).unwrap();
    let place = Place::knowing(&server);
    let child = started(&place, "echo >ready; while [ -e token ]; do sleep 0.02; done; exit 9");
    let output = child.output();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(9), "{said}");
    assert!(
        said.contains("no more tokens: the server rejected the client id or secret"),
        "{said}"
    );
}
