//! The manual page of the library.

use std::fs;
use std::process::Command;

use crate::support::installed::{root, symbols};
use crate::support::markdown::document;
use crate::support::tools;

#[test]
fn the_manual_page_of_the_library_has_every_function_and_is_clean() {
    let page = document("packaging/spotify_token.3.in")
        .replace("@DATE@", "2026-01-01")
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    assert!(!page.contains('@'));
    let synopsis = page.split(".SH DESCRIPTION").next().unwrap();
    for symbol in symbols() {
        assert!(synopsis.contains(&format!("{symbol}(")), "{symbol}");
    }
    if !tools::require("mandoc") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("spotify_token.3");
    fs::write(&file, page).unwrap();
    let lint = Command::new("mandoc")
        .args(["-T", "lint", "-W", "style"])
        .arg(&file)
        .current_dir(root())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&lint.stdout), "");
}
