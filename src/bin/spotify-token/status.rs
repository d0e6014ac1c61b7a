//! The verb `status`: all logins, of every app.

use std::time::SystemTime;

use clap::ArgMatches;
use serde::Serialize;
use spotify_token::unstable::{self, one_line, shortened};
use spotify_token::{Account, Error};

use crate::cli::Flags;
use crate::exit::Exit;
use crate::terminal::while_waiting_for;
use crate::wrap::{WIDTH, wrapped};
use crate::{output, settings};

/// What is shown of a client id, in characters.
const MAX_ID: usize = 8;

/// One login as JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum Listed<'a> {
    Login {
        account: &'a str,
        client_id: String,
        scope: &'a str,
        since: String,
        until: String,
        refused: Option<String>,
    },
    Unreadable {
        error: &'a str,
    },
}

/// Lists the logins.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Exit> {
    let config = settings::for_user(flags)?;
    let mut accounts = while_waiting_for("the place of the logins", || unstable::accounts(&config))?;
    accounts.sort_by_key(|account| {
        account
            .as_ref()
            .map_or_else(|_| String::new(), |account| account.name.clone())
    });
    let text = if verb.get_flag("json") {
        let listed: Vec<Listed> = accounts.iter().map(as_json).collect();
        serde_json::to_string(&listed).expect("texts are JSON") + "\n"
    } else if accounts.is_empty() {
        "Nobody is logged in. To log in: spotify-token login\n".to_owned()
    } else {
        accounts.iter().map(as_text).collect::<Vec<_>>().join("\n")
    };
    output::write(&text)
}

/// The day of a moment, in UTC.
pub fn day(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time).to_string();
    text[..10].to_owned()
}

fn as_json(account: &Result<Account, Error>) -> Listed<'_> {
    let time = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
    match account {
        Ok(account) => Listed::Login {
            account: &account.name,
            client_id: shortened(&account.client_id, MAX_ID),
            scope: &account.scope,
            since: time(account.logged_in_at),
            until: time(account.ends_at),
            refused: account.refused_at.map(time),
        },
        Err(error) => Listed::Unreadable { error: error.message() },
    }
}

fn as_text(account: &Result<Account, Error>) -> String {
    let account = match account {
        Ok(account) => account,
        Err(error) => return format!("{}\n", error.message()),
    };
    let mut text = format!("{}\n", account.name);
    let mut line = |what: &str, value: &str| {
        let words = value.split_whitespace().map(one_line);
        text += &wrapped(&format!("  {what:<10} "), words, " ", WIDTH);
    };
    line("client id", &shortened(&account.client_id, MAX_ID));
    let scopes = if account.scope.is_empty() {
        "none"
    } else {
        &account.scope
    };
    line("scopes", scopes);
    line("since", &day(account.logged_in_at));
    line("until", &day(account.ends_at));
    if let Some(refused_at) = account.refused_at {
        line("refused", &format!("{}; log in again", day(refused_at)));
    }
    text
}
