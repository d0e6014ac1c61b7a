//! The verb `doctor`: goes the way that a token takes, step by step, and says at which step it ends and what to do next.
//! This file has the order of the steps; what each finds is beside it.

mod advice;
mod network;
mod report;
mod web_api;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::ArgMatches;
use spotify_token::{
    Cancel, Client, Credentials, Environment, Error, Exchange, HttpTransport, Level, Logger, OPTIONS, Parts, Request,
    Settings, Transport, find_credentials,
};

use crate::cli::Flags;
use crate::exit::Failure;
use crate::settings;
use crate::terminal::while_waiting_for;
use network::Attempt;
use report::{Finding, Report};

/// Examines everything and reports. The exit status is that of the worst finding.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Failure> {
    let mut report = Report::new(verb.get_flag("json"));
    let environment = Environment::of_process();
    let resolved = resolve(flags, &environment);
    report.add(options(&resolved, &environment))?;
    if let Ok(settings) = resolved {
        examine(&mut report, &settings, &environment, verb)?;
    }
    report.end()
}

fn examine(
    report: &mut Report,
    settings: &Settings,
    environment: &Environment,
    verb: &ArgMatches,
) -> Result<(), Failure> {
    let credentials = find_credentials(settings, environment);
    report.add(source(&credentials))?;
    let Ok(credentials) = credentials else {
        return report.add(Finding::skipped("token", "there are no credentials to ask with"));
    };
    report.add(shape(&credentials))?;

    let examined = Examined::of(settings, environment);
    let asked = while_waiting_for("the token server", || examined.client.renew());
    for finding in network::findings(&asked, &examined.attempt(), settings) {
        report.add(finding)?;
    }
    report.add(cache(&examined))?;
    if verb.get_flag("probe-api") {
        let url = verb.get_one::<String>("api-url").map_or(web_api::URL, String::as_str);
        report.add(web_api::probe(url, asked.as_ref().ok(), settings, environment))?;
    }
    Ok(())
}

fn resolve(flags: Flags, environment: &Environment) -> Result<Settings, Failure> {
    let mut settings = Settings::resolve(&settings::config(flags)?, environment)?;
    // One request tells enough.
    settings.max_retries = 0;
    Ok(settings)
}

fn options(resolved: &Result<Settings, Failure>, environment: &Environment) -> Finding {
    match resolved {
        Err(failure) => Finding::failed("options", &failure.message(), failure.status(), advice::OPTIONS),
        Ok(settings) => {
            let is_set = |name: &&str| environment.get(name).is_some();
            let variables: Vec<&str> = OPTIONS.iter().map(|row| row.variable).filter(is_set).collect();
            let set = match variables.as_slice() {
                [] => "none in the environment".to_owned(),
                variables => format!("{} in the environment", variables.join(", ")),
            };
            Finding::good("options", &format!("{set}; tokens from {}", settings.token_url))
        }
    }
}

fn source(credentials: &Result<Credentials, Error>) -> Finding {
    match credentials {
        Ok(credentials) => Finding::good("credentials", &format!("from {}", credentials.source)),
        Err(error) => Finding::of_error("credentials", error),
    }
}

fn shape(credentials: &Credentials) -> Finding {
    let same = credentials.client_id == credentials.client_secret;
    if same {
        return Finding::warning("shape", "id and secret are the same text", advice::SHAPE);
    }
    match credentials.warning() {
        Some(warning) => Finding::warning("shape", &warning, advice::SHAPE),
        None => Finding::good("shape", "32 hex digits each, as Spotify's are"),
    }
}

/// The store has been written to, and is read again.
fn cache(examined: &Examined) -> Finding {
    let Some(name) = examined.client.store_name() else {
        return Finding::good("cache", "memory: each run of the command asks the server");
    };
    let stored = examined.client.stored();
    let warnings = examined.warnings();
    if let Some(warning) = warnings.iter().find(|warning| warning.starts_with(&name)) {
        return Finding::warning("cache", warning, advice::CACHE);
    }
    match stored {
        Ok(Some(token)) => {
            let left = examined.client.expires_in(&token);
            Finding::good("cache", &format!("{name}: a token with {left} s left"))
        }
        Ok(None) => Finding::good("cache", &format!("{name}: no token")),
        Err(error) => Finding::warning("cache", error.message(), advice::CACHE),
    }
}

/// A client that is looked over the shoulder.
struct Examined {
    client: Client,
    attempt: Arc<Mutex<Attempt>>,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl Examined {
    fn of(settings: &Settings, environment: &Environment) -> Examined {
        let attempt = Arc::<Mutex<Attempt>>::default();
        let warnings = Arc::<Mutex<Vec<String>>>::default();
        let heard = warnings.clone();
        let log = Logger::new(move |level, message| {
            if level == Level::Warning {
                lock(&heard).push(message.to_owned());
            }
        });
        let transport = Watched {
            http: HttpTransport::new(Arc::new(settings.clone()), Arc::new(environment.clone())),
            attempt: attempt.clone(),
        };
        let client = Client::from_parts(Parts {
            settings: settings.clone(),
            environment: environment.clone(),
            log,
            transport: Some(Box::new(transport)),
            clock: None,
        });
        Examined {
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

/// The network, with a note of what was seen.
struct Watched {
    http: HttpTransport,
    attempt: Arc<Mutex<Attempt>>,
}

impl Transport for Watched {
    fn send(&self, request: &Request, allowed: Duration, cancel: &Cancel) -> Exchange {
        let (exchange, trace) = self.http.send_traced(request, allowed, cancel);
        let date = exchange.result.as_ref().ok().and_then(|answer| answer.date.clone());
        *lock(&self.attempt) = Attempt { trace, date };
        exchange
    }
}
