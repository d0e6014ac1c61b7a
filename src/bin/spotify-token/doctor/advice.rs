//! What to do next about each kind of finding: one sentence for the report's last line.

use spotify_token::Code;

pub const ALL_IS_WELL: &str =
    "nothing to mend. Try spotify-token header | curl -H @- https://api.spotify.com/v1/artists/0TnOYISbd1XYRBk9myaseg";
pub const OPTIONS: &str = "correct that option; spotify-token token --help lists what each takes.";
pub const SHAPE: &str = "compare id and secret with the app's page on https://developer.spotify.com/dashboard.";
pub const CACHE: &str = "name another place with --cache file:DIRECTORY, or do without with --cache memory.";
pub const CLOCK: &str = "set this machine's clock, with an NTP service for instance; certificates and tokens go by it.";
pub const WEB_API: &str = "look at the Web API's answer above; the token itself is good, and docs at https://developer.spotify.com/documentation/web-api say what it may do.";
pub const PREMIUM: &str = "the token is good. Since February 2026 an app in development mode works only while its owner has Premium: \
     subscribe with the owner's account, or ask for extended quota mode on https://developer.spotify.com/dashboard.";
pub const WEB_API_LIMIT: &str =
    "wait before the next call. All apps of one developer share one quota, so ask for less, or let them share answers.";

/// What to do about a failure of the library's.
pub fn for_error(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => OPTIONS,
        Code::MissingCredentials => {
            "put CLIENT_ID and CLIENT_SECRET of an app from https://developer.spotify.com/dashboard into the environment \
             (with export) or into a file .env here."
        }
        Code::MalformedCredentials => SHAPE,
        Code::File => "correct that path, or make the file readable.",
        Code::Dns => "check that this machine is online and its name server answers; behind a proxy set https_proxy.",
        Code::Connect => "check the network and the firewall; behind a proxy set https_proxy.",
        Code::Proxy => "correct the proxy: the option proxy, or the variables https_proxy and no_proxy.",
        Code::Tls => {
            "check the clock; behind a company proxy name its authority with --ca-file; in a small image install \
             ca-certificates."
        }
        Code::Timeout | Code::Network => "try again; if it stays so, look for a firewall or a proxy in between.",
        Code::InvalidClient => {
            "copy id and secret again from the app's page on https://developer.spotify.com/dashboard; a secret that was \
             rotated no longer works."
        }
        Code::RateLimited => "wait as long as the server asks, and share one token among all that ask.",
        Code::Server => "try again later; https://status.spotify.dev tells of outages.",
        Code::Oauth | Code::Http | Code::BadResponse | Code::ResponseTooLarge => {
            "check --token-url, and that no portal or proxy answers in the server's place."
        }
        _ => "report it, with these lines: it should not happen.",
    }
}
