//! Tools that a machine may lack. A test that needs one says so in a line and counts as skipped; with
//! SPOTIFY_TOKEN_TEST_ALL=1 a missing tool is a failure.

use std::process::{Command, Stdio};

/// Whether the tool is there. When it is not, the test should return.
pub fn require(tool: &str) -> bool {
    require_that(tool, &format!("command -v '{tool}'"))
}

/// Whether this line of shell succeeds, which it does where the tool or its package is there.
pub fn require_that(what: &str, check: &str) -> bool {
    let found = succeeds(check);
    if !found {
        missing(what);
    }
    found
}

/// Whether this line of shell succeeds.
pub fn succeeds(line: &str) -> bool {
    Command::new("sh")
        .args(["-c", line])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether everything is to be tested, as users get it.
pub fn all() -> bool {
    std::env::var_os("SPOTIFY_TOKEN_TEST_ALL").is_some_and(|value| value == "1")
}

/// Says that a tool is missing, or fails where all are wanted.
pub fn missing(tool: &str) {
    assert!(!all(), "{tool} is missing, and SPOTIFY_TOKEN_TEST_ALL=1 wants it");
    eprintln!("skipped: {tool} is not on this machine");
}

/// Those of the tools that are there.
pub fn available<'t>(tools: &[&'t str]) -> Vec<&'t str> {
    tools.iter().copied().filter(|tool| require(tool)).collect()
}

/// Whether this user may mount a file system that nobody else sees.
pub fn can_mount() -> bool {
    let permitted = succeeds("unshare -m mount -t tmpfs none /mnt");
    if !permitted {
        eprintln!("skipped: this user may not mount anything");
    }
    permitted
}
