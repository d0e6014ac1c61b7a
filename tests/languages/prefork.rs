//! Servers that load a program once and fork their workers from it: a client made before the fork works in all of them.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::table::{self, Language};
use super::{Place, stderr};
use crate::support::installed::{command, prefix, root, run};
use crate::support::{SECRET, told, tools};
use spotify_token::stand_in::{Accounts, StandIn};

const WORKERS: usize = 4;

/// A server of ours that is told to end when the test is over.
struct Forking(Child);

impl Drop for Forking {
    fn drop(&mut self) {
        // Not kill(): the workers would live on.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// A program in the example's folder that finds the library and this accounts service.
fn prepared(program: &str, server: &StandIn) -> Option<Command> {
    if !tools::require(program) {
        return None;
    }
    let mut command = command(Path::new(program), prefix()?);
    command
        .current_dir(root().join("examples/python/prefork"))
        .env("SPOTIFY_API_URL", server.api_url())
        .env("PYTHONPATH", root().join("bindings/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HOME", std::env::var_os("HOME").unwrap_or_default());
    told(&mut command, &server.token_url(), SECRET);
    Some(command)
}

/// A service whose answers take a moment, so that one worker cannot answer everybody.
fn unhurried() -> StandIn {
    StandIn::spotify(Accounts {
        delay: Duration::from_millis(50),
        ..Accounts::default()
    })
    .unwrap()
}

/// Reads what a server says of itself until it names its address.
fn address(log: &mut BufReader<ChildStderr>) -> String {
    for line in log.lines().map(Result::unwrap) {
        if let Some((_, rest)) = line.split_once("Listening at: http://") {
            return rest.split(' ').next().unwrap().to_owned();
        }
    }
    panic!("it ended before it listened");
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// The process that answered.
fn worker(answer: &str) -> String {
    let (worker, artist) = answer.trim().split_once(' ').unwrap();
    assert_eq!(artist, "Pitbull", "{answer}");
    worker.to_owned()
}

#[test]
fn all_workers_of_gunicorn_answer_with_the_token_from_before_the_fork() {
    let server = unhurried();
    let Some(mut gunicorn) = prepared("gunicorn", &server) else {
        return;
    };
    let workers = WORKERS.to_string();
    gunicorn
        .args(["--preload", "--bind", "127.0.0.1:0", "--workers", &workers, "app:app"])
        .stderr(Stdio::piped());
    let mut gunicorn = Forking(gunicorn.spawn().unwrap());
    let mut log = BufReader::new(gunicorn.0.stderr.take().unwrap());
    let address = address(&mut log);
    // It would end with SIGPIPE if nobody read on.
    thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));

    until_all_answer(&address, "/");
    assert_eq!(server.requests().len(), 1);
    until_all_answer(&address, "/fresh");
    assert!(server.requests().len() > WORKERS, "each asked for itself");
}

/// Asks in parallel until each worker has answered.
fn until_all_answer(address: &str, path: &str) {
    let mut seen = HashSet::new();
    for _round in 0..50 {
        let answers: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4 * WORKERS).map(|_| scope.spawn(|| get(address, path))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        seen.extend(answers.iter().map(|answer| worker(answer)));
        if seen.len() == WORKERS {
            return;
        }
    }
    panic!("only {seen:?} answered");
}

#[test]
fn the_workers_of_celery_answer() {
    let server = unhurried();
    let folder = tempfile::tempdir().unwrap();
    if !tools::require_that("celery", "python3 -c 'import celery'") {
        return;
    }
    let Some(mut celery) = prepared("celery", &server) else {
        return;
    };
    celery
        .args(["--app", "tasks", "worker", "--pool", "prefork", "--concurrency", "2"])
        .env("CELERY_FOLDER", folder.path())
        // It warns of root, and root is what many a container runs tests as.
        .env("C_FORCE_ROOT", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _celery = Forking(celery.spawn().unwrap());

    // The python3 that celery runs with has celery.
    let Some(mut tasks) = prepared("python3", &server) else {
        return;
    };
    let output = run(tasks.arg("tasks.py").env("CELERY_FOLDER", folder.path()));
    let answers = String::from_utf8(output.stdout).unwrap();
    let seen: HashSet<String> = answers.lines().map(worker).collect();
    assert_eq!(answers.lines().count(), 8);
    assert!(!seen.is_empty() && seen.len() <= 2, "{seen:?}");
    assert_eq!(
        server.requests().len(),
        2,
        "one in the worker before its fork, one in tasks.py"
    );
}

/// A client with a logger that other threads use at the moment of the fork works in the child, and so does its logger.
fn works_in_a_child(language: &'static Language, line: &str) {
    let Some(place) = Place::of(language) else { return };
    let output = place.line(line, &unhurried()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}

#[test]
fn a_python_client_in_use_works_in_a_child() {
    works_in_a_child(&table::PYTHON, "timeout 60 python3 \"$PROGRAMS/fork.py\"");
}

#[test]
fn a_ruby_client_in_use_works_in_a_child() {
    works_in_a_child(&table::RUBY, "timeout 60 ruby -W \"$PROGRAMS/fork.rb\"");
}
