//! C++, C#, Java and Go while a call waits for a server that never responds: how the call is ended, and how the program ends.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Reply, StandIn};

use super::support::installed::run;
use super::support::place::send_signal;
use super::support::server;
use super::table::{self, Language};
use super::{Place, stderr, stdout};

/// What goes wrong at the end of a program goes wrong by chance.
const TIMES: usize = 20;

/// A call takes 30 s. A program that ends sooner has not waited for it, however busy the machine is.
const SOON: Duration = Duration::from_secs(10);

fn silent_server() -> StandIn {
    StandIn::scripted((0..100).map(|_| Reply::hang())).unwrap()
}

/// Runs the language's program that prints how calls end.
fn calls_end(language: &'static Language, line: &str, lines: &[&str]) {
    let Some(place) = Place::of(language) else { return };
    let output = run(&mut place.line(line, &silent_server()));
    assert_eq!(stdout(&output).lines().collect::<Vec<_>>(), lines);
}

/// Runs a program that ends while threads use clients, with servers that respond and that do not.
fn ends(language: &'static Language, line: &str, status: i32) {
    let Some(place) = Place::of(language) else { return };
    let responding = server();
    let silent = silent_server();
    for server in std::iter::repeat_n(&responding, TIMES).chain([&silent]) {
        let start = Instant::now();
        let output = place.line(line, server).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{}: {}",
            output.status,
            stderr(&output)
        );
        assert!(start.elapsed() < SOON, "it waited for the call: {:?}", start.elapsed());
        assert!(!server.requests().is_empty());
    }
}

/// Presses Ctrl-C while a program waits for the server.
fn ctrl_c_ends_it(language: &'static Language) {
    let Some(place) = Place::of(language) else { return };
    let server = silent_server();
    let mut program = place
        .artist(&server)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while server.requests().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "no request");
        thread::sleep(Duration::from_millis(5));
    }
    let pressed = Instant::now();
    send_signal(&program, "INT");
    let status = program.wait().unwrap();
    assert!(
        pressed.elapsed() < SOON,
        "it waited for the call: {:?}",
        pressed.elapsed()
    );
    // A virtual machine ends itself with the status that a shell would give.
    assert!(status.signal() == Some(2) || status.code() == Some(130), "{status}");
}

#[test]
fn ctrl_c_ends_a_cpp_program() {
    ctrl_c_ends_it(&table::CPP);
}

#[test]
fn ctrl_c_ends_a_csharp_program() {
    ctrl_c_ends_it(&table::CSHARP);
}

#[test]
fn ctrl_c_ends_a_java_program() {
    ctrl_c_ends_it(&table::JAVA);
}

#[test]
fn ctrl_c_ends_a_go_program() {
    ctrl_c_ends_it(&table::GO);
}

#[test]
fn calls_in_csharp_end_when_they_are_cancelled_or_closed() {
    let lines = [
        "interrupted: OperationCanceledException",
        "interrupted: TaskCanceledException",
        "closed: ObjectDisposedException",
        "logger collected: yes",
        "NUL: SPOTIFY_ERROR_INVALID_ARGUMENT",
    ];
    calls_end(&table::CSHARP, "mono \"$OUT/Blocking.exe\"", &lines);
}

#[test]
fn calls_in_java_end_when_they_are_interrupted_or_closed() {
    let lines = [
        "interrupted: InterruptedException",
        "closed: IllegalStateException",
        "logger collected: yes",
        "NUL: SPOTIFY_ERROR_INVALID_ARGUMENT",
    ];
    calls_end(&table::JAVA, "java -cp \"$JNA_JAR:$OUT\" Blocking", &lines);
}

#[test]
fn calls_in_go_end_with_their_context_or_when_closed() {
    let lines = [
        "interrupted: context canceled",
        "closed: spotify: the client is closed",
        "logger collected: yes",
        "NUL: SPOTIFY_ERROR_INVALID_ARGUMENT",
    ];
    calls_end(&table::GO, "\"$OUT/blocking\"", &lines);
}

#[test]
fn a_csharp_program_ends_while_threads_use_clients() {
    ends(&table::CSHARP, "mono \"$OUT/Ends.exe\"", 3);
    ends(&table::CSHARP, "mono \"$OUT/Ends.exe\" exit", 3);
}

#[test]
fn a_java_program_ends_while_threads_use_clients() {
    ends(&table::JAVA, "java -cp \"$JNA_JAR:$OUT\" Ends", 3);
    ends(&table::JAVA, "java -cp \"$JNA_JAR:$OUT\" Ends return", 0);
}

#[test]
fn a_go_program_ends_while_goroutines_use_clients() {
    ends(&table::GO, "\"$OUT/blocking\" ends", 3);
}
