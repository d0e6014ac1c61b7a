//! The source archive, and the package for crates.io.

use std::process::Command;

use tempfile::tempdir;

use crate::environment::offline_shell;
use crate::release::script;
use crate::support::installed::{root, run};
use crate::support::tools;

#[test]
fn the_source_archive_builds_without_a_network() {
    if tools::available(&["git", "tar", "xz"]).len() < 3 {
        return;
    }
    let folder = tempdir().unwrap();
    run(script("dist/source.sh").arg(folder.path()));
    let line = format!(
        "tar xf spotify-token-{version}-source.tar.xz; cd spotify-token-{version}-source; \
         test \"$(sed -n 's/.*\"sha1\": \"\\(.*\\)\".*/\\1/p' .cargo_vcs_info.json)\" = \"$COMMIT\"; \
         cargo check --quiet --offline --locked --lib --no-default-features",
        version = env!("CARGO_PKG_VERSION")
    );
    let head = run(Command::new("git").args(["rev-parse", "HEAD"]).current_dir(root()));
    run(offline_shell()
        .args(["-euc", &line])
        .current_dir(folder.path())
        .env("COMMIT", String::from_utf8(head.stdout).unwrap().trim())
        .env("CARGO_HOME", folder.path().join("cargo"))
        .env("CARGO_TARGET_DIR", folder.path().join("target")));
}

#[test]
fn the_package_for_crates_io_has_what_a_build_needs() {
    let listed = run(Command::new("cargo")
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(root()));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let has = |file: &str| listed.lines().any(|line| line == file);
    for file in [
        "Cargo.lock",
        "build.rs",
        "src/lib.rs",
        "src/bin/spotify-token/main.rs",
        "include/spotify_token.h",
        "README.md",
        "LICENSE-MIT",
    ] {
        assert!(has(file), "{file}");
    }
    for file in listed.lines() {
        assert!(!file.starts_with("tests/") && !file.starts_with("bindings/"), "{file}");
    }
}
