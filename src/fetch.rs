//! One call: credentials, request, response, and when to try again. Nothing is cached and nothing is shared.

use std::sync::Arc;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::{Config, Environment, Settings};
use crate::credentials::{self, Credentials};
use crate::error::{Error, ErrorKind};
use crate::log::{Level, Logger};
use crate::protocol::grant::AuthorizationGrant;
use crate::protocol::request::Request;
use crate::protocol::response::{self, Success};
use crate::protocol::retry;
use crate::protocol::token::Token;
use crate::random;
use crate::secret::Secret;
use crate::stats::{Counters, Stat};
use crate::token;
use crate::transport::{Exchange, HttpTransport, Progress, Transport};

/// Requests a token with these credentials. Nothing is cached. All other options come from the environment. Blocks for at most 30
/// seconds, or `SPOTIFY_TIMEOUT_MS`.
///
/// # Errors
/// The reason why there is no token.
pub fn fetch(client_id: &str, client_secret: &str) -> Result<token::Token, Error> {
    let (token, _) = fetch_with(Some(client_id), Some(client_secret))?;
    Ok(token::Token::from_access_token(token))
}

/// Requests a token with these credentials, or with those that are found; every other option comes from the environment. Returns
/// the token and the whole seconds until it expires. Blocks.
pub(crate) fn fetch_with(client_id: Option<&str>, client_secret: Option<&str>) -> Result<(Token, i64), Error> {
    let start = SystemClock.now();
    let environment = Arc::new(Environment::from_process());
    let settings = Arc::new(Settings::resolve(&Config::new(), &environment)?);
    let credentials = match Credentials::from_arguments(client_id, client_secret)? {
        Some(credentials) => credentials,
        None => {
            let allowed = working_time(settings.timeout);
            credentials::find(&settings, &environment, allowed, &Cancel::new())?
        }
    };
    let fetch = Fetch {
        settings: &settings,
        transport: &HttpTransport::new(settings.clone(), environment),
        clock: &SystemClock,
        log: &Logger::default(),
        counters: &Counters::default(),
        cancel: &Cancel::new(),
        progress: &Progress::new(),
    };
    let token = fetch.token_since(&credentials, start)?;
    let expires_in = token.expires_in(SystemClock.now());
    Ok((token, expires_in))
}

/// What a grant brought.
pub(crate) struct Granted {
    pub(crate) token: Token,
    /// A new refresh token, if one was issued.
    pub(crate) refresh_token: Option<Secret>,
}

/// What a call works with.
pub struct Fetch<'a> {
    /// Time limits, retries and the token endpoint.
    pub settings: &'a Settings,
    /// How the request gets there.
    pub transport: &'a dyn Transport,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Where log messages go.
    pub log: &'a Logger,
    /// The counters.
    pub counters: &'a Counters,
    /// Ends the call early.
    pub cancel: &'a Cancel,
    /// How far it got, for callers that wait for it.
    pub progress: &'a Progress,
}

impl Fetch<'_> {
    /// Requests a token until the server issues one, refuses, or the time runs out. Blocks.
    ///
    /// # Errors
    /// That of the last attempt; `Timeout` when the time ran out during one; `Cancelled`.
    pub fn token(&self, credentials: &Credentials) -> Result<Token, Error> {
        self.token_since(credentials, self.clock.now())
    }

    /// Does the same in what is left of the time of a call that began at `start`.
    pub(crate) fn token_since(&self, credentials: &Credentials, start: Moment) -> Result<Token, Error> {
        if let Some(warning) = credentials.warning() {
            self.log.log(Level::Info, || {
                format!("{warning}. They came from {}", credentials.source)
            });
        }
        let end = start.plus(working_time(self.settings.timeout));
        let granted = self.granted_until(&AuthorizationGrant::ClientCredentials(credentials), end)?;
        Ok(granted.token)
    }

    /// Requests what a grant brings until the server responds to it, refuses, or `end`. Blocks.
    pub(crate) fn granted_until(&self, grant: &AuthorizationGrant, end: Moment) -> Result<Granted, Error> {
        let request = Request::new(&self.settings.token_url, grant, &self.settings.user_agent);
        let time_left = || end.since(self.clock.now());
        let mut failed = 0;
        loop {
            let error = match self.attempt(&request, grant, time_left()) {
                Ok(granted) => return Ok(granted),
                Err(error) => error,
            };
            failed += 1;
            self.counters.count_failure(error.kind());
            self.progress.fail(&error);
            self.cancel.check()?;
            let max_retries = self.settings.max_retries;
            let next = retry::wait_before_next(&error, failed, max_retries, time_left(), random::fraction());
            let Some(wait) = next else {
                self.log.log(Level::Error, || {
                    format!("giving up after attempt {failed}: {}", error.message())
                });
                return Err(error);
            };
            self.log.log(Level::Info, || {
                let wait = wait.as_millis();
                format!(
                    "attempt {failed} failed, the next follows in {wait} ms: {}",
                    error.message()
                )
            });
            self.clock.wait(wait, self.cancel);
            self.cancel.check()?;
            self.counters.count(Stat::Retries);
        }
    }

    fn attempt(&self, request: &Request, grant: &AuthorizationGrant, left: Duration) -> Result<Granted, Error> {
        let allowed = left.min(self.settings.attempt_timeout);
        let requested_at = self.clock.now();
        self.log.log(Level::Debug, || format!("POST {}", request.url));
        // The response to a refresh may be the only copy of a new refresh token: once it was sent, it is waited for.
        let never = Cancel::new();
        let is_refresh = matches!(grant, AuthorizationGrant::RefreshToken { .. });
        let cancel = if is_refresh { &never } else { self.cancel };
        let Exchange { request_sent, result } = self.transport.send(request, allowed, cancel, self.progress);
        if request_sent {
            self.counters.count(Stat::Requests);
        }
        let response = result?;
        let now = self.clock.now();
        let Success { token, refresh_token } = response::read(&response, grant, now)?;
        self.log.log(Level::Info, || {
            format!(
                "a token from {}, valid for {} s, took {} ms",
                request.url.host(),
                token.lifetime.as_secs(),
                now.since(requested_at).as_millis()
            )
        });
        let token = token_in_time(Token::new(&token, reanchored(requested_at, now)), now)?;
        Ok(Granted { token, refresh_token })
    }
}

/// Returns how long a call with this timeout may work. The rest is kept for its result: a caller that waits in another thread gets
/// the error that says what took the time, instead of giving up at the same moment.
pub(crate) fn working_time(timeout: Duration) -> Duration {
    timeout.saturating_sub((timeout / 10).min(Duration::from_millis(250)))
}

/// The moment of the request, with its wall time computed from `now`: if that clock was set in between, its old reading is
/// useless.
fn reanchored(requested_at: Moment, now: Moment) -> Moment {
    Moment {
        wall_ms: now
            .wall_ms
            .saturating_sub(now.steady_ms.saturating_sub(requested_at.steady_ms)),
        steady_ms: requested_at.steady_ms,
    }
}

fn token_in_time(token: Token, now: Moment) -> Result<Token, Error> {
    if token.time_left(now).is_zero() {
        return Err(Error::new(
            ErrorKind::BadResponse,
            format!(
                "the token had already expired on arrival (lifetime {} s, the response took longer)",
                token.lifetime().as_secs()
            ),
        )
        .advise("Try again; if it persists, contact the server's operator")
        .with_http_status(200));
    }
    Ok(token)
}
