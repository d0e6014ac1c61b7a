//! The verb `demo`: shows every step from credentials to a Web API call, offline, against the built-in mock server.

mod app;
mod transcript;
mod user;
mod web_api;

use crate::exit::Exit;

/// Every option that differs neither between the calls nor between the demos, so that the user's environment changes nothing.
const OPTIONS: [(&str, &str); 12] = [
    ("timeout_ms", "10000"),
    ("attempt_timeout_ms", "10000"),
    ("max_retries", "0"),
    ("refresh_before_s", "300"),
    ("min_ttl_s", "30"),
    ("proxy", ""),
    ("cache", "memory"),
    ("user_agent", concat!("spotify-token/", env!("CARGO_PKG_VERSION"))),
    ("account", "default"),
    ("redirect_uri", "http://127.0.0.1/callback"),
    ("logins", "file"),
    ("refresh_token", ""),
];

/// Shows each step, with what was sent and received: of an app's token, or of a user's.
pub fn run(is_for_user: bool) -> Result<(), Exit> {
    if is_for_user { user::run() } else { app::run() }
}
