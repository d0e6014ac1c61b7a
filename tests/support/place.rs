//! The real command in a place of its own: nothing of the machine's settings has a say, and what it prints is looked
//! at.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use spotify_token::stand_in::StandIn;

use super::running::Running;
use super::{ID, SECRET};

/// The command under test.
pub fn binary() -> &'static Path {
    match option_env!("CARGO_BIN_EXE_spotify-token") {
        Some(path) => Path::new(path),
        None => panic!("the tests of the command need the feature cli"),
    }
}

/// The command in a directory of its own and an environment that says nothing.
pub struct Place {
    pub directory: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Place {
    /// Nothing is cached, so that each run asks the server.
    pub fn new() -> Place {
        Place {
            directory: tempfile::tempdir().unwrap(),
            variables: vec![("SPOTIFY_CACHE".to_owned(), "memory".to_owned())],
        }
    }

    /// Knows the server and has the right credentials.
    pub fn knowing(server: &StandIn) -> Place {
        Place::new()
            .variable("SPOTIFY_TOKEN_URL", &server.token_url())
            .variable("CLIENT_ID", ID)
            .variable("CLIENT_SECRET", SECRET)
    }

    /// The same place with a variable set.
    pub fn variable(mut self, name: &str, value: &str) -> Place {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The environment of the command.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let home = ("HOME", self.directory.path().to_str().unwrap());
        let others = self
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        [home].into_iter().chain(others)
    }

    /// The command, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .env_clear()
            .envs(self.variables())
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it to its end with this on stdin.
    pub fn run_with_stdin(&self, arguments: &[&str], stdin: &[u8]) -> Output {
        let mut command = self.command(arguments);
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        // It may end without reading all of it.
        let _ = process.stdin.take().unwrap().write_all(stdin);
        process.wait_with_output().unwrap()
    }

    /// Runs into this status, with nothing on stdout and one line on stderr; gives the line.
    pub fn fails(&self, arguments: &[&str], status: i32) -> String {
        failed(&self.run(arguments), status)
    }
}

/// Sends a signal to a running command, by its name without SIG.
pub fn send_signal(process: &Child, signal: &str) {
    let id = process.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(sent.unwrap().success());
}

/// What a run said on stderr that ended with this status and with nothing on stdout.
pub fn failed(output: &Output, status: i32) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    assert_eq!(output.stdout, b"", "{stderr}");
    assert!(!stderr.contains(SECRET), "{stderr}");
    stderr
}

/// What a run printed that went well, without a word on stderr.
pub fn stdout(output: &Output) -> &str {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stderr, b"");
    std::str::from_utf8(&output.stdout).unwrap()
}

/// `mock-server`, running, and what it said of itself.
pub struct MockServer {
    process: Running,
    ready: Value,
}

impl MockServer {
    /// Starts it, and waits until it is ready.
    pub fn start(arguments: &[&str]) -> MockServer {
        MockServer::of(Command::new(binary()).arg("mock-server").args(arguments))
    }

    /// Starts this command, which becomes it, and waits until it is ready.
    pub fn of(command: &mut Command) -> MockServer {
        let mut process = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        MockServer {
            process,
            ready: serde_json::from_str(&line).unwrap(),
        }
    }

    /// The memory that it occupies.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// A member of what it said.
    pub fn text(&self, member: &str) -> &str {
        self.ready[member].as_str().unwrap()
    }

    /// A place that knows it.
    pub fn place(&self) -> Place {
        Place::new()
            .variable("SPOTIFY_TOKEN_URL", self.text("token_url"))
            .variable("CLIENT_ID", self.text("client_id"))
            .variable("CLIENT_SECRET", self.text("client_secret"))
    }

    /// Ends it with a signal; gives its status and its log.
    pub fn end(self, signal: &str) -> (Option<i32>, String) {
        send_signal(&self.process, signal);
        let output = self.process.output();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}
