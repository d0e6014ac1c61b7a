//! How the service behaves: its one app, its one user, and what is to go wrong.

use std::sync::Arc;
use std::time::Duration;

/// Receives a line for each request. No line contains a secret or a token.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// The one app that the service knows, and how it behaves.
#[derive(Clone)]
pub struct Accounts {
    /// Port on 127.0.0.1; 0 lets the kernel choose.
    pub port: u16,
    /// The app's id.
    pub client_id: String,
    /// The app's secret, a value for tests.
    pub client_secret: String,
    /// Lifetime of a token in seconds.
    pub expires_in: i64,
    /// Errors of the token endpoint.
    pub fail: Option<Failing>,
    /// Errors of the Web API, for requests with a good token.
    pub fail_api: Option<Failing>,
    /// How long to wait before each response.
    pub delay: Duration,
    /// Whether the app's owner has Premium. Without it the Web API responds with 403.
    pub premium: bool,
    /// Receives a line for each request.
    pub log: Option<Log>,
    /// Where a browser may be sent after a login. One on `127.0.0.1` or `[::1]` without a port allows any port.
    pub redirect_uris: Vec<String>,
    /// How long a consent page and a code are good.
    pub code_lifetime: Duration,
    /// How long refresh tokens are good after the login, however often they are used.
    pub login_lifetime: Duration,
    /// When a refresh brings a new refresh token.
    pub rotate: Rotate,
    /// After how many refreshes a login is revoked, as if the user had removed the app; `Some(0)`: before the first one.
    pub revoke_after: Option<u32>,
    /// How many refreshes are refused with `invalid_grant` although the refresh token is good, as in an outage.
    pub refuse_refreshes: u32,
    /// Scopes that are not granted although they were asked for.
    pub withheld_scopes: Vec<String>,
    /// Whether a user's token response has a member `scope`.
    pub names_scope: bool,
    /// The `token_type` of a user's token response.
    pub token_type: String,
}

/// When a refresh brings a new refresh token, and revokes the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotate {
    /// Each time, as until July 2026.
    Always,
    /// Never: the one of the login stays good.
    Never,
}

impl Accounts {
    /// The client id, unless another is set.
    pub const CLIENT_ID: &'static str = "5f3759df5f3759df5f3759df5f3759df";
    /// The client secret, unless another is set.
    pub const CLIENT_SECRET: &'static str = "0ddba11c0ffee0ddba11c0ffee0ddba1";
    /// How long a login is good, unless another time is set: six months.
    pub const LOGIN_LIFETIME: Duration = Duration::from_secs(183 * 24 * 60 * 60);
}

impl Default for Accounts {
    fn default() -> Accounts {
        Accounts {
            port: 0,
            client_id: Accounts::CLIENT_ID.to_owned(),
            client_secret: Accounts::CLIENT_SECRET.to_owned(),
            expires_in: 3600,
            fail: None,
            fail_api: None,
            delay: Duration::ZERO,
            premium: true,
            log: None,
            redirect_uris: ["http://127.0.0.1/callback", "http://[::1]/callback"]
                .map(str::to_owned)
                .to_vec(),
            code_lifetime: Duration::from_secs(600),
            login_lifetime: Accounts::LOGIN_LIFETIME,
            rotate: Rotate::Never,
            revoke_after: None,
            refuse_refreshes: 0,
            withheld_scopes: Vec::new(),
            names_scope: true,
            token_type: "Bearer".to_owned(),
        }
    }
}

/// An error to respond with, a number of times or always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The status, 200 excepted.
    pub status: u16,
    /// How many requests fail; `None`: all.
    pub count: Option<u32>,
}

impl std::str::FromStr for Failing {
    type Err = String;

    /// `503`, or `503:2`.
    fn from_str(text: &str) -> Result<Failing, String> {
        let expected = || "expected STATUS or STATUS:COUNT, such as 503:2".to_owned();
        let (status, count) = match text.split_once(':') {
            Some((status, count)) => (status, Some(count.parse().map_err(|_| expected())?)),
            None => (text, None),
        };
        let status = status
            .parse()
            .ok()
            .filter(|status| (201..=599).contains(status))
            .ok_or_else(expected)?;
        Ok(Failing { status, count })
    }
}
