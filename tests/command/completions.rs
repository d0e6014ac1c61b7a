//! The verb `completions`.

use std::fs;
use std::process::Command;

use crate::support::place::{Place, stdout};
use crate::support::tools;

#[test]
fn completions_work_in_each_shell() {
    let place = Place::new();
    let script = |shell: &str| {
        let path = place.directory.path().join(shell);
        fs::write(&path, stdout(&place.run(&["completions", shell]))).unwrap();
        path
    };
    let complete = |shell: &str, line: &str| {
        let output = Command::new(shell)
            .args(["-c", line])
            .arg(script(shell))
            .output()
            .unwrap();
        stdout(&output).to_owned()
    };
    if tools::require("bash") {
        let line = r#"source "$0"; COMP_WORDS=(spotify-token he); COMP_CWORD=1
            "$(complete -p spotify-token | sed 's/.*-F \([^ ]*\).*/\1/')" spotify-token he spotify-token
            printf '%s\n' "${COMPREPLY[@]}""#;
        assert!(complete("bash", line).lines().any(|word| word == "header"));
    }
    if tools::require("fish") {
        let fish = script("fish");
        let line = format!("source {}; complete -C 'spotify-token header --time'", fish.display());
        let output = Command::new("fish")
            .args(["-c", &line])
            .env("HOME", place.directory.path())
            .output()
            .unwrap();
        assert!(stdout(&output).contains("--timeout-ms"));
    }
    if tools::require("zsh") {
        let line = "autoload -U compinit; compinit -D; source $0; whence -w _spotify-token";
        assert!(complete("zsh", line).contains("_spotify-token: function"));
    }
}
