//! The checks of a user's token: the client id alone, the place of the logins, the login, and a refresh.

use std::time::SystemTime;

use clap::ArgMatches;
use spotify_token::unstable::logins::{self, WARNED_BEFORE};
use spotify_token::unstable::{self, Cancel, Environment, PublicClient, Settings, find_client_id, one_line};
use spotify_token::{Account, Error, ErrorKind, Token};

use super::report::{Finding, Report};
use super::{RecordingClient, advice, network, web_api};
use crate::exit::Exit;
use crate::messages::Verbosity;
use crate::status::day;
use crate::terminal::{while_waiting, while_waiting_for};

/// Checks the way of a user's token.
pub fn check(
    report: &mut Report,
    settings: &Settings,
    environment: &Environment,
    verbosity: Verbosity,
    verb: &ArgMatches,
) -> Result<(), Exit> {
    let found = find_client_id(settings, environment, settings.timeout, &Cancel::new());
    report.add(source(&found))?;
    let Ok(found) = found else {
        return report.add(Finding::skipped("token", "there is no client id"));
    };
    report.add(shape(&found))?;

    // The client does not look for it again: a pipe can be read once.
    let settings = &Settings {
        client_id: Some(found.client_id.clone()),
        client_secret: None,
        credentials_source: Some(found.source.clone()),
        ..settings.clone()
    };
    if settings.refresh_token.is_some() {
        report.add(Finding::good("logins", "none is used: the option refresh_token is set"))?;
        return report.add(Finding::skipped(
            "token",
            "a refresh may replace the refresh token, which the program keeps",
        ));
    }
    let examine = || unstable::examine_login(settings, environment, &found.client_id);
    let examined = while_waiting_for("the place of the logins", examine);
    report.add(place(&examined, settings, environment))?;
    let Ok((account, _)) = examined else {
        // A refresh may bring a new refresh token, which would be lost.
        return report.add(Finding::skipped("token", "the login could not be written"));
    };

    let client = RecordingClient::new(settings, environment, verbosity);
    let result = refresh(&client);
    for finding in after(&result, account.as_ref(), &client, settings) {
        report.add(finding)?;
    }
    if verb.get_flag("probe-api") {
        let url = verb.get_one::<String>("api-url").map_or(web_api::URL, String::as_str);
        report.add(web_api::probe(url, result.as_ref().ok(), settings, environment))?;
    }
    Ok(())
}

fn source(found: &Result<PublicClient, Error>) -> Finding {
    match found {
        Ok(found) => Finding::good("client id", &format!("from {}; a user needs no secret", found.source)),
        Err(error) => Finding::from_error("client id", error),
    }
}

fn shape(found: &PublicClient) -> Finding {
    match found.warning() {
        Some(warning) => Finding::warning("shape", &warning, advice::SHAPE_OF_ID),
        None => Finding::good("shape", "32 hexadecimal digits, as expected"),
    }
}

fn place(examined: &Result<(Option<Account>, bool), Error>, settings: &Settings, environment: &Environment) -> Finding {
    let name = logins::open(settings, environment).name();
    match examined {
        Ok((Some(_), true)) => Finding::good("logins", &format!("{name}: can be read and written")),
        Ok((_, false)) => Finding::good("logins", &format!("{name}: another process has the login locked")),
        Ok((None, true)) => Finding::good("logins", &name),
        Err(error) => Finding::from_error("logins", error),
    }
}

/// Refreshes, under the lock of the login.
fn refresh(client: &RecordingClient) -> Result<Token, Error> {
    let asked = client.client.clone();
    let what = move || {
        if unstable::waits_for_other(&asked) {
            "another process that refreshes the login"
        } else {
            "the token server"
        }
    };
    while_waiting(what, || client.client.refresh())
}

/// What a refresh shows of the login, of the network, and of the end of the login.
fn after(
    result: &Result<Token, Error>,
    account: Option<&Account>,
    client: &RecordingClient,
    settings: &Settings,
) -> Vec<Finding> {
    let attempt = client.attempt();
    let asked = !attempt.trace.stages.is_empty();
    let mut findings = match (account, result) {
        // Nobody is logged in, a scope is missing, or another process has the lock.
        (_, Err(error)) if !asked => {
            let skipped = Finding::skipped("token", "the server was not asked");
            return vec![Finding::from_error("login", error), skipped];
        }
        (None, _) => Vec::new(),
        (Some(account), _) => vec![login(account)],
    };
    findings.extend(network::findings(result, &attempt, settings));
    if let (Some(account), Ok(token)) = (account, result) {
        findings.extend(kept(client, account, token));
        findings.push(end(account));
    }
    findings
}

fn login(account: &Account) -> Finding {
    let scopes = match account.scope.as_str() {
        "" => "no scopes",
        scopes => scopes,
    };
    let refused = match account.refused_at {
        Some(time) => format!("; refused on {}, asked again now", day(time)),
        None => String::new(),
    };
    let (name, since) = (&account.name, day(account.logged_in_at));
    let text = one_line(&format!("account {name}, since {since}: {scopes}{refused}"));
    Finding::good("login", &text)
}

/// The record has what a refresh brought, unless it could not be written.
fn kept(client: &RecordingClient, account: &Account, token: &Token) -> Option<Finding> {
    let stored = unstable::stored(&client.client).ok().flatten();
    let is_kept = stored.is_some_and(|stored| stored.access_token() == token.access_token());
    let status = unstable::row(ErrorKind::File).exit_status;
    let what = "the refreshed login could not be written";
    let next = format!(
        "See that the place of the logins can be written. {}",
        log_in(&account.name)
    );
    (!is_kept).then(|| Finding::failed("logins", what, status, &next))
}

/// When the login ends.
fn end(account: &Account) -> Finding {
    let day = day(account.ends_at);
    let next = format!("{}. Refreshing does not prolong a login", log_in(&account.name));
    match account.ends_at.duration_since(SystemTime::now()) {
        Ok(left) if left > WARNED_BEFORE => Finding::good("end", &format!("the login ends on {day}")),
        Ok(_) => Finding::warning("end", &format!("the login ends on {day}"), &next),
        Err(_) => Finding::warning(
            "end",
            &format!("the login should have ended on {day}, six months after it began"),
            &next,
        ),
    }
}

fn log_in(account: &str) -> String {
    format!("Log in again: spotify-token login --account {account}")
}
