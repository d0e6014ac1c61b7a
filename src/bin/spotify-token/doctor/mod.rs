//! The verb `doctor`: checks every step from the options to the cache, and says which one fails and what to do next.
//! This file has the order of the checks.

mod advice;
mod network;
mod report;
mod user;
mod web_api;

pub use web_api::URL as WEB_API;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::ArgMatches;
use spotify_token::unstable::{
    self, Cancel, Credentials, Environment, Exchange, HttpTransport, Logger, OPTIONS, Parts, Progress, Request,
    Settings, Transport, find_credentials,
};
use spotify_token::{Client, Error, Grant, Level};

use crate::cli::Flags;
use crate::exit::Exit;
use crate::messages::Verbosity;
use crate::settings;
use crate::terminal::while_waiting_for;
use network::Attempt;
use report::{Finding, Report};

/// Runs the checks and reports. The exit status is that of the first failure.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Exit> {
    let mut report = Report::new(verb.get_flag("json"));
    let environment = Environment::from_process();
    let resolved = resolve(flags, &environment);
    report.add(options(&resolved, &environment))?;
    let Ok(settings) = resolved else {
        return report.end(advice::SEE_ABOVE);
    };
    if settings.grant == Grant::User {
        user::check(&mut report, &settings, &environment, flags.verbosity(), verb)?;
        return report.end(&advice::no_problem("header --user", "me"));
    }
    check(&mut report, &settings, &environment, flags, verb)?;
    report.end(&advice::no_problem("header", "artists/0TnOYISbd1XYRBk9myaseg"))
}

fn check(
    report: &mut Report,
    settings: &Settings,
    environment: &Environment,
    flags: Flags,
    verb: &ArgMatches,
) -> Result<(), Exit> {
    let credentials = find_credentials(settings, environment, settings.timeout, &Cancel::new());
    report.add(source(&credentials))?;
    let Ok(credentials) = credentials else {
        return report.add(Finding::skipped("token", "there are no credentials"));
    };
    report.add(shape(&credentials))?;

    // The client does not look for them again: a pipe can be read once.
    let settings = &Settings {
        client_id: Some(credentials.client_id.clone()),
        client_secret: Some(credentials.client_secret.clone()),
        credentials_source: Some(credentials.source.clone()),
        ..settings.clone()
    };
    let client = RecordingClient::new(settings, environment, flags.verbosity());
    let result = while_waiting_for("the token server", || client.client.refresh());
    for finding in network::findings(&result, &client.attempt(), settings) {
        report.add(finding)?;
    }
    report.add(cache(&client))?;
    if verb.get_flag("probe-api") {
        let url = verb.get_one::<String>("api-url").map_or(web_api::URL, String::as_str);
        report.add(web_api::probe(url, result.as_ref().ok(), settings, environment))?;
    }
    Ok(())
}

fn resolve(flags: Flags, environment: &Environment) -> Result<Settings, Exit> {
    let mut settings = Settings::resolve(&settings::config(flags)?, environment)?;
    // One request is enough to see what is wrong.
    settings.max_retries = 0;
    Ok(settings)
}

fn options(resolved: &Result<Settings, Exit>, environment: &Environment) -> Finding {
    match resolved {
        Err(Exit::Error(error)) => Finding::from_error("options", error),
        Err(exit) => Finding::failed("options", &exit.message(), exit.status(), advice::OPTIONS),
        Ok(settings) => {
            let is_set = |name: &&str| environment.get(name).is_some();
            let variables: Vec<&str> = OPTIONS.iter().map(|row| row.variable).filter(is_set).collect();
            let set = match variables.as_slice() {
                [] => "none in the environment".to_owned(),
                variables => format!("{} in the environment", variables.join(", ")),
            };
            let of = if settings.grant == Grant::User {
                "a user's tokens"
            } else {
                "tokens"
            };
            Finding::good("options", &format!("{set}; {of} from {}", settings.token_url))
        }
    }
}

fn source(credentials: &Result<Credentials, Error>) -> Finding {
    match credentials {
        Ok(credentials) => Finding::good("credentials", &format!("from {}", credentials.source)),
        Err(error) => Finding::from_error("credentials", error),
    }
}

fn shape(credentials: &Credentials) -> Finding {
    let same = credentials.client_id == credentials.client_secret;
    if same {
        return Finding::warning("shape", "id and secret are the same", advice::SHAPE);
    }
    match credentials.warning() {
        Some(warning) => Finding::warning("shape", &warning, advice::SHAPE),
        None => Finding::good("shape", "32 hexadecimal digits each, as expected"),
    }
}

/// Reads the token again that was just stored.
fn cache(client: &RecordingClient) -> Finding {
    let Some(name) = unstable::store_name(&client.client) else {
        return Finding::good("cache", "memory: each run of the command requests a token");
    };
    let stored = unstable::stored(&client.client);
    let warnings = client.warnings();
    if let Some(warning) = warnings.iter().find(|warning| warning.starts_with(&name)) {
        return Finding::warning("cache", warning, advice::CACHE);
    }
    match stored {
        Ok(Some(token)) => {
            let left = unstable::expires_in(&client.client, &token);
            Finding::good("cache", &format!("{name}: a token with {left} s left"))
        }
        Ok(None) => Finding::good("cache", &format!("{name}: no token")),
        Err(error) => Finding::warning("cache", &error.to_string(), advice::CACHE),
    }
}

/// A client whose requests and warnings are recorded.
struct RecordingClient {
    client: Client,
    attempt: Arc<Mutex<Attempt>>,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl RecordingClient {
    fn new(settings: &Settings, environment: &Environment, verbosity: Verbosity) -> RecordingClient {
        let attempt = Arc::<Mutex<Attempt>>::default();
        let warnings = Arc::<Mutex<Vec<String>>>::default();
        let recorded = warnings.clone();
        let log = Logger::new(move |level, message| {
            if level == Level::Warning {
                // Becomes a finding.
                lock(&recorded).push(message.to_owned());
            } else {
                verbosity.show(level, message);
            }
        });
        let transport = RecordingTransport {
            http: HttpTransport::new(Arc::new(settings.clone()), Arc::new(environment.clone())),
            attempt: attempt.clone(),
        };
        let client = unstable::client_from(Parts {
            settings: settings.clone(),
            environment: environment.clone(),
            log,
            transport: Some(Box::new(transport)),
            clock: None,
        });
        RecordingClient {
            client,
            attempt,
            warnings,
        }
    }

    fn attempt(&self) -> Attempt {
        lock(&self.attempt).clone()
    }

    fn warnings(&self) -> Vec<String> {
        lock(&self.warnings).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The network; the last attempt is recorded.
struct RecordingTransport {
    http: HttpTransport,
    attempt: Arc<Mutex<Attempt>>,
}

impl Transport for RecordingTransport {
    fn send(&self, request: &Request, allowed: Duration, cancel: &Cancel, progress: &Progress) -> Exchange {
        let exchange = self.http.send(request, allowed, cancel, progress);
        let trace = progress.trace();
        let date = exchange.result.as_ref().ok().and_then(|response| response.date.clone());
        *lock(&self.attempt) = Attempt { trace, date };
        exchange
    }
}
