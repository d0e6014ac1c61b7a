//! One call: credentials, request, answer, and when to try again. Nothing is cached here and nothing is shared.

use std::time::Duration;

use crate::cancel::Cancel;
use crate::clock::{Clock, Moment};
use crate::config::Settings;
use crate::credentials::Credentials;
use crate::error::{Code, Error};
use crate::log::{Level, Logger};
use crate::protocol::request::Request;
use crate::protocol::response;
use crate::protocol::retry;
use crate::protocol::token::Token;
use crate::stats::{Stat, Stats};
use crate::transport::{Exchange, Transport};

/// What a call works with.
pub struct Fetch<'a> {
    /// How long, how often, to where.
    pub settings: &'a Settings,
    /// How the request gets there.
    pub transport: &'a dyn Transport,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Who listens.
    pub log: &'a Logger,
    /// What is counted.
    pub stats: &'a Stats,
    /// How the call is ended early.
    pub cancel: &'a Cancel,
}

impl Fetch<'_> {
    /// Asks the server for a token until it grants one, refuses, or the time is over. Blocks.
    ///
    /// # Errors
    /// That of the last attempt; `Timeout` when the time ran out during one; `Cancelled`.
    pub fn token(&self, credentials: &Credentials) -> Result<Token, Error> {
        self.token_since(credentials, self.clock.now())
    }

    /// The same, in what is left of a call that began at `start`.
    pub(crate) fn token_since(&self, credentials: &Credentials, start: Moment) -> Result<Token, Error> {
        if let Some(warning) = credentials.warning() {
            self.log.log(Level::Info, || {
                format!("{warning}. They came from {}", credentials.source)
            });
        }
        let request = Request::new(&self.settings.token_url, credentials, &self.settings.user_agent);
        let mut failed = 0;
        loop {
            let error = match self.attempt(&request, credentials, self.time_left(start)) {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            failed += 1;
            self.stats.count(Stat::Failures);
            self.cancel.check()?;
            let next = retry::wait_before_next(
                &error,
                failed,
                self.settings.max_retries,
                self.time_left(start),
                fastrand::f64(),
            );
            let Some(wait) = next else {
                self.log.log(Level::Error, || {
                    format!("giving up after attempt {failed}: {}", error.message())
                });
                return Err(error);
            };
            self.log.log(Level::Info, || {
                format!(
                    "attempt {failed} failed, the next follows in {} ms: {}",
                    wait.as_millis(),
                    error.message()
                )
            });
            self.clock.wait(wait, self.cancel);
            self.cancel.check()?;
            self.stats.count(Stat::Retries);
        }
    }

    fn attempt(&self, request: &Request, credentials: &Credentials, left: Duration) -> Result<Token, Error> {
        let allowed = left.min(self.settings.attempt_timeout);
        let requested_at = self.clock.now();
        self.log.log(Level::Debug, || format!("POST {}", request.url));
        let Exchange { request_sent, result } = self.transport.send(request, allowed, self.cancel);
        if request_sent {
            self.stats.count(Stat::Requests);
        }
        let response = result?;
        let now = self.clock.now();
        let token_response = response::read(&response, credentials, now)?;
        self.log.log(Level::Info, || {
            format!(
                "a token from {}, valid for {} s, took {} ms",
                request.url.host(),
                token_response.lifetime.as_secs(),
                now.since(requested_at).as_millis()
            )
        });
        token_in_time(Token::new(&token_response, reanchored(requested_at, now)), now)
    }

    fn time_left(&self, start: Moment) -> Duration {
        let timeout = self.settings.timeout;
        let spent = self.clock.now().since(start) + kept_back(timeout);
        timeout.saturating_sub(spent)
    }
}

/// What is kept of a call's time for its result: who waits in another thread is to hear what the time went into, instead of
/// giving up in the same instant.
fn kept_back(timeout: Duration) -> Duration {
    (timeout / 10).min(Duration::from_millis(250))
}

/// How long a call with this timeout may wait for its credentials.
pub(crate) fn time_for_credentials(timeout: Duration) -> Duration {
    timeout - kept_back(timeout)
}

/// The moment of asking, with the wall clock's reading taken over from `now`: when that clock was set in between, its
/// old reading says nothing.
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
            Code::BadResponse,
            format!(
                "the token was over before it arrived: it is valid for {} s, and the server took longer. Try again; if it goes on, tell the server's keeper",
                token.lifetime().as_secs()
            ),
        )
        .with_http_status(200));
    }
    Ok(token)
}
