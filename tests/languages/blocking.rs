//! Programs while a call waits for a server that never responds: how the call is ended, and how the program ends.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Accounts, Reply, StandIn};

use super::support::installed::run;
use super::support::place::send_signal;
use super::support::server;
use super::table::{self, Language};
use super::{Place, stderr, stdout};

/// What goes wrong at the end of a program goes wrong by chance.
const TIMES: usize = 20;

/// A call takes 30 s. A program that ends sooner has not waited for it, however busy the machine is.
const SOON: Duration = Duration::from_secs(20);

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

/// Runs a program that ends with this status when a call on a server that never responds has ended as it should.
fn ends_the_call(language: &'static Language, line: &str, status: i32) {
    let Some(place) = Place::of(language) else { return };
    let silent = silent_server();
    let start = Instant::now();
    let output = place.line(line, &silent).output().unwrap();
    assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
    assert!(start.elapsed() < SOON, "it waited for the call: {:?}", start.elapsed());
}

/// Presses Ctrl-C while a program waits for the server.
fn press_ctrl_c(language: &'static Language, line: &str) -> Option<ExitStatus> {
    let place = Place::of(language)?;
    let server = silent_server();
    let mut program = place
        .line(line, &server)
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
    Some(status)
}

/// The example ends by Ctrl-C, which it does not handle.
fn ctrl_c_ends_it(language: &'static Language) {
    if let Some(status) = press_ctrl_c(language, language.artist) {
        // A virtual machine ends itself with the status that a shell would give.
        assert!(status.signal() == Some(2) || status.code() == Some(130), "{status}");
    }
}

