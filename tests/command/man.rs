//! The verb `man`.

use std::fs;
use std::process::Command;

use crate::VERBS;
use crate::support::place::{Place, stdout};
use crate::support::tools;
use spotify_token::unstable::{EXIT_STATUSES, OPTIONS};

#[test]
fn the_manual_page_is_valid_and_complete() {
    let output = Place::new().run(&["man"]);
    let page = stdout(&output);
    for verb in VERBS {
        assert!(
            page.contains(&format!("\n\\fB{}\\fR\n", verb.replace('-', "\\-"))),
            "{verb}"
        );
    }
    for row in &OPTIONS {
        assert!(page.contains(&format!("\\fB{}\\fR", row.variable)), "{}", row.variable);
    }
    for row in &EXIT_STATUSES {
        assert!(page.contains(&format!("\n\\fB{}\\fR\n", row.status)), "{}", row.status);
    }
    if tools::require("mandoc") {
        let place = Place::new();
        let file = place.directory.path().join("spotify-token.1");
        fs::write(&file, page).unwrap();
        let lint = Command::new("mandoc").args(["-T", "lint"]).arg(&file).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&lint.stdout), "");
        assert!(lint.status.success());
    }
}
