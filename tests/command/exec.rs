//! The verb `exec`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use crate::shell;
use crate::support::place::{Place, stdout};
use crate::support::{ID, SECRET, server, tools};

#[test]
fn exec_replaces_itself_with_the_command() {
    let server = server();
    let place = Place::knowing(&server)
        .variable("SPOTIFY_CLIENT_ID", ID)
        .variable("SPOTIFY_CLIENT_SECRET", SECRET)
        .variable("SPOTIFY_CLIENT_SECRET_FILE", "/nowhere")
        .variable("CLIENT_SECRET_FILE", "/nowhere")
        .variable("KEPT", "yes");
    let output = place.run(&["exec", "--", "env"]);
    let shown = stdout(&output);
    let value = |name: &str| shown.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    assert!(value("SPOTIFY_ACCESS_TOKEN").is_some_and(|token| token.starts_with("BQ")));
    assert_eq!((value("KEPT"), value("CLIENT_ID")), (Some("yes"), Some(ID)));
    assert!(!shown.contains("SECRET") && !shown.contains(SECRET), "{shown}");

    let process = place.command(&["exec", "--refresh", "sh", "-c", "echo $$"]);
    let process = { process }.stdout(Stdio::piped()).spawn().unwrap();
    let id = process.id().to_string();
    let output = process.wait_with_output().unwrap();
    assert_eq!(stdout(&output).trim_end(), id, "the same process");

    assert_eq!(
        place.run(&["exec", "--", "sh", "-c", "exit 42"]).status.code(),
        Some(42)
    );
    assert_eq!(
        place.run(&["exec", "--", "sh", "-c", "kill -9 $$"]).status.signal(),
        Some(9)
    );
    let broken = place.run(&["exec", "--", "sh", "-c", "kill -PIPE $$; echo no"]);
    assert_eq!(
        (broken.status.signal(), broken.stdout),
        (Some(13), Vec::new()),
        "SIGPIPE is as usual"
    );
}

#[test]
fn exec_passes_arguments_unchanged() {
    let server = server();
    let place = Place::knowing(&server);
    let mut command = place.command(&["exec", "--", "printf", "%s|", "--refresh", "--", "", "a b"]);
    let odd = OsString::from_vec(vec![b'x', 0xff, b'y']);
    let output = command.arg(&odd).output().unwrap();
    assert_eq!(
        output.stdout,
        [b"--refresh|--||a b|".as_slice(), odd.as_bytes(), b"|"].concat()
    );
}

