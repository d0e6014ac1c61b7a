//! Programs that see one folder and nothing else of this machine.

use std::path::Path;
use std::process::Command;

use crate::support::tools;

/// Whether this user may do that. When not, the test should return.
pub fn is_allowed() -> bool {
    let allowed = tools::succeeds(if is_root() {
        "chroot / true"
    } else {
        "unshare -r chroot / true"
    });
    if !allowed {
        eprintln!("skipped: this user may not change the root directory");
    }
    allowed
}

/// A program, by its path below the folder, with nothing in the environment but a PATH. It is ended after a minute.
pub fn command(folder: &Path, program: &str) -> Command {
    let mut command = Command::new("timeout");
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .args(["-k", "5", "60"]);
    if !is_root() {
        command.args(["unshare", "-r"]);
    }
    command.arg("chroot").arg(folder).arg(format!("/{program}"));
    command
}

fn is_root() -> bool {
    tools::succeeds("test \"$(id -u)\" = 0")
}
