//! `abi/spotify_token.abi`, which describes the released ABI. `abidiff` compares the header and the shared library with it.
//! `SPOTIFY_TOKEN_RENEW=1 cargo test --test abi description::` writes it anew, which is a step of a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::installed::{root, run, shared_release};
use crate::support::tools;

fn header() -> String {
    fs::read_to_string(root().join("include/spotify_token.h")).unwrap()
}

fn version_script() -> String {
    fs::read_to_string(root().join("abi/spotify_token.map")).unwrap()
}

/// A library in C whose functions have the types of this header, and no content. The debug information of the real one
/// describes Rust's types, in the words of one compiler. With C's own integer types, no system header has a say.
fn library(header: &str, version_script: &str, scratch: &Path) -> PathBuf {
    let is_prototype = |line: &str| line.ends_with(");") && !line.starts_with(" *") && !line.starts_with("typedef");
    let source = header.lines().map(|line| {
        let defined = is_prototype(line).then(|| line.trim_end_matches(';').to_owned() + " { __builtin_trap(); }");
        defined.unwrap_or_else(|| line.to_owned()) + "\n"
    });
    fs::write(scratch.join("spotify_token.c"), source.collect::<String>()).unwrap();
    fs::write(scratch.join("spotify_token.map"), version_script).unwrap();
    run(Command::new("cc").current_dir(scratch).args([
        "-g",
        "-ffreestanding",
        "-nostdlib",
        "-shared",
        "-fPIC",
        "-Wl,-soname,libspotify_token.so.0",
        "-Wl,--version-script=spotify_token.map",
        "-o",
        "libspotify_token.so",
        "spotify_token.c",
    ]));
    scratch.join("libspotify_token.so")
}

/// Compares with the description. What was added is no difference.
fn abidiff(library: &Path) -> Output {
    Command::new("abidiff")
        .args(["--no-added-syms", "--no-architecture"])
        .arg(root().join("abi/spotify_token.abi"))
        .arg(library)
        .output()
        .unwrap()
}

#[track_caller]
fn is_as_described(library: &Path) {
    let compared = abidiff(library);
    let report = String::from_utf8_lossy(&compared.stdout);
    assert_eq!(compared.status.code(), Some(0), "{report}");
}

#[test]
fn the_header_promises_what_was_released() {
    if !tools::require("cc") || !tools::require("abidw") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let library = library(&header(), &version_script(), scratch.path());
    if std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some() {
        run(Command::new("abidw")
            .args(["--no-architecture", "--no-comp-dir-path", "--no-corpus-path"])
            .args([
                "--no-elf-needed",
                "--no-show-locs",
                "--type-id-style",
                "hash",
                "--out-file",
            ])
            .arg(root().join("abi/spotify_token.abi"))
            .arg(&library));
    }
    is_as_described(&library);
}

#[test]
fn the_library_exports_what_was_released() {
    if let Some(prefix) = shared_release().filter(|_| tools::require("abidiff")) {
        is_as_described(&prefix.join("lib/libspotify_token.so"));
    }
}

#[test]
fn only_a_change_that_takes_something_away_is_reported() {
    if !tools::require("cc") || !tools::require("abidiff") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let compare = |header: &str, map: &str| abidiff(&library(header, map, scratch.path())).status.code().unwrap();
    let changed = |from: &str, to: &str| {
        assert!(header().contains(from), "{from}");
        header().replace(from, to)
    };
    // The status is a set of bits: 4 is a change, 8 an incompatible one.
    let removed = changed("spotify_code spotify_logout(const spotify_config *config);\n", "");
    let without_it = version_script().replace("    spotify_logout;\n", "");
    assert_eq!(compare(&removed, &without_it), 12);
    let another_version = version_script().replace("SPOTIFY_TOKEN_", "SOMETHING_ELSE_");
    assert_eq!(compare(&header(), &another_version), 12);
    let larger = changed("int32_t http_status;", "int64_t http_status;");
    assert_eq!(compare(&larger, &version_script()), 4);
    let narrower = changed("uint64_t spotify_client_stat(", "uint32_t spotify_client_stat(");
    assert_eq!(compare(&narrower, &version_script()), 4);

    let added = header() + "void spotify_added(void);\n";
    let with_it = version_script() + "SPOTIFY_TOKEN_9 { spotify_added; };\n";
    assert_eq!(compare(&added, &with_it), 0);
}
