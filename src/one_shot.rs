//! The simplest way to a token: the environment's options, one call, no client.

use std::sync::Arc;

use crate::cancel::Cancel;
use crate::client::Outcome;
use crate::clock::{Clock, SystemClock};
use crate::config::environment::Environment;
use crate::config::{Config, Settings};
use crate::credentials::{self, Credentials};
use crate::error::Error;
use crate::fetch::{Fetch, time_for_credentials};
use crate::log::Logger;
use crate::protocol::token::Token;
use crate::stats::Stats;
use crate::transport::HttpTransport;

/// Asks the server for a token, with these credentials or with those that are found. Gives what came, and the whole
/// seconds that a token has left. Blocks.
pub fn fetch(client_id: Option<&str>, client_secret: Option<&str>) -> (Arc<Outcome>, i64) {
    let clock = SystemClock;
    let result = ask(client_id, client_secret, &clock);
    let expires_in = result.as_ref().map_or(0, |token| token.expires_in(clock.now()));
    (Arc::new(Outcome::new(result)), expires_in)
}

fn ask(client_id: Option<&str>, client_secret: Option<&str>, clock: &dyn Clock) -> Result<Token, Error> {
    let start = clock.now();
    let environment = Arc::new(Environment::of_process());
    let settings = Arc::new(Settings::resolve(&Config::new(), &environment)?);
    let credentials = match Credentials::from_arguments(client_id, client_secret)? {
        Some(credentials) => credentials,
        None => credentials::find(
            &settings,
            &environment,
            time_for_credentials(settings.timeout),
            &Cancel::new(),
        )?,
    };
    let fetch = Fetch {
        settings: &settings,
        transport: &HttpTransport::new(settings.clone(), environment),
        clock,
        log: &Logger::default(),
        stats: &Stats::default(),
        cancel: &Cancel::new(),
    };
    fetch.token_since(&credentials, start)
}
