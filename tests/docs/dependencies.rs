//! What the library is made of: what docs/dependencies.md says, and nothing twice.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::support::installed::{root, run};

/// The names in the first column of the page's tables.
fn documented() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| row.split_once("` |").unwrap().0);
    cells.flat_map(|cell| cell.split("`, `")).map(str::to_owned).collect()
}

/// The names in every table of dependencies of a manifest.
fn declared(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(table) = line.strip_prefix('[') {
            inside = table.trim_end_matches(']').ends_with("dependencies");
        } else if let (true, Some((name, _))) = (inside, line.split_once(" = ")) {
            names.insert(name.to_owned());
        }
    }
    names
}

/// What cargo builds into the library with these features, without itself: name and version of each.
fn resolved(features: &str) -> BTreeSet<String> {
    let output = run(Command::new("cargo").current_dir(root()).args([
        "tree",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--no-default-features",
        "--features",
        features,
    ]));
    let text = String::from_utf8(output.stdout).unwrap();
    let packages = text.lines().map(|line| line.split(" (").next().unwrap().to_owned());
    packages
        .filter(|package| !package.starts_with("spotify-token "))
        .collect()
}

#[test]
fn every_dependency_is_documented_and_no_other() {
    let mut declared = declared("Cargo.toml");
    // Packages of their own. In fuzz/ the library stands as a table of its own.
    for manifest in ["fuzz/Cargo.toml", "benches/performance/rust_peers/Cargo.toml"] {
        declared.extend(self::declared(manifest));
    }
    assert_eq!(declared, documented());
}

#[test]
fn the_library_has_as_many_crates_below_it_as_the_page_says() {
    let page = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let count = resolved("").len();
    assert!(
        page.contains(&format!("has {count} crates below it")),
        "{count}: {:#?}",
        resolved("")
    );
}

#[test]
fn no_crate_is_there_in_two_versions() {
    for features in ["", "cli", "redis", "keyring"] {
        let mut packages = resolved(features);
        if features == "keyring" {
            // What its macros need is in no binary.
            packages.retain(|package| !package.starts_with("syn v2."));
        }
        let names: BTreeSet<&str> = packages
            .iter()
            .map(|package| package.split(' ').next().unwrap())
            .collect();
        assert_eq!(names.len(), packages.len(), "{features}: {packages:#?}");
    }
}

/// What a dependency wrote to the log crate, nobody could read in a C program.
#[test]
fn no_dependency_of_the_library_writes_log_messages() {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root())
        .args(["tree", "--edges", "normal", "--no-default-features", "--prefix", "none"]);
    let tree = String::from_utf8(run(&mut cargo).stdout).unwrap();
    assert!(tree.lines().all(|line| !line.starts_with("log ")), "{tree}");
}
