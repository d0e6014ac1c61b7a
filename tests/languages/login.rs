//! A user logs in from every language, and every program has the token after that: with the browser's part played, and by pasting.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use spotify_token::stand_in::StandIn;

use super::support::installed::run;
use super::support::{ID, server};
use super::{Place, refused, stderr, stdout};
use crate::table::Language;

/// What the stand-in's user has.
const PLAYLISTS: [&str; 2] = ["Monday Morning", "Nur für mich"];

/// Where the browser's part is played.
enum By {
    Browser,
    Pasting,
    Declining,
}

/// Checks the example `login` of a language.
pub fn holds(language: &'static Language) {
    if language.login.is_empty() {
        return;
    }
    let Some(place) = Place::of(language) else { return };
    for by in [By::Browser, By::Pasting] {
        let server = server();
        let logins = tempfile::tempdir().unwrap();
        let output = log_in(&place, &server, logins.path(), &by);
        prints_the_playlists(&output);
        let requests = server.requests().len();
        let again = command(&place, &server, logins.path(), &by).output().unwrap();
        prints_the_playlists(&again);
        assert_eq!(stderr(&again), "", "nobody has to log in again");
        assert_eq!(server.requests().len(), requests);
    }
    let server = server();
    let logins = tempfile::tempdir().unwrap();
    let output = log_in(&place, &server, logins.path(), &By::Declining);
    refused(&output);
    assert!(
        stderr(&output).contains("the user declined the login"),
        "{}",
        stderr(&output)
    );
    ctrl_c_ends_it(&place);
}

fn prints_the_playlists(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
    let printed: Vec<&str> = stdout(output).lines().collect();
    assert!(PLAYLISTS.iter().all(|name| printed.contains(name)), "{printed:?}");
}

fn command(place: &Place, server: &StandIn, logins: &Path, by: &By) -> Command {
    // A program that waits in C, and reads nothing meanwhile, is told that somebody will paste.
    let paste = if matches!(by, By::Pasting) && place.language.folder == "lua" {
        " paste"
    } else {
        ""
    };
    let mut command = place.line(&format!("{}{paste}", place.language.login), server);
    told(&mut command, server, logins)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A program that knows where users log in, and where logins are stored.
pub fn told<'c>(command: &'c mut Command, server: &StandIn, logins: &Path) -> &'c mut Command {
    command
        .env("CLIENT_ID", ID)
        .env_remove("CLIENT_SECRET")
        .env("SPOTIFY_AUTHORIZE_URL", server.authorize_url())
        .env("SPOTIFY_LOGINS", format!("file:{}", logins.join("logins").display()))
}

/// Starts a program, and reads what it says until it has shown the address to open.
#[allow(
    clippy::zombie_processes,
    reason = "a program that says nothing has ended, and fails the test"
)]
fn begin(mut command: Command) -> (Child, BufReader<ChildStderr>, String, String) {
    let mut program = command.spawn().unwrap();
    let mut reader = BufReader::new(program.stderr.take().unwrap());
    let mut said = String::new();
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "{said}");
        said += &line;
        if line.trim_start().starts_with("http://") {
            return (program, reader, said, line.trim().to_owned());
        }
    }
}

/// Presses Ctrl-C on a terminal where a program waits for the browser.
fn ctrl_c_ends_it(place: &Place) {
    let server = server();
    let logins = tempfile::tempdir().unwrap();
    let mut command = command(place, &server, logins.path(), &By::Browser);
    command.process_group(0);
    let (mut program, mut reader, said, _) = begin(command);
    let pressed = Instant::now();
    let group = format!("-{}", program.id());
    run(Command::new("kill").args(["-INT", "--", &group]));
    let status = program.wait().unwrap();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    // LuaJIT throws an error if the key is pressed between two calls of C.
    let thrown = status.code() == Some(1) && rest.contains("interrupted!");
    assert!(
        status.signal() == Some(2) || status.code() == Some(130) || (thrown && place.language.folder == "lua"),
        "{status}: {said}{rest}"
    );
    assert!(pressed.elapsed() < Duration::from_secs(10), "it waited for the browser");
}

fn log_in(place: &Place, server: &StandIn, logins: &Path, by: &By) -> Output {
    let (mut program, mut reader, said, url) = begin(command(place, server, logins, by));
    let mut stdin = program.stdin.take().unwrap();
    match by {
        By::Browser => assert!(open(&server.agree(&url)).contains("You are logged in")),
        By::Declining => assert!(open(&server.decline(&url)).contains("You declined")),
        By::Pasting => writeln!(
            stdin,
            "\na\0b\nhttp://127.0.0.1/callback?code=x&state=y\n{}",
            server.agree(&url)
        )
        .unwrap(),
    }
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    let mut output = program.wait_with_output().unwrap();
    output.stderr = (said + &rest).into_bytes();
    output
}

/// Opens an address as a browser does, and returns the page.
pub fn open(address: &str) -> String {
    let (host, target) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}