/// This program handles Ctrl-C and ends with status 3.
fn ctrl_c_is_handled(language: &'static Language, line: &str) {
    if let Some(status) = press_ctrl_c(language, line) {
        assert_eq!(status.code(), Some(3), "{status}");
    }
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
fn ctrl_c_ends_a_python_program() {
    ctrl_c_ends_it(&table::PYTHON);
    ctrl_c_is_handled(&table::PYTHON, "python3 \"$PROGRAMS/ctrl_c.py\"");
}

#[test]
fn ctrl_c_ends_an_asyncio_program() {
    ctrl_c_ends_it(&table::PYTHON_ASYNC);
    ctrl_c_is_handled(&table::PYTHON_ASYNC, "python3 \"$PROGRAMS/ctrl_c_async.py\"");
}

#[test]
fn ctrl_c_ends_a_ruby_program() {
    ctrl_c_ends_it(&table::RUBY);
    ctrl_c_ends_it(&table::FIDDLE);
    ctrl_c_is_handled(&table::RUBY, "ruby -W \"$PROGRAMS/ctrl_c.rb\"");
}

#[test]
fn ctrl_c_ends_a_node_program() {
    ctrl_c_ends_it(&table::NODE);
    ctrl_c_is_handled(&table::NODE, "node \"$OUT/ctrl_c.mjs\"");
}

#[test]
fn ctrl_c_ends_a_luajit_program() {
    ctrl_c_ends_it(&table::LUA);
}

#[test]
fn ctrl_c_ends_a_php_program() {
    ctrl_c_ends_it(&table::PHP);
}

#[test]
fn ctrl_c_ends_a_perl_program() {
    ctrl_c_ends_it(&table::PERL);
}

#[test]
fn a_python_call_ends_when_it_is_given_up_or_closed() {
    ends_the_call(&table::PYTHON_ASYNC, "python3 \"$PROGRAMS/timeout_async.py\"", 3);
    ends_the_call(&table::PYTHON, "python3 \"$PROGRAMS/close.py\"", 3);
}

#[test]
fn a_ruby_call_ends_when_it_is_given_up_or_closed() {
    ends_the_call(&table::RUBY, "ruby -W \"$PROGRAMS/timeout.rb\"", 3);
    ends_the_call(&table::RUBY, "ruby -W \"$PROGRAMS/close.rb\"", 3);
}

#[test]
fn a_node_call_ends_when_its_client_is_closed() {
    ends_the_call(&table::NODE, "node \"$OUT/close.mjs\"", 3);
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
    calls_end(&table::GO, "\"$OUT/programs\" blocking", &lines);
}

#[test]
fn a_csharp_program_ends_while_threads_use_clients() {
    ends(&table::CSHARP, "mono \"$OUT/Ends.exe\"", 3);
}

#[test]
fn a_java_program_ends_while_threads_use_clients() {
    ends(&table::JAVA, "java -cp \"$JNA_JAR:$OUT\" Ends", 3);
    ends(&table::JAVA, "java -cp \"$JNA_JAR:$OUT\" Ends return", 0);
}

#[test]
fn a_go_program_ends_while_goroutines_use_clients() {
    ends(&table::GO, "\"$OUT/programs\" ends", 3);
}

#[test]
fn a_python_program_ends_while_threads_use_clients() {
    ends(&table::PYTHON, "python3 \"$PROGRAMS/ends.py\"", 3);
}

#[test]
fn a_ruby_program_ends_while_a_user_logs_in() {
    let line = "timeout -s KILL 20 ruby -W \"$PROGRAMS/login_ends.rb\"";
    ends_the_call(&table::RUBY, line, 3);
}

#[test]
fn a_csharp_program_ends_while_a_user_logs_in() {
    let line = "timeout -s KILL 20 mono \"$OUT/LoginEnds.exe\"";
    ends_the_call(&table::CSHARP, line, 3);
    ends_the_call(&table::CSHARP, &format!("{line} exit"), 3);
}

#[test]
fn a_python_program_ends_while_users_log_in() {
    ends(
        &table::PYTHON,
        "timeout -s KILL 20 python3 \"$PROGRAMS/login_ends.py\"",
        3,
    );
}

#[test]
fn a_ruby_program_ends_while_threads_use_clients() {
    ends(&table::RUBY, "ruby -W \"$PROGRAMS/ends.rb\"", 3);
}

#[test]
fn a_node_program_ends_while_calls_are_under_way() {
    ends(&table::NODE, "node \"$OUT/ends.mjs\"", 3);
}

#[test]
fn a_node_program_ends_while_a_user_logs_in() {
    ends_the_call(&table::NODE, "timeout -s KILL 20 node \"$OUT/login_ends.mjs\"", 3);
}

#[test]
fn a_node_program_ends_while_a_token_is_refreshed() {
    let Some(place) = Place::of(&table::NODE) else { return };
    // A token is due for refresh after half its lifetime.
    let server = StandIn::spotify(Accounts {
        expires_in: 1,
        ..Accounts::default()
    })
    .unwrap();
    for (program, times) in [("refresh", TIMES), ("logger_ends", 1)] {
        let line = format!("timeout -s KILL 20 node \"$OUT/{program}.mjs\"");
        for _ in 0..times {
            let output = place.line(&line, &server).output().unwrap();
            assert_eq!(output.status.code(), Some(3), "{}: {}", output.status, stderr(&output));
        }
    }
}

#[test]
fn a_node_worker_ends_while_calls_are_under_way() {
    ends(&table::NODE, "node \"$OUT/worker.mjs\"", 3);
}

/// A binding asks the cache first, which does not refresh a token. A token that is due is refreshed all the same.
fn refreshes_a_token_that_is_due(language: &'static Language, line: &str) {
    let Some(place) = Place::of(language) else { return };
    // It is due after half its lifetime.
    let server = StandIn::spotify(Accounts {
        expires_in: 4,
        ..Accounts::default()
    })
    .unwrap();
    let output = place.line(line, &server).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}

#[test]
fn python_refreshes_a_token_that_is_due() {
    refreshes_a_token_that_is_due(&table::PYTHON_ASYNC, "python3 \"$PROGRAMS/due.py\"");
}

#[test]
fn node_refreshes_a_token_that_is_due() {
    refreshes_a_token_that_is_due(&table::NODE, "node \"$OUT/due.mjs\"");
}

#[test]
fn go_refreshes_a_token_that_is_due() {
    refreshes_a_token_that_is_due(&table::GO, "\"$OUT/programs\" due");
}

#[test]
fn java_refreshes_a_token_that_is_due() {
    refreshes_a_token_that_is_due(&table::JAVA, "java -cp \"$JNA_JAR:$OUT\" Due");
}

#[test]
fn csharp_refreshes_a_token_that_is_due() {
    refreshes_a_token_that_is_due(&table::CSHARP, "mono \"$OUT/Due.exe\"");
}
