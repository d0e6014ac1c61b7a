//! A preforking server for real: gunicorn with `--preload`, the client made before its workers are forked.

mod support;

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use spotify_token::stand_in::{Accounts, StandIn};
use support::installed::{command, prefix, root, run};
use support::{ID, SECRET, tools};

/// Ends the server, and with it its workers, when the test is over.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.trim().to_owned())
}

#[test]
fn every_worker_of_gunicorn_has_a_token() {
    let Some(prefix) = prefix().filter(|_| tools::require("gunicorn")) else {
        return;
    };
    let server = StandIn::spotify(Accounts::default()).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let python = root().join("examples/python");
    let mut gunicorn = command(Path::new("gunicorn"), prefix);
    gunicorn
        .args(["--preload", "--workers", "4", "--log-level", "error", "--bind"])
        .arg(format!("127.0.0.1:{port}"))
        .arg("--chdir")
        .arg(python.join("prefork"))
        .arg("app:application")
        .env("PYTHONPATH", &python)
        .env(
            "SPOTIFY_TOKEN_URL",
            server.token_url().replace("127.0.0.1", "localhost"),
        )
        .env("CLIENT_ID", ID)
        .env("CLIENT_SECRET", SECRET)
        .stdout(Stdio::null());
    let _running = Server(gunicorn.spawn().unwrap());
    let mut workers = HashSet::new();
    for round in 0..2000 {
        match get(port, if round % 2 == 0 { "/" } else { "/fresh" }) {
            Some(answer) => {
                let (worker, what) = answer.split_once(' ').unwrap();
                assert_eq!(what, "token");
                workers.insert(worker.to_owned());
            }
            // It is still starting.
            None => thread::sleep(Duration::from_millis(10)),
        }
        if workers.len() == 4 {
            return;
        }
    }
    panic!("only the workers {workers:?} answered");
}

#[test]
fn the_python_example_prints_the_artist_or_says_why_not() {
    let Some(prefix) = prefix().filter(|_| tools::require("python3")) else {
        return;
    };
    let server = StandIn::spotify(Accounts::default()).unwrap();
    let with = |secret: &str| {
        let mut python = command(Path::new("python3"), prefix);
        python
            .arg(root().join("examples/python/artist.py"))
            .env("SPOTIFY_TOKEN_URL", server.token_url())
            .env("SPOTIFY_API_URL", server.api_url())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("CLIENT_ID", ID)
            .env("CLIENT_SECRET", secret);
        python
    };
    assert_eq!(run(&mut with(SECRET)).stdout, b"Pitbull\n");
    let output = with("wrong").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert!(
        stderr.starts_with("SPOTIFY_ERROR_INVALID_CLIENT: the client id or secret was refused"),
        "{stderr}"
    );
}
