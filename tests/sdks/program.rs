//! A program that is told when to go on.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

pub struct Program {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// Reads what it says, so that it never waits for a reader.
    said: JoinHandle<String>,
}

impl Program {
    pub fn start(command: &mut Command) -> Program {
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        Program {
            stdin: child.stdin.take().unwrap(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            said: thread::spawn(move || io::read_to_string(stderr).unwrap()),
            child,
        }
    }

    /// Checks the next line that it prints.
    pub fn prints(&mut self, expected: &str) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        if line.is_empty() {
            let said = std::mem::replace(&mut self.said, thread::spawn(String::new)).join();
            panic!("it ended before it printed {expected:?}: {}", said.unwrap());
        }
        assert_eq!(line.trim_end(), expected);
    }

    pub fn go_on(&mut self) {
        writeln!(self.stdin).unwrap();
    }

    /// Waits until it has ended well. Returns what it said.
    pub fn ends(mut self) -> String {
        let said = self.said.join().unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {said}");
        said
    }
}
