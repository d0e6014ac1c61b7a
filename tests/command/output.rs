//! What every verb does when stdout is full or closed, and what command lines contain.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use crate::shell;
use crate::support::installed::root;
use crate::support::place::{Place, binary, failed, stdout};
use crate::support::{SECRET, server, tools};

#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_ends_every_verb_silently() {
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
fn a_closed_or_read_only_stdout_is_an_error_for_every_verb() {
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
fn dev_null_as_stdout_is_not_an_error() {
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
fn a_non_blocking_stdout_is_waited_for() {
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
fn a_closed_pipe_is_an_error_where_sigpipe_is_ignored() {
    let server = server();
    let place = Place::knowing(&server);
    let line = "trap '' PIPE; mkfifo pipe; : <pipe & exec 3>pipe; wait; \"$@\" >&3 2>message; echo $? >status";
    let output = shell(&place, line, &["json"]);
    assert!(output.status.success());
    let read = |name| fs::read_to_string(place.directory.path().join(name)).unwrap();
    assert_eq!(read("status"), "74\n");
    assert!(read("message").contains("Broken pipe"), "{}", read("message"));
}

#[test]
fn no_command_line_contains_secret_or_token() {
    if tools::available(&["strace", "curl"]).len() < 2 {
        return;
    }
    let server = server();
    let place = Place::knowing(&server).variable("SPOTIFY_API_URL", &server.api_url());
    let log = place.directory.path().join("log");
    let path = format!(
        "{}:{}",
        binary().parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let example = root().join("examples/shell/artist.sh").display().to_string();
    for script in [
        "spotify-token header | curl -sS -f -H @- \"$ARTIST\"",
        "spotify-token exec -- sh -c 'printf \"header = \\\"Authorization: Bearer %s\\\"\" \"$SPOTIFY_ACCESS_TOKEN\" | curl -sS -f -K - \"$ARTIST\"'",
        &format!("sh '{example}'"),
    ] {
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-qq", "-e", "trace=execve", "-s", "10000", "-o"])
            .arg(&log)
            .args(["sh", "-c", script])
            .env_clear()
            .envs(place.variables())
            .env("PATH", &path)
            .env("ARTIST", format!("{}/artists/0TnOYISbd1XYRBk9myaseg", server.api_url()));
        assert!(stdout(&strace.output().unwrap()).contains("Pitbull"));
        let request = server.api_requests().pop().unwrap();
        let token = request
            .header("authorization")
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap();
        let calls = fs::read_to_string(&log).unwrap();
        assert!(calls.contains("spotify-token") && calls.contains("curl"), "{calls}");
        assert!(!calls.contains(SECRET) && !calls.contains(token), "{calls}");
    }
}
