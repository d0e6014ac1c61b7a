//! The verb `demo`.

use std::fs;

use spotify_token::unstable::OPTIONS;

use crate::support::SECRET;
use crate::support::place::{Place, stdout};

#[test]
fn demo_shows_each_step_without_the_secret_in_any_environment() {
    let place = Place::new()
        .variable("http_proxy", "http://127.0.0.1:9")
        .variable("CLIENT_ID", "half");
    let output = place.run(&["demo"]);
    let shown = stdout(&output);
    for part in [
        "POST /api/token",
        "grant_type=client_credentials",
        "status 200",
        "\"access_token\":\"BQ",
        "1 request in total",
        "Pitbull",
        "error_code 20",
        "spotify-token json",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains(SECRET) && !shown.contains('\u{1b}'));
}

#[test]
fn demo_of_a_user_shows_the_login_and_its_ends_in_any_environment() {
    let temporary = tempfile::tempdir().unwrap();
    let mut place = Place::new()
        .variable("TMPDIR", temporary.path().to_str().unwrap())
        .variable("http_proxy", "http://127.0.0.1:9")
        .variable("CLIENT_ID", "half");
    for row in &OPTIONS {
        place = place.variable(row.variable, "no such value");
    }
    let output = place.run(&["demo", "--user"]);
    let shown = stdout(&output);
    for part in [
        "&code_challenge_method=S256",
        "/callback?code=[hidden]&state=[hidden]",
        "the browser shows: You are logged in",
        "grant_type=authorization_code&client_id=",
        "&code=[hidden]&code_verifier=[hidden]&redirect_uri=",
        "scopes: user-read-private playlist-read-private",
        "one file, mode 0600",
        "\"display_name\":\"JM Wizzler\"",
        "&refresh_token=[hidden]",
        "another access token, another refresh token",
        "/callback?error=access_denied&state=[hidden]",
        "error_code 21",
        "the browser shows: You declined",
        "error_code 25",
        "Refresh token revoked",
        "spotify-token login --scope",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let tokens = shown.replace("BQ...", "");
    assert!(
        !tokens.contains("BQ") && !tokens.contains("AQ") && !shown.contains(SECRET),
        "{shown}"
    );
    assert!(
        !shown.to_lowercase().contains("authorization: basic") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    assert_eq!(
        fs::read_dir(temporary.path()).unwrap().count(),
        0,
        "the login is removed"
    );
    assert_eq!(
        stdout(&place.run(&["--user", "demo"])).lines().next(),
        Some("1. The app")
    );
    assert_eq!(stdout(&place.run(&["demo"])).lines().next(), Some("1. Credentials"));
}
