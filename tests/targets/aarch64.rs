//! aarch64 in qemu's user mode. What qemu cannot do stays out: `fork()` of a busy process, whose child hangs in a lock of qemu
//! itself, signals, and fleets of processes.

use std::path::Path;
use std::process::Command;

use crate::programs;
use crate::release::Release;
use crate::support::installed::run;
use crate::support::place::Place;
use crate::support::{server, tools};

/// Debian's libc6-arm64-cross.
const GLIBC: &str = "/usr/aarch64-linux-gnu";

/// A program under qemu, which is ended after two minutes.
fn qemu(program: &Path) -> Command {
    let mut qemu = Command::new("timeout");
    qemu.args(["-k", "5", "120", "qemu-aarch64-static", "-L", GLIBC])
        .arg(program);
    qemu
}

fn built(target: &'static str) -> Option<Release> {
    let release = Release::of(target)?;
    let there =
        tools::require("qemu-aarch64-static") && tools::require_that("libc6-arm64-cross", &format!("test -d {GLIBC}"));
    there.then_some(release)
}

#[test]
fn the_command_of_both_libcs_shows_the_demo_and_caches_a_token() {
    for target in ["aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl"] {
        let Some(release) = built(target) else { continue };
        let server = server();
        let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "file");
        let at_home = |arguments: &[&str]| {
            let mut command = qemu(&release.command());
            command.args(arguments).env_clear().envs(place.variables());
            String::from_utf8(run(&mut command).stdout).unwrap()
        };
        let demo = at_home(&["demo"]);
        assert!(demo.contains("\"access_token\":\"BQ"), "{target}: {demo}");
        let first = at_home(&["token"]);
        assert!(first.starts_with("BQ"), "{target}: {first}");
        assert_eq!(at_home(&["token"]), first, "{target}");
        assert_eq!(server.requests().len(), 1, "{target}");
    }
}

#[test]
fn c_programs_run() {
    let Some(release) = built("aarch64-unknown-linux-gnu") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    programs::run_all(&release, folder.path(), |program| {
        let mut command = qemu(&folder.path().join(program));
        command.env_clear().env("LD_LIBRARY_PATH", release.prefix.join("lib"));
        command
    });
}
