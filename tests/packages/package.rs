//! What a package is, and how its files are made.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::installed::{prefix, root, run};
use crate::support::markdown::document;
use crate::support::tools;

/// The package of one language. Lines of shell run in the folder of a fresh environment, with the files of the package in
/// `$FILES`, those of other packages in `$FILES/dependencies`, the examples in `$EXAMPLES`, and what `make install` installs in
/// `$PREFIX`.
pub struct Package {
    /// As the README's table of installations calls it.
    pub language: &'static str,
    /// What its index calls it.
    pub name: &'static str,
    /// Its folder below `bindings/`.
    pub binding: &'static str,
    /// Lines of shell that succeed where `package.sh` can run.
    pub needs: &'static [&'static str],
    /// Puts the packages that this one depends on into `$FILES/dependencies`, on the machine that has them; empty: there are none.
    pub dependencies: &'static str,
    /// The programs that a user's machine has. Nothing else is in its PATH.
    pub tools: &'static [&'static str],
    /// Makes the environment to install into.
    pub prepare: &'static str,
    /// The folder of the environment that comes first in PATH.
    pub path: &'static str,
    /// Variables of the environment, whose folder is the current one.
    pub variables: &'static [(&'static str, &'static str)],
    /// What takes the place of the package's name in the README's line, so that the files are in the index's place.
    pub local: &'static str,
    /// Prints the artist.
    pub artist: &'static str,
    /// Takes it away.
    pub uninstall: &'static str,
}

/// The name of most packages, in all indexes.
pub const NAME: &str = "libspotify-token";

impl Package {
    /// Returns the line that the README tells users, with the local files in the index's place.
    pub fn install_line(&self) -> String {
        let line = install_line(self.language);
        assert!(line.contains(self.name), "{line}");
        line.replace(self.name, self.local)
    }

    /// Makes the files of the package, with the library that the tests have built, for this machine and for one that this is
    /// not. `None` where a tool is missing.
    pub fn files(&self) -> Option<TempDir> {
        if !self.needs.iter().all(|check| tools::require_that(self.language, check)) {
            return None;
        }
        let files = tempfile::tempdir().unwrap();
        let native = tempfile::tempdir().unwrap();
        for target in [this_target(), other_target()] {
            symlink(prefix()?, native.path().join(target)).unwrap();
        }
        run(Command::new(self.folder().join("package.sh")).args([native.path(), files.path()]));
        for file in fs::read_dir(files.path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(name.contains(env!("CARGO_PKG_VERSION")), "{name}");
        }
        let dependencies = files.path().join("dependencies");
        fs::create_dir(&dependencies).unwrap();
        run(Command::new("sh")
            .args(["-euc", self.dependencies])
            .env("FILES", files.path()));
        Some(files)
    }

    /// Returns the folder of the binding.
    pub fn folder(&self) -> PathBuf {
        root().join("bindings").join(self.binding)
    }
}

/// Returns a line of the README's table of installations.
pub fn install_line(language: &str) -> String {
    let readme = document("README.md");
    let row = format!("| {language} | `");
    let line = readme.lines().find_map(|line| line.strip_prefix(&row)).expect(language);
    line.split_once('`').unwrap().0.to_owned()
}

/// Returns the file below a folder whose name has all these parts.
pub fn file_with(folder: &Path, parts: &[&str]) -> PathBuf {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let has_all = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        parts.iter().all(|part| name.contains(part))
    };
    files.find(has_all).unwrap_or_else(|| panic!("{parts:?}"))
}

pub fn this_target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// Another processor and another libc.
fn other_target() -> String {
    let target = match std::env::consts::ARCH {
        "aarch64" => "x86_64-unknown-linux-musl",
        _ => "aarch64-unknown-linux-musl",
    };
    target.to_owned()
}
