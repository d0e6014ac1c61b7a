//! Releases for glibc: they load on glibc 2.17 and later.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::release::Release;
use crate::support::installed::{run, target};
use crate::support::tools;
use crate::{chroot, programs};

const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// The oldest glibc that a release has to load on.
const OLDEST: (u32, u32) = (2, 17);

/// All that a file of ours may load. glibc 2.17 has each of them.
const LIBRARIES: [&str; 7] = [
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
];

fn readelf(flag: &str, file: &Path) -> String {
    let output = run(Command::new("readelf").args([flag, "--wide"]).arg(file));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_library_and_the_command_need_no_later_glibc() {
    for release in TARGETS.into_iter().filter_map(Release::of) {
        if !tools::require("readelf") {
            return;
        }
        for file in [release.library(), release.command()] {
            let versions = readelf("-V", &file);
            let (_, needed) = versions.split_once("Version needs section").unwrap();
            let names: Vec<&str> = needed
                .split_whitespace()
                .filter(|word| word.starts_with("GLIBC_"))
                .collect();
            assert!(!names.is_empty(), "{needed}");
            for name in names {
                // Packed relocations are the version GLIBC_ABI_DT_RELR, which is no number.
                let version = name.strip_prefix("GLIBC_").unwrap();
                let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(u32::MAX));
                let version = (numbers.next().unwrap(), numbers.next().unwrap_or(0));
                assert!(version <= OLDEST, "{} needs {name}", file.display());
            }
        }
    }
}

#[test]
fn the_library_and_the_command_load_nothing_but_glibc() {
    for release in TARGETS.into_iter().filter_map(Release::of) {
        if !tools::require("readelf") {
            return;
        }
        for file in [release.library(), release.command()] {
            let dynamic = readelf("-d", &file);
            let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
            for line in needed {
                let name = line.rsplit_once('[').unwrap().1.trim_end_matches(']');
                assert!(LIBRARIES.contains(&name), "{} loads {name}", file.display());
            }
        }
    }
}

#[test]
fn c_programs_run_on_this_glibc() {
    let Some(release) = Release::of("x86_64-unknown-linux-gnu") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    programs::run_all(&release, folder.path(), |program| {
        let mut command = Command::new(folder.path().join(program));
        command.env_clear().env("LD_LIBRARY_PATH", release.prefix.join("lib"));
        command
    });
}

/// The files of an old Debian, whose glibc knows no packed relocations.
fn old_debian() -> Option<PathBuf> {
    const SUITE: &str = "bullseye";
    // debootstrap wants root.
    if !tools::require("debootstrap") || !tools::require_that("root", "test \"$(id -u)\" = 0") {
        return None;
    }
    let tree = target().join("tmp").join(SUITE);
    let complete = tree.join("complete");
    if !complete.exists() {
        let _ = fs::remove_dir_all(&tree);
        // Unpacked alone: nothing of it has to be set up to load a library.
        run(Command::new("debootstrap")
            .args(["--foreign", "--variant=minbase", SUITE])
            .arg(&tree));
        fs::write(complete, "").unwrap();
    }
    Some(tree)
}

#[test]
fn the_command_and_c_programs_run_on_debian_11() {
    let Some(release) = Release::of("x86_64-unknown-linux-gnu") else {
        return;
    };
    let Some(tree) = old_debian() else { return };
    let folder = tree.join("here");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    fs::copy(release.library(), folder.join("libspotify_token.so.0")).unwrap();
    fs::copy(release.command(), folder.join("spotify-token")).unwrap();
    let inside = |program: &str| {
        let mut command = chroot::command(&tree, &format!("here/{program}"));
        command.env("LD_LIBRARY_PATH", "/here");
        command
    };
    let demo = run(inside("spotify-token").arg("demo"));
    assert!(
        String::from_utf8(demo.stdout)
            .unwrap()
            .contains("\"access_token\":\"BQ")
    );
    programs::run_all(&release, &folder, inside);
}
