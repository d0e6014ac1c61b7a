//! The verb `mock-server`: a local server that responds like Spotify's, for other programs' tests.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use serde::Serialize;
use spotify_token::Level;
use spotify_token::stand_in::{Accounts, Failing, Rotate, StandIn};
use spotify_token::unstable::platform::signals::{Signal, Signals};

use crate::exit::{Exit, UNAVAILABLE};
use crate::{log, output};

/// What a test needs to know, on one line.
#[derive(Serialize)]
struct Ready<'s> {
    token_url: String,
    authorize_url: String,
    api_url: String,
    client_id: &'s str,
    client_secret: &'s str,
}

/// Runs the server until it is told to end.
pub fn run(flags: &ArgMatches) -> Result<(), Exit> {
    log::set_format(flags);
    let accounts = accounts(flags)?;
    let mut signals =
        Signals::watch(&Signal::TO_END).map_err(|error| Exit::internal("cannot wait for signals", &error))?;
    let server = start(accounts.clone())?;
    let ready = Ready {
        token_url: server.token_url(),
        authorize_url: server.authorize_url(),
        api_url: server.api_url(),
        client_id: &accounts.client_id,
        client_secret: &accounts.client_secret,
    };
    output::write(&(serde_json::to_string(&ready).expect("texts are JSON") + "\n"))?;
    signals.wait();
    Ok(())
}

fn start(accounts: Accounts) -> Result<StandIn, Exit> {
    let port = accounts.port;
    StandIn::spotify(accounts).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => ". Choose another port, or leave --port out to get a free one",
            ErrorKind::PermissionDenied => ". Choose another port above 1023, or leave --port out to get a free one",
            _ => "",
        };
        let message = format!("cannot listen on 127.0.0.1, port {port}: {error}{advice}");
        Exit::Other(UNAVAILABLE, message)
    })
}

fn accounts(flags: &ArgMatches) -> Result<Accounts, Exit> {
    let text = |name: &str| flags.get_one::<String>(name).cloned();
    let defaults = Accounts::default();
    Ok(Accounts {
        port: flags.get_one("port").copied().unwrap_or(0),
        client_id: text("client-id").unwrap_or(defaults.client_id),
        client_secret: text("client-secret").unwrap_or(defaults.client_secret),
        expires_in: flags.get_one("expires-in").copied().unwrap_or(defaults.expires_in),
        fail: failing(flags, "fail")?,
        fail_api: failing(flags, "fail-api")?,
        delay: Duration::from_millis(flags.get_one("delay-ms").copied().unwrap_or(0)),
        premium: true,
        log: Some(Arc::new(|line| log::print(Level::Info, "", line))),
        redirect_uris: match flags.get_many::<String>("redirect-uri") {
            Some(uris) => uris.cloned().collect(),
            None => defaults.redirect_uris,
        },
        login_lifetime: flags
            .get_one("login-lifetime")
            .map_or(defaults.login_lifetime, |seconds| Duration::from_secs(*seconds)),
        rotate: match flags.get_one::<String>("rotate").map(String::as_str) {
            Some("always") => Rotate::Always,
            _ => Rotate::Never,
        },
        revoke_after: flags.get_one("revoke").copied(),
        ..defaults
    })
}

/// Returns the errors that a flag asks for.
fn failing(flags: &ArgMatches, name: &str) -> Result<Option<Failing>, Exit> {
    let value = flags.get_one::<String>(name).map(|value| value.parse());
    value
        .transpose()
        .map_err(|expected| Exit::Usage(format!("spotify-token: invalid value for --{name}: {expected}")))
}
