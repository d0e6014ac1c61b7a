//! Machines for a test: another name server, other names, addresses that never answer.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::installed::run;
use super::tools;

/// What [`name_server`] and [`names`] need, as lines of shell.
pub const TOOLS: &[&str] = &["command -v unshare", "command -v python3"];
/// What the user has to be allowed to do for them.
pub const RIGHTS: &str = "unshare -rnm true";

/// Whether they can be had. When they cannot, the test should return.
pub fn is_there() -> bool {
    if !TOOLS.iter().all(|check| tools::require_that(check, check)) {
        return false;
    }
    let allowed = tools::succeeds(RIGHTS);
    if !allowed {
        eprintln!("skipped: this user may not do `{RIGHTS}`");
    }
    allowed
}

/// A shell line that ends in `"$@"`: runs it on a machine with a network of its own, whose name server does this.
/// `none` has no network at all.
pub fn name_server(manner: &str) -> String {
    format!("exec unshare -rnm {} -I -S {} {manner} \"$@\"", python(), script())
}

/// A shell line that ends in `"$@"`: runs it on this machine's network, where this name has these addresses, and no
/// other name has any.
pub fn names(name: &str, addresses: &[&str]) -> String {
    format!(
        "exec unshare -rm {} -I -S {} hosts:{name}={} \"$@\"",
        python(),
        script(),
        addresses.join(",")
    )
}

fn script() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/names.py");
    script.display().to_string()
}

/// The interpreter itself: what stands for it in PATH may be a script that wants more of the environment.
fn python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let output = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    })
}

/// An address that never answers, as long as this lives: its queue of connections is full.
pub struct BlackHole {
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl BlackHole {
    /// At this address; with its port.
    pub fn at(address: SocketAddr) -> (BlackHole, u16) {
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        (BlackHole::of(listener), port)
    }

    /// Where this listens.
    pub fn of(listener: TcpListener) -> BlackHole {
        let address = listener.local_addr().unwrap();
        // std asks for a queue of 128 (or the system's limit); those that do not fit get no answer.
        let patience = Duration::from_millis(50);
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, patience) {
            waiting.push(stream);
        }
        BlackHole {
            _listener: listener,
            _waiting: waiting,
        }
    }

    /// On loopback, at a free port.
    pub fn new() -> (BlackHole, u16) {
        BlackHole::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }
}
