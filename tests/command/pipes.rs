//! Credentials in a pipe, as a password manager mounts them: the pipe is read once, and its time is that of the call.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::support::place::{Place, failed};
use crate::support::terminal::on_a_terminal;
use crate::support::{ID, SECRET, server, tools};

/// A FIFO in the place's directory.
fn fifo(place: &Place, name: &str) -> PathBuf {
    let path = place.directory.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Writes the file to the FIFO once, as soon as somebody opens it.
fn write_once(place: &Place, fifo: &PathBuf, content: &str) -> Child {
    let file = place.directory.path().join("content");
    fs::write(&file, content).unwrap();
    let mut cat = Command::new("sh");
    cat.args(["-c", "exec cat \"$0\" > \"$1\""]).arg(file).arg(fifo);
    cat.spawn().unwrap()
}

#[test]
fn every_verb_reads_a_pipe_once() {
    if !tools::require("python3") {
        return;
    }
    let server = server();
    let dotenv = format!("CLIENT_ID={ID}\nCLIENT_SECRET={SECRET}\n");
    for verb in ["token", "doctor"] {
        for on_terminal in [false, true] {
            let place = Place::new()
                .variable("SPOTIFY_TOKEN_URL", &server.token_url())
                .variable("SPOTIFY_CACHE", "file:tokens")
                .variable("SPOTIFY_TIMEOUT_MS", "8000");
            let fifo = fifo(&place, ".env");
            let mut writer = write_once(&place, &fifo, &dotenv);
            if on_terminal {
                let (shown, ended) = on_a_terminal(&place, &[verb], &[]).unwrap();
                assert_eq!(ended, "status 0 echo True", "{verb}: {shown}");
            } else {
                let output = place.run(&[verb]);
                assert!(
                    output.status.success(),
                    "{verb}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            assert!(writer.wait().unwrap().success());
        }
    }
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_pipe_that_nobody_writes_to_ends_with_the_call() {
    let place = Place::new()
        .variable("SPOTIFY_TIMEOUT_MS", "500")
        .variable("CLIENT_ID", ID);
    let path = fifo(&place, "pipe").display().to_string();
    let by_variable = place.variable("CLIENT_SECRET_FILE", &path);
    for arguments in [&[][..], &["--client-secret-file", &path], &["--dotenv", &path]] {
        let began = Instant::now();
        let said = failed(&by_variable.run(arguments), 75);
        assert!(said.contains("pipe"), "{said}");
        assert!(began.elapsed() < Duration::from_secs(10), "{arguments:?}");
    }
}
