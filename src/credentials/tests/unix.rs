//! Pipes, a shell, and names that other systems do not have.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use super::*;

/// Values, with what they become. `SET`, `EMPTY` and `TWO_WORDS` are variables of the environment, `EARLIER` and `SHADOWS`
/// of an earlier line.
const AS_A_SHELL: [(&str, &str); 34] = [
    ("plain", "plain"),
    ("", ""),
    ("'single \"$SET\" \\ quoted'", "single \"$SET\" \\ quoted"),
    ("\"double 'quoted'\"", "double 'quoted'"),
    ("\"a\"'b'c", "abc"),
    ("\"\\\"\\$SET\\\\\\`\"", "\"$SET\\`"),
    ("\"\\n\\x\"", "\\n\\x"),
    ("\"joined \\\nlines\"", "joined lines"),
    ("\"two\nlines\"", "two\nlines"),
    ("a\\ b\\$SET\\'", "a b$SET'"),
    ("a#b", "a#b"),
    ("#b", "#b"),
    ("a #b 'c", "a"),
    ("'a'#b", "a#b"),
    ("a\t# b", "a"),
    ("$SET", "set"),
    ("${SET}", "set"),
    ("$SET$SET", "setset"),
    ("x${SET}y", "xsety"),
    ("$SET.y", "set.y"),
    ("$SET-y", "set-y"),
    ("\"$SET ${SET}\"", "set set"),
    ("$TWO_WORDS", "two words"),
    ("x$EMPTY", "x"),
    ("$EARLIER", "earlier set"),
    ("$SHADOWS", "of the file"),
    ("$_LOW", "low"),
    ("$A1", "a1"),
    ("a$", "a$"),
    ("\"a$\"", "a$"),
    ("a$.b", "a$.b"),
    ("a$/b$=", "a$/b$="),
    ("\"$%\"", "$%"),
    ("a=b", "a=b"),
];

const ENVIRONMENT: [(&str, &str); 4] = [
    ("SET", "set"),
    ("EMPTY", ""),
    ("TWO_WORDS", "two words"),
    ("SHADOWS", "no"),
];
const EARLIER: &str = "EARLIER=\"earlier $SET\"\nSHADOWS='of the file'\n_LOW=low\nA1=a1\n";

#[test]
fn a_value_of_a_dotenv_file_means_what_it_means_to_a_shell() {
    for (value, expected) in AS_A_SHELL {
        let text = format!("{EARLIER}VALUE={value}\nNEXT=x\n");
        let shell = Command::new("sh")
            .args(["-c", "eval \"$0\"; printf %s:%s \"$VALUE\" \"$NEXT\"", &text])
            .env_clear()
            .envs(ENVIRONMENT)
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&shell.stdout),
            format!("{expected}:x"),
            "sh: {value}"
        );
        let environment = Environment::from_pairs(ENVIRONMENT);
        let lines = assignments::parse(&text, &environment);
        let [.., line, next] = lines.as_slice() else {
            panic!("{} lines: {value}", lines.len());
        };
        let (name, read) = line.assignment.as_ref().unwrap();
        let read = read.as_ref().unwrap_or_else(|fault| panic!("{value}: {fault:?}"));
        assert_eq!((*name, read.expose()), ("VALUE", expected), "{value}");
        assert_eq!(next.number, 6 + value.matches('\n').count());
    }
}

