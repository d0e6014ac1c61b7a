//! The C programs that have to run on every target.

use std::path::Path;
use std::process::Command;

use crate::release::Release;
use crate::support::{SECRET, server, told};

/// Source, and how its output starts. The tests print only what failed.
const PROGRAMS: [(&str, &str); 5] = [
    ("examples/c/fetch.c", "BQ"),
    ("examples/c/header.c", "Authorization: Bearer BQ"),
    ("tests/c/layout.c", ""),
    ("tests/c/rules.c", ""),
    ("tests/c/threads.c", ""),
];

/// Compiles and runs them all. `runner` is given a folder with a program, and its name, and makes the command that runs it.
pub fn run_all(release: &Release, folder: &Path, runner: impl Fn(&str) -> Command) {
    let server = server();
    for (source, expected) in PROGRAMS {
        let program = release.compile(source, folder);
        let mut command = runner(program.file_name().unwrap().to_str().unwrap());
        let output = told(&mut command, &server.token_url(), SECRET).output().unwrap();
        let (stdout, stderr) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{source}: {}\n{stdout}{stderr}", output.status);
        assert!(
            stdout.starts_with(expected) && (stdout.is_empty() == expected.is_empty()),
            "{source}: {stdout}"
        );
        assert_eq!(stderr, "", "{source}");
    }
}
