//! The verb `env`.

use std::process::Command;

use crate::support::place::{Place, stdout};
use crate::support::tools;
use spotify_token::stand_in::{Reply, StandIn};

#[test]
fn env_prints_a_line_that_a_shell_can_evaluate() {
    for token in ["BQabc-_.+/=", "~root", "BQ~1"] {
        let server = StandIn::scripted([Reply::token(token, 3600)]).unwrap();
        let line = stdout(&Place::knowing(&server).run(&["env"])).to_owned();
        assert!(line.starts_with("export SPOTIFY_ACCESS_TOKEN=") && line.ends_with('\n'));
        let script = format!("{line}sh -c 'printf %s \"$SPOTIFY_ACCESS_TOKEN\"'");
        for shell in tools::available(&["dash", "bash"]) {
            let output = Command::new(shell).args(["-c", &script]).output().unwrap();
            assert_eq!(stdout(&output), token, "{shell}");
        }
    }
}
