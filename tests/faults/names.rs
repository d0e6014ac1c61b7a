//! The name of the server, looked up for real: on a machine of its own with a name server that does as told, and in the
//! resolver of this one where it needs nobody's answer.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use spotify_token::ErrorKind::{Dns, Timeout};

use super::place::Place;
use super::row::{By, Ends, Row, fails, survives};
use super::support::NOWHERE;
use super::support::installed::run;

pub const ABOUT: &str = "The lookup of the server's name. Where a name server is at fault the command runs on a machine of its own, with that name \
server alone.";

const TOOLS: &[&str] = &["command -v unshare", "command -v python3"];
const RIGHTS: &str = "unshare -rnm true";

/// A machine whose name server does this; `none` has no network at all.
fn name_server(place: &mut Place, manner: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/names.py");
    place.credentials();
    place.wrapped_in = Some(format!(
        "exec unshare -rnm {} -I -S {} {manner} \"$@\"",
        python(),
        script.display()
    ));
}

/// The interpreter itself: what stands for it in PATH may be a script that wants more of the environment.
fn python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let output = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    })
}

/// Spotify, as this name server knows it.
fn asked(fault: &'static str, code: spotify_token::ErrorKind, hint: &'static str, manner: &'static str) -> Row {
    fails(fault, code, hint, move |place| name_server(place, manner))
        .by(By::Command)
        .needs(TOOLS)
        .rights(RIGHTS)
        .ends(Ends::AfterRetries)
}

fn impatient(row: Row) -> Row {
    let impatient = |place: &mut Place| {
        place.impatient();
    };
    row.and(impatient).ends(Ends::AfterAttempts)
}

pub fn rows() -> Vec<Row> {
    vec![
        asked("the machine has no network", Dns, "Check the network", "none"),
        asked(
            "nobody has heard of the name (NXDOMAIN)",
            Dns,
            "Name or service not known",
            "nxdomain",
        ),
        asked("the name has no address", Dns, "No address associated", "empty"),
        asked(
            "the name server is in trouble (SERVFAIL)",
            Dns,
            "Temporary failure",
            "servfail",
        ),
        asked(
            "the name server refuses to answer (REFUSED)",
            Dns,
            "Temporary failure",
            "refused",
        ),
        impatient(asked(
            "the name server answers nonsense",
            Timeout,
            "looking up",
            "nonsense",
        )),
        impatient(asked("the name server says nothing", Timeout, "looking up", "silent")),
        asked(
            "the name server says nothing for the whole call",
            Timeout,
            "timeout_ms",
            "silent",
        )
        .and(|place| {
            place.hurried();
        })
        .ends(Ends::WithTheCall),
        fails(
            "the name is too long to be one",
            Dns,
            "Check the network and the name",
            |place| {
                place
                    .credentials()
                    .set("SPOTIFY_TOKEN_URL", &format!("https://{NOWHERE}/api/token"));
            },
        )
        .ends(Ends::AfterRetries),
        survives(
            "the name leads to an address where nobody listens, and to one where the server is",
            |place| {
                let url = place
                    .spotify()
                    .value("SPOTIFY_TOKEN_URL")
                    .unwrap()
                    .replace("127.0.0.1", "localhost");
                place.set("SPOTIFY_TOKEN_URL", &url);
            },
        ),
        survives("the server has an address instead of a name", |place| {
            place.spotify();
        }),
    ]
}