#[test]
fn exec_fails_with_126_or_127_and_runs_nothing_without_a_token() {
    let server = server();
    let place = Place::knowing(&server);
    let script = place.directory.path().join("script");
    fs::write(&script, "echo ran\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(place.fails(&["exec", "--", "./script"], 126).contains("./script"));
    assert!(place.fails(&["exec", "--", "/"], 126).contains("executed"));
    assert!(place.fails(&["exec", "--", "no-such-command"], 127).contains("PATH"));
    assert!(
        place
            .fails(&["exec", "--", "/no/such/command"], 127)
            .contains("/no/such/command")
    );
    assert!(place.fails(&["exec"], 64).contains("CMD"));
    assert!(place.fails(&["exec", "--"], 64).contains("CMD"));
    let refused = place.variable("CLIENT_SECRET", "wrong");
    refused.fails(&["exec", "--", "sh", "-c", "echo ran"], 77);
}

#[test]
fn exec_leaves_closed_descriptors_closed() {
    let server = server();
    let place = Place::knowing(&server);
    let script = "closed=; for fd in 0 1 2; do [ -e /proc/self/fd/$fd ] || closed=$closed$fd; done; echo $closed >&3";
    for (closed, expected) in [("", "\n"), (">&-", "1\n"), ("<&- >&-", "01\n"), ("2>&-", "2\n")] {
        let line = format!("exec 3>&1; exec \"$@\" {closed}");
        let output = shell(&place, &line, &["exec", "--", "sh", "-c", script]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{closed}");
    }
}

#[test]
fn exec_leaves_ignored_and_blocked_signals_as_they_were() {
    if !tools::require_that(
        "env of coreutils 8.31",
        "env --ignore-signal=PIPE --block-signal=USR1 true",
    ) {
        return;
    }
    let server = server();
    let place = Place::knowing(&server);
    for env in [
        "env",
        "env --ignore-signal=PIPE",
        "env --ignore-signal=PIPE,HUP,INT --block-signal=USR1,TERM",
        "env --block-signal=PIPE",
    ] {
        let direct = shell(&place, &format!("exec {env} grep ^Sig[BI] /proc/self/status"), &[]);
        let through = shell(
            &place,
            &format!("exec {env} \"$@\""),
            &["exec", "--", "grep", "^Sig[BI]", "/proc/self/status"],
        );
        assert_eq!(stdout(&through), stdout(&direct), "{env}");
    }
    let output = shell(
        &place,
        "trap '' PIPE; \"$@\"",
        &["exec", "--", "sh", "-c", "kill -PIPE $$; echo alive"],
    );
    assert_eq!(stdout(&output), "alive\n");
}

#[test]
fn exec_removes_variables_that_lead_to_a_secret() {
    let server = server();
    let place = Place::knowing(&server)
        .variable("SPOTIFY_CLIENT_ID", ID)
        .variable("SPOTIFY_CLIENT_SECRET", SECRET)
        .variable("SPOTIFY_CLIENT_SECRET_FILE", "canary")
        .variable("CLIENT_SECRET_FILE", "canary")
        .variable("CREDENTIALS_DIRECTORY", "canary");
    let output = place.run(&["exec", "--", "env"]);
    let shown = stdout(&output);
    for hidden in ["canary", SECRET, "SECRET", "CREDENTIALS"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    for (name, value) in [
        ("SPOTIFY_DOTENV", "canary.env"),
        ("SPOTIFY_PROXY", "http://user:canary@127.0.0.1:9"),
        ("SPOTIFY_PROXY", "canary@127.0.0.1:9"),
        ("SPOTIFY_CACHE", "redis://:canary@127.0.0.1:9"),
        ("SPOTIFY_CACHE", "rediss://canary@127.0.0.1:9"),
    ] {
        let place = Place::knowing(&server);
        fs::write(place.directory.path().join("canary.env"), "").unwrap();
        // A flag comes before the variable, so that its value does not matter here.
        let output = place
            .variable(name, value)
            .run(&["--cache", "memory", "--proxy", "", "exec", "--", "env"]);
        let shown = stdout(&output);
        assert!(!shown.contains(name) && !shown.contains("canary"), "{name}: {shown}");
    }
    let place = Place::knowing(&server)
        .variable("https_proxy", "http://user:word@127.0.0.1:9")
        .variable("SPOTIFY_CACHE", "memory")
        .variable("SPOTIFY_PROXY", "")
        .variable("SPOTIFY_TIMEOUT_MS", "5000");
    let output = place.run(&["exec", "--", "env"]);
    for line in [
        "https_proxy=http://user:word@127.0.0.1:9",
        "SPOTIFY_CACHE=memory",
        "SPOTIFY_TIMEOUT_MS=5000",
        "SPOTIFY_PROXY=",
    ] {
        assert!(stdout(&output).lines().any(|shown| shown == line), "{line}");
    }
}

#[test]
fn exec_does_not_hand_on_the_file_that_the_secret_was_read_from() {
    let server = server();
    let place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    fs::write(place.directory.path().join("secret"), SECRET).unwrap();
    // A child could go back to the start of the file.
    let rewind = "exec \"$@\" <secret";
    let script = "cat /proc/self/fd/0; readlink /proc/self/fd/0";
    for path in ["-", "/dev/stdin"] {
        let arguments = [
            "exec",
            "--client-id",
            ID,
            "--client-secret-file",
            path,
            "--",
            "sh",
            "-c",
            script,
        ];
        assert_eq!(stdout(&shell(&place, rewind, &arguments)), "/dev/null\n", "{path}");
    }
    let by_variable = Place::knowing(&server)
        .variable("CLIENT_SECRET", "")
        .variable("CLIENT_SECRET_FILE", "/dev/stdin");
    fs::write(by_variable.directory.path().join("secret"), SECRET).unwrap();
    let arguments = ["exec", "--", "sh", "-c", script];
    assert_eq!(stdout(&shell(&by_variable, rewind, &arguments)), "/dev/null\n");
    // Another stdin is the child's.
    let arguments = ["exec", "--client-id", ID, "--client-secret-file", "secret", "--", "cat"];
    assert_eq!(stdout(&shell(&place, "echo input | \"$@\"", &arguments)), "input\n");
}
