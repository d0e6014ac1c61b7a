//! What every verb does when stdout is full or closed, and what stands in a command line.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::shell;
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
            seen.extend(command_lines(&place));
            std::thread::sleep(Duration::from_millis(5));
        }
        seen.extend(command_lines(&place));
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

/// What the processes of this place show of their command lines.
fn command_lines(place: &Place) -> Vec<String> {
    let home = place.directory.path().to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let read = |process: &fs::DirEntry, file| fs::read(process.path().join(file)).unwrap_or_default();
    let is_of_place = |process: &fs::DirEntry| String::from_utf8_lossy(&read(process, "environ")).contains(home);
    let lines = processes.filter(is_of_place).map(|process| read(&process, "cmdline"));
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

#[test]
fn a_stdout_that_is_closed_or_read_only_is_an_error_of_every_verb() {
    let server = server();
    let place = Place::knowing(&server);
    fs::write(
        place.directory.path().join("request"),
        r#"{"uri":"https://api.spotify.com/"}"#,
    )
    .unwrap();
    for arguments in [
        &[][..],
        &["token"],
        &["json"],
        &["header"],
        &["env"],
        &["get"],
        &["doctor"],
        &["doctor", "--json"],
        &["demo"],
        &["mock-server"],
        &["completions", "bash"],
        &["man"],
        &["help"],
        &["help", "token"],
        &["--help"],
        &["--version"],
        &["token", "--help"],
    ] {
        for stdout in [">&-", "1</dev/null", "<&- >&-"] {
            let stdin = if stdout.starts_with('<') { "" } else { "<request" };
            let line = format!("exec timeout 20 \"$@\" {stdin} {stdout}");
            let output = shell(&place, &line, arguments);
            let is_without_request = arguments == ["get"] && stdin.is_empty();
            let status = if is_without_request { 65 } else { 74 };
            let message = failed(&output, status);
            assert!(
                is_without_request || message.contains("cannot write to standard output"),
                "{arguments:?} {stdout}: {message}"
            );
        }
    }
}

#[test]
fn a_stdout_that_goes_nowhere_on_purpose_is_no_error() {
    let server = server();
    let place = Place::knowing(&server);
    for stdout in [">/dev/null", "1<>/dev/null", "2>&-", "<&- 2>&-"] {
        let output = shell(&place, &format!("exec timeout 20 \"$@\" {stdout}"), &["json"]);
        assert_eq!(output.status.code(), Some(0), "{stdout}");
        assert_eq!(output.stderr, b"", "{stdout}");
    }
    // A verb that writes nothing needs no stdout.
    assert_eq!(shell(&place, "exec \"$@\" >&-", &["reset"]).status.code(), Some(0));
}

#[test]
fn a_standard_output_that_does_not_block_is_waited_for() {
    if !tools::require("python3") {
        return;
    }
    let place = Place::new();
    let python = "import fcntl, os, subprocess, sys, time
reader, writer = os.pipe()
fcntl.fcntl(writer, 1031, 4096)
os.set_blocking(writer, False)
process = subprocess.Popen(sys.argv[1:], stdout=writer)
os.close(writer)
time.sleep(0.3)
length = 0
while part := os.read(reader, 1000):
    length += len(part)
sys.exit(process.wait() or (0 if length > 8192 else 1))";
    let output = Command::new("python3")
        .args(["-c", python])
        .arg(binary())
        .args(["completions", "bash"])
        .current_dir(place.directory.path())
        .output()
        .unwrap();
    assert_eq!(stdout(&output), "");
}

#[test]
fn who_ignores_sigpipe_is_told_of_a_closed_pipe() {
    let server = server();
    let place = Place::knowing(&server);
    let line = "trap '' PIPE; { \"$@\" 2>message; echo $? >status; } | :";
    let output = shell(&place, line, &["json"]);
    assert!(output.status.success());
    let read = |name| fs::read_to_string(place.directory.path().join(name)).unwrap();
    assert_eq!(read("status"), "74\n");
    assert!(read("message").contains("Broken pipe"), "{}", read("message"));
}
