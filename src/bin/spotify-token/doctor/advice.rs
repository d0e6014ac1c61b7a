//! What to do about the findings that are not errors of the library, which bring their own advice.

use spotify_token::unstable::platform::shell::CURL;

/// About a call of the Web API with this verb and address, where all is well.
pub fn no_problem(verb: &str, address: &str) -> String {
    format!("No problems found. Try spotify-token {verb} | {CURL} -H @- https://api.spotify.com/v1/{address}")
}

pub const SEE_ABOVE: &str = "See the failed check above";
pub const OPTIONS: &str = "Correct that option; spotify-token token --help lists what each takes";
pub const SHAPE: &str = "Compare id and secret with the app's page on https://developer.spotify.com/dashboard";
pub const SHAPE_OF_ID: &str = "Compare the client id with the app's page on https://developer.spotify.com/dashboard";
pub const CACHE: &str = "Choose another directory with --cache file:DIRECTORY, or cache nothing with --cache memory";
pub const CLOCK: &str =
    "Set this machine's clock, for example with an NTP service; certificates and tokens depend on it";
pub const WEB_API: &str = "See the Web API's response above. The token itself is valid; \
     https://developer.spotify.com/documentation/web-api describes what it may do";
pub const PREMIUM: &str = "The token is valid, but since February 2026 an app in development mode works only while its \
     owner has Premium. Subscribe with the owner's account, or request extended quota mode on \
     https://developer.spotify.com/dashboard";
pub const WEB_API_LIMIT: &str = "Wait before the next call. All apps of a developer share one quota: send fewer \
     requests, or share the responses";
pub const WEB_API_DOWN: &str = "Try again later; see https://status.spotify.dev for outages";
