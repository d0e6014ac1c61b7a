//! The verb `demo`: shows every step from credentials to a Web API call, offline, against the built-in mock server. The
//! calls go through the C ABI, as those of a C program do.

use std::fmt::Write as _;
use std::sync::Arc;

use spotify_token::stand_in::{Accounts, Received, StandIn};
use spotify_token::unstable::ffi::caller::{self, CallResult, Calls};
use spotify_token::unstable::{Cancel, Endpoint, HttpTransport, Progress, Request, Secret, Settings, Transport};
use spotify_token::{Error, Proxy};

use crate::exit::Exit;
use crate::output;
use crate::terminal::has_colours;
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
    let artist = get_artist(&server, first).map_err(|error| Exit::internal("the mock server's Web API", &error))?;
    transcript.line(&artist);

    transcript.step("With a wrong secret");
    for refused in &get_tokens(&url, "not-the-secret", 1)?.results {
        transcript.line(&format!("error_code {}", refused.error_code));
        transcript.line(refused.error_message.as_deref().unwrap_or("no message"));
    }

    transcript.step("With your own app");
    transcript.line("CLIENT_ID=... CLIENT_SECRET=... spotify-token json");
    transcript.line(&format!(
        "spotify-token header | curl -H @- https://api.spotify.com{ARTIST}"
    ));
    output::write(&transcript.text)
}

/// Sets every option, so that the user's environment changes nothing.
fn get_tokens(url: &str, secret: &str, times: usize) -> Result<Calls, Exit> {
    let options = [
        ("client_id", Accounts::CLIENT_ID),
        ("client_secret", secret),
        ("token_url", url),
        ("timeout_ms", "10000"),
        ("attempt_timeout_ms", "10000"),
        ("max_retries", "0"),
        ("refresh_before_s", "300"),
        ("min_ttl_s", "30"),
        ("proxy", ""),
        ("cache", "memory"),
    ];
    caller::get_tokens(&options, times).map_err(|error| Exit::internal("the demo", &error))
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

fn get_artist(server: &StandIn, token: &CallResult) -> Result<String, Error> {
    let settings = Settings {
        proxy: Proxy::Direct,
        ..Settings::defaults()
    };
    let address = format!("http://{}{ARTIST}", server.address());
    let request = Request {
        url: Endpoint::parse(&address).expect("the stand-in is on loopback"),
        authorization: token.authorization.as_deref().map(Secret::new),
        user_agent: settings.user_agent.clone(),
        form: None,
    };
    let allowed = settings.attempt_timeout;
    let http = HttpTransport::new(Arc::new(settings), Arc::default());
    let response = http.send(&request, allowed, &Cancel::new(), &Progress::new()).result?;
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}

/// The text that is shown, step by step.
struct Transcript {
    text: String,
    steps: u32,
    bold: bool,
}

impl Transcript {
    fn new() -> Transcript {
        Transcript {
            text: String::new(),
            steps: 0,
            bold: has_colours(&std::io::stdout()),
        }
    }

    fn step(&mut self, title: &str) {
        self.steps += 1;
        let (on, off) = if self.bold { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        let gap = if self.steps > 1 { "\n" } else { "" };
        let _ = writeln!(self.text, "{gap}{on}{}. {title}{off}", self.steps);
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "   {line}");
    }

    /// Adds a request as the server received it, without the secret.
    fn request(&mut self, request: &Received) {
        self.line(&format!("{} {}", request.method, request.path));
        for (name, value) in &request.headers {
            let secret = name.eq_ignore_ascii_case("authorization");
            let shown = if secret {
                "Basic [hidden: base64 of id:secret]"
            } else {
                value
            };
            self.line(&format!("{name}: {shown}"));
        }
        self.line("");
        self.line(&String::from_utf8_lossy(&request.body));
    }
}