/// Makes a FIFO.
fn fifo(sandbox: &Sandbox, name: &str) -> String {
    let path = sandbox.directory.path().join(name);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_pipe_is_read_once_and_to_its_end() {
    let sandbox = Sandbox::new().variable("CLIENT_ID", "i");
    let path = fifo(&sandbox, "secret");
    let sandbox = sandbox.variable("CLIENT_SECRET_FILE", &path);
    // A writer that comes late and writes in two pieces.
    let mut writer = Command::new("sh")
        .args([
            "-c",
            "sleep 0.3; { printf se; sleep 0.3; printf 'cret\n'; } > \"$0\"",
            &path,
        ])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(sandbox.found(), pair("i", "secret"));
    assert!(writer.wait().unwrap().success());
}

#[test]
fn a_pipe_without_a_writer_ends_with_the_time_of_the_call() {
    for name in ["CLIENT_SECRET_FILE", "SPOTIFY_DOTENV", "CREDENTIALS_DIRECTORY"] {
        let sandbox = Sandbox::new();
        let path = fifo(&sandbox, "spotify_client_id");
        let directory = sandbox.directory.path().to_str().unwrap().to_owned();
        let mut sandbox = match name {
            "CLIENT_SECRET_FILE" => sandbox.variable("CLIENT_ID", "i").variable(name, &path),
            "SPOTIFY_DOTENV" => sandbox.option("dotenv", &path),
            _ => sandbox.variable(name, &directory),
        };
        let allowed = Duration::from_millis(300);
        let began = Instant::now();
        let error = sandbox.find_within(allowed, &Cancel::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(
            error.message().contains("spotify_client_id") && error.message().contains("300 ms"),
            "{error}"
        );
        // The clock counts whole milliseconds.
        let took = began.elapsed() + Duration::from_millis(1);
        assert!(took >= allowed && took < Duration::from_secs(10), "{took:?}");
        sandbox.variables.clear();
    }
}

#[test]
fn waiting_for_a_pipe_can_be_cancelled() {
    let sandbox = Sandbox::new().variable("CLIENT_ID", "i");
    let path = fifo(&sandbox, "secret");
    let sandbox = sandbox.variable("CLIENT_SECRET_FILE", &path);
    let cancel = Cancel::new();
    thread::scope(|scope| {
        let call = scope.spawn(|| sandbox.find_within(ALLOWED, &cancel));
        thread::sleep(Duration::from_millis(100));
        cancel.cancel();
        assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    });
}

#[test]
fn a_directory_of_credentials_that_cannot_be_read_is_an_empty_source() {
    let sandbox = Sandbox::new().dotenv(PAIR);
    let file = sandbox.file("not a directory", "");
    assert_eq!(sandbox.variable("CREDENTIALS_DIRECTORY", &file).found(), pair("i", "s"));

    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.directory.path().join("spotify_client_secret")).unwrap();
    let directory = sandbox.directory.path().to_str().unwrap().to_owned();
    let sandbox = sandbox.variable("CREDENTIALS_DIRECTORY", &directory);
    let message = sandbox.refused(ErrorKind::MissingCredentials);
    assert!(message.contains("cannot be read: Is a directory"), "{message}");
    sandbox.file("spotify_client_id", "i");
    let message = sandbox.refused(ErrorKind::MissingCredentials);
    let half = "spotify_client_secret (cannot be read: Is a directory) is not set";
    assert!(message.contains(half), "{message}");
}

#[test]
fn a_name_in_lower_case_is_a_near_miss() {
    let message = Sandbox::new()
        .variable("client_id", "i")
        .refused(ErrorKind::MissingCredentials);
    assert!(
        message.contains("client_id is set") && message.contains("Write CLIENT_ID"),
        "{message}"
    );
    let half = Sandbox::new()
        .variable("CLIENT_ID", "i")
        .variable("SPOTIFY_SECRET", CANARY);
    let message = half.refused(ErrorKind::MissingCredentials);
    assert!(
        message.contains("SPOTIFY_SECRET is set") && message.contains("Set CLIENT_SECRET"),
        "{message}"
    );
}

#[test]
fn the_source_of_a_pair_is_fit_to_be_shown() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("\u{1b}[31m.env", PAIR);
    let source = sandbox.option("dotenv", &path).find().unwrap().source;
    assert!(
        source.ends_with(" [31m.env") && !source.contains(char::is_control),
        "{source:?}"
    );
}
