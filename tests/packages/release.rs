//! The files of a release that are made by `packaging/` from an installed prefix.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::package::this_target;
use crate::support::installed::{root, run};
use crate::support::tools;

/// A shell script of `packaging/`, which compresses in a hurry.
pub fn script(name: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg(root().join("packaging").join(name))
        .env("XZ_DEFAULTS", "-0");
    command
}

/// Returns a folder with an installed prefix below the name of this machine's target, and the path of that.
pub fn native(prefix: &Path) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join(this_target());
    symlink(prefix, &named).unwrap();
    (folder, named)
}

/// Returns a folder with the archive of an installed prefix. `None` where a tool is missing.
pub fn archives(prefix: &Path) -> Option<TempDir> {
    if tools::available(&["tar", "xz", "python3"]).len() < 3 {
        return None;
    }
    let (_native, named) = native(prefix);
    let out = tempfile::tempdir().unwrap();
    run(script("dist/archive.sh").arg(named).arg(out.path()));
    Some(out)
}

/// Returns the name of the archive for this machine, without what stands for its kind.
pub fn archive_name() -> String {
    format!("spotify-token-{}-{}", env!("CARGO_PKG_VERSION"), this_target())
}
