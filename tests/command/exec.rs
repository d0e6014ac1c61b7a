//! The verb `exec`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use crate::support::place::{Place, stdout};
use crate::support::{ID, SECRET, server};

#[test]
fn exec_becomes_the_command_with_the_token_and_without_the_secret() {
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
fn exec_passes_every_argument_on_as_it_is() {
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
fn exec_of_what_cannot_be_run_is_126_or_127_and_nothing_is_run_without_a_token() {
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
