//! The token of an app. The calls go through the C ABI, as those of a C program do.

use spotify_token::stand_in::{Accounts, StandIn};
use spotify_token::unstable::ffi::caller::{self, CallResult, Calls};
use spotify_token::unstable::platform::shell::{CURL, WITH_CREDENTIALS};

use super::transcript::Transcript;
use super::{OPTIONS, web_api};
use crate::exit::Exit;
use crate::output;
use crate::token::TokenJson;

const ARTIST: &str = "/v1/artists/0TnOYISbd1XYRBk9myaseg";

/// Shows each step, with what was sent and received.
pub fn run() -> Result<(), Exit> {
    let mut transcript = Transcript::new();
    let server = StandIn::spotify(Accounts::default())
        .map_err(|error| Exit::internal("cannot start the mock server on 127.0.0.1", &error))?;
    let url = server.token_url();

    transcript.step("Credentials");
    transcript.line(&format!("client id      {}", Accounts::CLIENT_ID));
    transcript.line("client secret  [hidden]");
    transcript.line("Both are test values. Yours come from an app on https://developer.spotify.com/dashboard;");
    transcript.line("set CLIENT_ID and CLIENT_SECRET in the environment, or in a file .env.");

    let good = get_tokens(&url, Accounts::CLIENT_SECRET, 2)?;
    let [first, second] = good.results.as_slice() else {
        return Err(Exit::internal("the demo", &"two calls did not return two results"));
    };
    if let Some(message) = &first.error_message {
        return Err(Exit::internal("the demo got no token", message));
    }

    transcript.step("The request (RFC 6749, section 4.4)");
    for request in server.requests() {
        transcript.request(&request);
    }

    transcript.step("The response");
    transcript.line(&format!("status {}", first.http_status));
    transcript.line(&json(first));

    transcript.step("A second call: from memory");
    let same = first.access_token == second.access_token;
    transcript.line(&format!(
        "{} token, {} request in total",
        if same { "the same" } else { "another" },
        good.requests
    ));

    transcript.step("Using the token");
    transcript.line(&format!("GET {ARTIST}"));
    transcript.line("Authorization: Bearer BQ...");
    let artist = web_api::get(&server, ARTIST, first.authorization.as_deref())
        .map_err(|error| Exit::internal("the mock server's Web API", &error))?;
    transcript.line(&artist);

    transcript.step("With a wrong secret");
    for refused in &get_tokens(&url, "not-the-secret", 1)?.results {
        transcript.line(&format!("error_code {}", refused.error_code));
        transcript.line(refused.error_message.as_deref().unwrap_or("no message"));
    }

    transcript.step("With your own app");
    transcript.line(WITH_CREDENTIALS);
    transcript.line(&format!(
        "spotify-token header | {CURL} -H @- https://api.spotify.com{ARTIST}"
    ));
    output::write(&transcript.into_text())
}

/// Gets tokens with these credentials.
fn get_tokens(url: &str, secret: &str, times: usize) -> Result<Calls, Exit> {
    let own = [
        ("grant", "app"),
        ("client_id", Accounts::CLIENT_ID),
        ("client_secret", secret),
        ("token_url", url),
        ("authorize_url", url),
        ("scope", ""),
    ];
    caller::get_tokens(&[&OPTIONS[..], &own].concat(), times).map_err(|error| Exit::internal("the demo", &error))
}

fn json(result: &CallResult) -> String {
    let token = TokenJson {
        access_token: result.access_token.as_deref().unwrap_or_default(),
        token_type: result.token_type.as_deref().unwrap_or_default(),
        expires_in: result.expires_in,
        scope: result.scope.as_deref().unwrap_or_default(),
        expires_at: result.expires_at,
    };
    token.json()
}
