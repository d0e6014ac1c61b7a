//! The verb `demo`: the whole way to a token and its use, offline, against the built-in stand-in. The calls go through
//! the C ABI, as those of a C program do.

use std::fmt::Write as _;
use std::sync::Arc;

use spotify_token::ffi::caller::{self, Seen};
use spotify_token::stand_in::{Accounts, Received, StandIn};
use spotify_token::{Cancel, Endpoint, Error, HttpTransport, Proxy, Request, Secret, Settings, Transport};

use crate::exit::Failure;
use crate::output;
use crate::terminal::has_colours;
use crate::token::Granted;

const ARTIST: &str = "/v1/artists/0TnOYISbd1XYRBk9myaseg";

/// Shows each step, with what really went over the wire.
pub fn run() -> Result<(), Failure> {
    let mut story = Story::new();
    let server = StandIn::spotify(Accounts::default())
        .map_err(|fault| Failure::internal("cannot start the stand-in on 127.0.0.1", &fault))?;
    let url = server.token_url();

    story.step("Credentials");
    story.line(&format!("client id      {}", Accounts::CLIENT_ID));
    story.line("client secret  [hidden]");
    story.line("made up for this demo; yours come from an app at https://developer.spotify.com/dashboard,");
    story.line("by way of CLIENT_ID and CLIENT_SECRET in the environment, or of a file .env");

    let good = ask(&url, Accounts::CLIENT_SECRET, 2)?;
    let [first, second] = good.answers.as_slice() else {
        return Err(Failure::internal("the demo", &"two calls, and not two answers"));
    };
    if let Some(message) = &first.error_message {
        return Err(Failure::internal("the demo got no token", message));
    }

    story.step("The request (RFC 6749, section 4.4)");
    for request in server.requests() {
        story.request(&request);
    }

    story.step("The answer");
    story.line(&format!("status {}", first.http_status));
    story.line(&json(first));

    story.step("Asked again: from memory");
    let same = first.access_token == second.access_token;
    story.line(&format!(
        "{} token, {} request in all",
        if same { "the same" } else { "another" },
        good.requests
    ));

    story.step("Using it");
    story.line(&format!("GET {ARTIST}"));
    story.line("Authorization: Bearer BQ...");
    let artist = get_artist(&server, first).map_err(|fault| Failure::internal("the stand-in's Web API", &fault))?;
    story.line(&artist);

    story.step("With a wrong secret");
    for refused in &ask(&url, "not-the-secret", 1)?.answers {
        story.line(&format!("error_code {}", refused.error_code));
        story.line(refused.error_message.as_deref().unwrap_or("no message"));
    }

    story.step("Now yours");
    story.line("CLIENT_ID=... CLIENT_SECRET=... spotify-token json");
    story.line(&format!(
        "spotify-token header | curl -H @- https://api.spotify.com{ARTIST}"
    ));
    output::answer(&story.text)
}

/// The options are all set here, so that nothing in the user's environment has a say.
fn ask(url: &str, secret: &str, times: usize) -> Result<caller::Walk, Failure> {
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
    caller::walk(&options, times).map_err(|fault| Failure::internal("the demo", &fault))
}

fn json(seen: &Seen) -> String {
    let granted = Granted {
        access_token: seen.access_token.as_deref().unwrap_or_default(),
        token_type: seen.token_type.as_deref().unwrap_or_default(),
        expires_in: seen.expires_in,
        scope: seen.scope.as_deref().unwrap_or_default(),
        expires_at: seen.expires_at,
    };
    granted.json()
}

fn get_artist(server: &StandIn, token: &Seen) -> Result<String, Error> {
    let settings = Settings {
        proxy: Proxy::Direct,
        ..Settings::defaults()
    };
    let address = format!("http://{}{ARTIST}", server.address());
    let request = Request {
        url: Endpoint::parse(&address).expect("the stand-in is on loopback"),
        authorization: Secret::new(token.authorization.as_deref().unwrap_or_default()),
        user_agent: settings.user_agent.clone(),
        form: None,
    };
    let allowed = settings.attempt_timeout;
    let http = HttpTransport::new(Arc::new(settings), Arc::default());
    let response = http.send(&request, allowed, &Cancel::new()).result?;
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}

/// What is shown, step by step.
struct Story {
    text: String,
    steps: u32,
    bold: bool,
}

impl Story {
    fn new() -> Story {
        Story {
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

    /// The request as the server got it; the header that holds the secret is masked.
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
