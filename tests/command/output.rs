//! What every verb does when stdout is full or closed, and what stands in a command line.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::place::{Place, binary, failed, stdout};
use crate::support::{SECRET, server, tools};
use spotify_token::stand_in::{Accounts, StandIn};

#[test]
fn a_full_disk_and_a_reader_that_goes_are_the_same_for_every_verb() {
    let server = server();
    let place = Place::knowing(&server);
    let request = place.directory.path().join("request");
    fs::write(&request, r#"{"uri":"https://api.spotify.com/"}"#).unwrap();
    for arguments in [
        &["env"][..],
        &["get"],
        &["header"],
        &["json"],
        &["demo"],
        &["doctor"],
        &["mock-server"],
        &["completions", "zsh"],
        &["man"],
        &["--help"],
        &["--version"],
    ] {
        let writing_to = |stdout: Stdio| {
            let mut command = place.command(arguments);
            command
                .stdin(File::open(&request).unwrap())
                .stdout(stdout)
                .stderr(Stdio::piped());
            command.output().unwrap()
        };
        if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
            assert!(
                failed(&writing_to(full.into()), 74).contains("No space left"),
                "{arguments:?}"
            );
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = writing_to(writer.into());
        assert_eq!(
            (output.status.signal(), output.stderr),
            (Some(13), Vec::new()),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_token_goes_through_a_pipe_and_stands_in_no_command_line() {
    if !tools::require("curl") {
        return;
    }
    // The answers take their time, so that everybody involved can be looked at.
    let accounts = Accounts {
        delay: Duration::from_millis(400),
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let place = Place::knowing(&server);
    let api = format!("{}/artists/0TnOYISbd1XYRBk9myaseg", server.api_url());
    for pipe in [
        "\"$0\" header | curl -sS -f -H @- \"$1\"",
        "\"$0\" exec -- sh -c 'printf \"header = \\\"Authorization: Bearer %s\\\"\" \"$SPOTIFY_ACCESS_TOKEN\" | curl -sS -f -K - \"$1\"' - \"$1\"",
    ] {
        let mut shell = Command::new("sh");
        let settings = place.command(&[]);
        let variables: Vec<_> = settings
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let process = shell
            .args(["-c", pipe])
            .arg(binary())
            .arg(&api)
            .envs(variables)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let before = server.api_requests().len();
        let mut seen = Vec::new();
        while server.api_requests().len() == before {
            seen.extend(command_lines());
            std::thread::sleep(Duration::from_millis(5));
        }
        seen.extend(command_lines());
        let output = process.wait_with_output().unwrap();
        assert!(stdout(&output).contains("Pitbull"));
        let request = server.api_requests().pop().unwrap();
        let token = request
            .header("authorization")
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap()
            .to_owned();
        let ours = seen.iter().filter(|line| line.contains("curl")).count();
        assert!(ours > 0, "curl was looked at");
        assert!(!seen.iter().any(|line| line.contains(&token) || line.contains(SECRET)));
    }
}

/// What every process on this machine shows of its command line.
fn command_lines() -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}
