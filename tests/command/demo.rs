//! The verb `demo`.

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
