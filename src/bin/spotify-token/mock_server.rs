//! The verb `mock-server`: the stand-in alone, for other programs' tests.

use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use spotify_token::stand_in::{Accounts, StandIn};

use crate::exit::{Failure, say};
use crate::output;

/// What a test needs to know, on one line.
#[derive(Serialize)]
struct Ready<'s> {
    token_url: String,
    client_id: &'s str,
    client_secret: &'s str,
}

/// Runs the stand-in until SIGTERM or SIGINT.
pub fn run(flags: &ArgMatches) -> Result<(), Failure> {
    let accounts = accounts(flags)?;
    let mut signals =
        Signals::new([SIGINT, SIGTERM]).map_err(|fault| Failure::internal("cannot wait for signals", &fault))?;
    let server =
        StandIn::spotify(accounts.clone()).map_err(|fault| Failure::internal("cannot listen on 127.0.0.1", &fault))?;
    let ready = Ready {
        token_url: server.token_url(),
        client_id: &accounts.client_id,
        client_secret: &accounts.client_secret,
    };
    output::answer(&(serde_json::to_string(&ready).expect("texts are JSON") + "\n"))?;
    signals.forever().next();
    Ok(())
}

fn accounts(flags: &ArgMatches) -> Result<Accounts, Failure> {
    let text = |name: &str| flags.get_one::<String>(name).cloned();
    let defaults = Accounts::default();
    let fail = text("fail").map(|value| value.parse()).transpose();
    Ok(Accounts {
        port: flags.get_one("port").copied().unwrap_or(0),
        client_id: text("client-id").unwrap_or(defaults.client_id),
        client_secret: text("client-secret").unwrap_or(defaults.client_secret),
        expires_in: flags.get_one("expires-in").copied().unwrap_or(defaults.expires_in),
        fail: fail.map_err(|fault| {
            Failure::Usage(format!("spotify-token: the value of --fail is not acceptable: {fault}"))
        })?,
        delay: Duration::from_millis(flags.get_one("delay-ms").copied().unwrap_or(0)),
        premium: true,
        log: Some(Arc::new(say)),
    })
}
