//! The verb `login`: a user logs in, in a browser here or on another machine.

use std::io::{self, BufRead, IsTerminal, Read};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::ArgMatches;
use percent_encoding::percent_decode_str;
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
use crate::status::day;
use crate::terminal::while_waiting_for;
use crate::{browser, output, settings, stderr};

/// For so long the browser is waited for where nobody sits at a terminal.
const UNATTENDED: Duration = Duration::from_secs(10 * 60);
/// The longest line that is taken for a pasted address, in bytes.
const MAX_PASTED: usize = 16 * 1024;
/// What is shown of a user's name, in characters.
const MAX_SHOWN: usize = 80;

/// Logs a user in, and says who it is.
pub fn run(flags: Flags, verb: &ArgMatches) -> Result<(), Exit> {
    let config = settings::for_user(flags)?;
    let login = Arc::new(unstable::login(&config, &flags.verbosity().logger())?);
    let opens = !verb.get_flag("no-browser") && browser::is_likely();
    let pastes = !flags.no_input();
    stderr::print(&instructions(login.url(), opens, pastes));
    if opens && !browser::open(login.url()) {
        stderr::print("No browser could be started. Open the address yourself.");
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
    if !pastes {
        return format!("{open}\n\n  {url}");
    }
    let tunnel = through_ssh(url).filter(|_| browser::is_over_ssh());
    format!("{open}\n\n  {url}\n\n{}{paste}", tunnel.unwrap_or_default())
}

/// How the browser of another machine comes back here.
fn through_ssh(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let uri = query.split('&').find_map(|pair| pair.strip_prefix("redirect_uri="))?;
    let uri = percent_decode_str(uri).decode_utf8().ok()?;
    let (host_and_port, _) = uri.strip_prefix("http://")?.split_once('/')?;
    let (_, port) = host_and_port.rsplit_once(':')?;
    let forward = format!("{port}:{host_and_port}");
    Some(format!(
        "To let a browser on your machine come back here, run this there before, with the name of this host:\n\n  \
         ssh -N -L {forward} HOST\n\n"
    ))
}

/// Takes pasted addresses from stdin, while the browser is waited for. The thread ends with the process.
fn take_pasted(login: &Arc<Login>) {
    let login = login.clone();
    let read = move || {
        let mut stdin = io::stdin().lock();
        while let Some(line) = next_line(&mut stdin) {
            let line = match line {
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => line,
                Err(what) => {
                    stderr::print(&format!(
                        "spotify-token: {what}. Paste the whole address from the browser"
                    ));
                    continue;
                }
            };
            match login.finish(&line) {
                Err(error) if is_mistake(&error) => stderr::print(&format!("spotify-token: {}", error.message())),
                // Whoever waits for the browser gets the token, and the error of a login that has ended.
                _ => return,
            }
        }
    };
    let _ = thread::Builder::new().spawn(read);
}

/// Reads a line, or why it cannot be an address; `None` at the end of the input.
fn next_line(input: &mut impl BufRead) -> Option<Result<Zeroizing<String>, &'static str>> {
    let mut line = Zeroizing::new(Vec::new());
    if input.take(MAX_PASTED as u64).read_until(b'\n', &mut line).ok()? == 0 {
        return None;
    }
    if line.len() == MAX_PASTED && !line.ends_with(b"\n") {
        input.skip_until(b'\n').ok()?;
        return Some(Err("what was pasted is too long for an address"));
    }
    let text = std::str::from_utf8(&line).map(|text| Zeroizing::new(text.to_owned()));
    Some(text.map_err(|_| "what was pasted is not text"))
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
    // The login is stored. Where it cannot be read, only its end is not shown.
    let end = match unstable::account(config).ok().flatten() {
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
