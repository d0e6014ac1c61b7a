//! The verb `login`: a user logs in, in a browser here or on another machine.

use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::ArgMatches;
use serde_json::Value;
use spotify_token::unstable::{
    self, Cancel, Config, Endpoint, Environment, HttpTransport, Progress, Request, Settings, Transport, one_line,
    shortened,
};
use spotify_token::{Error, ErrorKind, Login, Token};
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::doctor::WEB_API;
use crate::exit::Exit;
use crate::status::{self, day};
use crate::terminal::while_waiting_for;
use crate::{browser, messages, output, settings};

/// For so long the browser is waited for where nobody sits at a terminal.
const UNATTENDED: Duration = Duration::from_secs(10 * 60);
/// What is shown of a user's name, in characters.
const MAX_SHOWN: usize = 80;

/// Logs a user in, and says who it is.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Exit> {
    let config = settings::for_user(flags)?;
    let login = Arc::new(unstable::login(&config, &flags.verbosity().logger())?);
    let opens = !verb.get_flag("no-browser") && browser::is_likely();
    let pastes = !flags.no_input();
    messages::print(&instructions(login.url(), opens, pastes));
    if opens && !browser::open(login.url()) {
        messages::print("No browser could be started. Open the address yourself.");
    }
    if pastes {
        take_pasted(&login);
    }
    let unattended = !io::stdin().is_terminal();
    let wait = || login.wait(unattended.then_some(UNATTENDED));
    let token = if pastes && !unattended {
        // A progress line would write over what is typed.
        wait()?
    } else {
        while_waiting_for("the browser", wait)?
    };
    let url = verb.get_one::<String>("api-url").map_or(WEB_API, String::as_str);
    output::write(&outcome(&config, url, &token)?)
}

fn instructions(url: &str, opens: bool, pastes: bool) -> String {
    let open = if opens {
        "The browser opens this address. Log in there, and agree:"
    } else {
        "Open this address in a browser, log in there, and agree:"
    };
    let paste = "If the browser is on another machine, it cannot come back here in the end. Then paste the address that it shows:";
    if pastes {
        format!("{open}\n\n  {url}\n\n{paste}")
    } else {
        format!("{open}\n\n  {url}")
    }
}

/// Takes pasted addresses from stdin, while the browser is waited for. The thread ends with the process.
fn take_pasted(login: &Arc<Login>) {
    let login = login.clone();
    let read = move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line.map(Zeroizing::new) else { return };
            if line.trim().is_empty() {
                continue;
            }
            match login.finish(&line) {
                Err(error) if is_mistake(&error) => messages::print(&format!("spotify-token: {}", error.message())),
                // Whoever waits for the browser gets the token, and the error of a login that has ended.
                _ => return,
            }
        }
    };
    let _ = thread::Builder::new().spawn(read);
}

/// Whether the login goes on after this error: the text was not the right one, or a bare code that the server does not know.
fn is_mistake(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidArgument || error.oauth_error() == Some("invalid_grant")
}

/// Says who has logged in, with which scopes, and until when.
fn outcome(config: &Config, url: &str, token: &Token) -> Result<String, Exit> {
    let environment = Environment::from_process();
    let settings = Settings::resolve(config, &environment)?;
    let who = while_waiting_for("the user's name", || name_of_user(&settings, environment, url, token));
    let account = &settings.account;
    let who = match who {
        Some(name) => format!("{name} is logged in, as account {account}."),
        None => format!("Account {account} is logged in."),
    };
    let scopes = match token.scope() {
        "" => "none",
        scopes => scopes,
    };
    let end = match status::login_of(config, &settings)? {
        Some(login) => format!("The login ends on {}.\n", day(login.ends_at)),
        None => String::new(),
    };
    Ok(format!("{who}\nScopes: {scopes}\n{end}"))
}

/// Asks the Web API. Without a response, the login is good all the same.
fn name_of_user(settings: &Settings, environment: Environment, url: &str, token: &Token) -> Option<String> {
    let url = Endpoint::parse(&format!("{}/me", url.trim_end_matches('/'))).ok()?;
    let request = Request::with_token(&url, unstable::access_token(token), &settings.user_agent);
    let http = HttpTransport::new(Arc::new(settings.clone()), Arc::new(environment));
    let sent = http.send(&request, settings.attempt_timeout, &Cancel::new(), &Progress::new());
    let response = sent.result.ok().filter(|response| response.status == 200)?;
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let name = body["display_name"].as_str().or_else(|| body["id"].as_str())?;
    Some(shortened(&one_line(name), MAX_SHOWN)).filter(|name| !name.is_empty())
}
