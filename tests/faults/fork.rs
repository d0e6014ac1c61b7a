//! Children of `fork()` that go on with their parent's client. A program in C forks, for Rust cannot without unsafe code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use spotify_token::ErrorKind::{InvalidClient, Timeout};
use spotify_token::stand_in::{Accounts, Reply, StandIn};
use spotify_token::unstable::ERRORS;

use super::place::Place;
use super::row::{By, Ends, Row, fails, survives};
use super::run::Given;
use super::support::installed::{compile, prefix, root};

pub const ABOUT: &str = "A process forks, and the child uses the client of its parent.";

const NEEDS: &[&str] = &["command -v cc", "command -v make"];

/// What the parent is doing when it forks.
const AT_REST: By = By::Child("rest");
const WITH_A_TOKEN: By = By::Child("token");
const ASKING: By = By::Child("asking");

fn slow(place: &mut Place) {
    let accounts = Accounts {
        delay: Duration::from_millis(150),
        ..Accounts::default()
    };
    place.asks(StandIn::spotify(accounts).unwrap());
}

pub fn rows() -> Vec<Row> {
    let child = |row: Row, parent: By| row.by(parent).needs(NEEDS);
    vec![
        child(survives("the parent only created the client", slow), AT_REST),
        child(
            survives("the parent has a token: the child uses it", slow),
            WITH_A_TOKEN,
        ),
        child(
            survives(
                "a thread of the parent requests a token: the child makes its own request",
                slow,
            ),
            ASKING,
        )
        .requests(2),
        child(
            survives(
                "a thread of the parent requests a token and holds the cache lock: the child waits for it",
                |place| {
                    slow(place);
                    place.set("SPOTIFY_CACHE", &format!("file:{}", place.path("cache").display()));
                },
            ),
            ASKING,
        ),
        child(
            fails("the server rejects the child", InvalidClient, "dashboard", |place| {
                place.answers([Reply::json(400, r#"{"error":"invalid_client"}"#)]);
            }),
            AT_REST,
        )
        .requests(1),
        child(
            fails(
                "the server does not respond to the child",
                Timeout,
                "waiting for",
                |place| {
                    place.answers([Reply::hang()]).impatient();
                },
            ),
            AT_REST,
        )
        .requests(4)
        .ends(Ends::AfterAttempts),
    ]
}

/// Forks, and gives what the child got.
pub fn by_child(row: &Row, place: &Place) -> Given {
    let By::Child(parent) = row.by else {
        unreachable!("no other row gets here")
    };
    let (program, libraries) = program();
    let mut command = Command::new(program);
    place.put_into(&mut command);
    let start = Instant::now();
    let output = command.env("LD_LIBRARY_PATH", libraries).arg(parent).output().unwrap();
    let took = start.elapsed();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let (code, said) = stdout
        .trim_end()
        .split_once(' ')
        .unwrap_or_else(|| panic!("{}: {stdout}", output.status));
    let code: i32 = code.parse().unwrap();
    let kind = ERRORS.iter().find(|row| row.code == code).unwrap().kind;
    Given {
        by: "the child",
        kind: Some(kind),
        exit_status: None,
        token: Some(said.to_owned()).filter(|_| kind.is_none()),
        said: Some(said.to_owned()).filter(|_| kind.is_some()).unwrap_or_default(),
        advice: None,
        log: String::from_utf8(output.stderr).unwrap(),
        took,
        waits: None,
    }
}

/// The program, compiled once against the installed library; and the folder of that library.
fn program() -> &'static (PathBuf, PathBuf) {
    static PROGRAM: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let prefix = prefix().expect("a row names what this needs");
        // A static is never dropped, so this folder is used again.
        let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
        fs::create_dir_all(&into).unwrap();
        let source = root().join("tests/c/fork_fault.c");
        let flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"];
        (compile("cc", &source, prefix, &flags, &into), prefix.join("lib"))
    })
}
