//! The token of a user: a login in the browser, whose part is played here, and what becomes of it.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use spotify_token::stand_in::{Accounts, Rotate, StandIn};
use spotify_token::unstable::platform::files;
use spotify_token::unstable::platform::shell::{CURL, SET_CLIENT_ID};
use spotify_token::unstable::{self, Config, Logger};
use spotify_token::{Error, Login, Token};

use super::transcript::{Transcript, without_secrets};
use super::{OPTIONS, web_api};
use crate::exit::Exit;
use crate::output;
use crate::status::day;

const SCOPE: &str = "user-read-private playlist-read-private";
const ME: &str = "/v1/me";
/// How long the browser may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows each step.
pub fn run() -> Result<(), Exit> {
    let mut transcript = Transcript::new();
    // The harder case: each refresh token is good for one refresh.
    let accounts = Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts)
        .map_err(|error| Exit::internal("cannot start the mock server on 127.0.0.1", &error))?;
    let directory =
        Directory::new().map_err(|error| Exit::internal("cannot make a directory for the login", &error))?;
    let config = config(&server, &directory.0, "default")?;
    let client = unstable::client(&config, Logger::default())?;

    log_in(&mut transcript, &server, &config)?;
    show_login(&mut transcript, &config, &directory.0)?;
    let token = client.token()?;
    transcript.step("Using the token");
    transcript.line(&format!("GET {ME}"));
    transcript.line("Authorization: Bearer BQ...");
    let me = web_api::get(&server, ME, Some(token.authorization()));
    transcript.line(&me.map_err(|error| Exit::internal("the mock server's Web API", &error))?);

    transcript.step("A refresh (RFC 6749, section 6)");
    let before = refresh_token(&directory.0);
    let refreshed = client.refresh()?;
    if let Some(request) = server.requests().last() {
        transcript.request(request);
    }
    let another = |differs: bool| if differs { "another" } else { "the same" };
    transcript.line(&format!(
        "{} access token, {} refresh token; stored before any program gets the access token",
        another(refreshed.access_token() != token.access_token()),
        another(refresh_token(&directory.0) != before)
    ));

    decline(
        &mut transcript,
        &server,
        &self::config(&server, &directory.0, "declined")?,
    )?;

    transcript.step("The user removes the app on the account page");
    server.revoke_logins();
    show_error(&mut transcript, client.refresh())?;

    transcript.step("With your own app");
    transcript.line("Register the redirect URI http://127.0.0.1/callback on https://developer.spotify.com/dashboard");
    transcript.line(SET_CLIENT_ID);
    transcript.line("spotify-token login --scope \"playlist-read-private\"");
    transcript.line(&format!(
        "spotify-token header --user | {CURL} -H @- https://api.spotify.com/v1/me/playlists"
    ));
    output::write(&transcript.into_text())
}

/// The options of this account's login.
fn config(server: &StandIn, directory: &Path, account: &str) -> Result<Config, Exit> {
    let mut config = Config::new();
    let (token_url, authorize_url) = (server.token_url(), server.authorize_url());
    let logins = format!("file:{}", directory.display());
    let own = [
        ("grant", "user"),
        ("client_id", Accounts::CLIENT_ID),
        ("token_url", &token_url),
        ("authorize_url", &authorize_url),
        ("scope", SCOPE),
        ("logins", &logins),
        ("account", account),
    ];
    for (name, value) in OPTIONS.into_iter().chain(own) {
        config.set(name, value)?;
    }
    Ok(config)
}

/// The way from the address for the browser to the first token.
fn log_in(transcript: &mut Transcript, server: &StandIn, config: &Config) -> Result<(), Exit> {
    transcript.step("The app");
    transcript.line(&format!("client id      {}", Accounts::CLIENT_ID));
    transcript.line("client secret  none: a user's token needs none (PKCE, RFC 7636)");
    transcript.line("The id is a test value. Yours comes from an app on https://developer.spotify.com/dashboard.");

    let login = unstable::login(config, &Logger::default())?;
    transcript.step("The address for the browser (RFC 6749, section 4.1.1)");
    let (address, query) = login.url().split_once('?').unwrap_or((login.url(), ""));
    transcript.line(address);
    for (index, parameter) in without_secrets(query).split('&').enumerate() {
        let mark = if index == 0 { '?' } else { '&' };
        transcript.line(&format!("  {mark}{parameter}"));
    }

    transcript.step("The user agrees, and the browser comes back");
    let redirect = server.agree(login.url());
    let (page, result) = come_back(&login, &redirect);
    transcript.line(&shown_redirect(&redirect));
    transcript.line(&format!("the browser shows: {page}"));
    let token = result?;

    transcript.step("The code is exchanged (RFC 6749, section 4.1.3)");
    for request in server.requests() {
        transcript.request(&request);
    }
    transcript.line("");
    let lifetime = unstable::access_token(&token).lifetime().as_secs();
    transcript.line(&format!("an access token BQ... for {lifetime} s, and a refresh token"));
    transcript.line(&format!("scopes: {}", token.scope()));
    Ok(())
}

/// What is stored of the login.
fn show_login(transcript: &mut Transcript, config: &Config, directory: &Path) -> Result<(), Exit> {
    transcript.step("The login is stored");
    if let Some(protection) = record(directory).and_then(|path| files::protection(&path).ok()) {
        transcript.line(&format!(
            "one file, {protection}: the refresh token is in no other place"
        ));
    }
    for account in unstable::accounts(config)?.into_iter().flatten() {
        let (since, until) = (day(account.logged_in_at), day(account.ends_at));
        transcript.line(&format!("account {}, since {since}, until {until}", account.name));
    }
    Ok(())
}

/// Another login, whose user clicks on Cancel.
fn decline(transcript: &mut Transcript, server: &StandIn, config: &Config) -> Result<(), Exit> {
    transcript.step("A user who declines");
    let login = unstable::login(config, &Logger::default())?;
    let redirect = server.decline(login.url());
    let (page, result) = come_back(&login, &redirect);
    transcript.line(&shown_redirect(&redirect));
    transcript.line(&format!("the browser shows: {page}"));
    show_error(transcript, result)
}

fn show_error(transcript: &mut Transcript, result: Result<Token, Error>) -> Result<(), Exit> {
    let Err(error) = result else {
        return Err(Exit::internal(
            "the demo",
            &"a token was granted to a login that has ended",
        ));
    };
    transcript.line(&format!("error_code {}", unstable::row(error.kind()).code));
    transcript.line(error.message());
    Ok(())
}

/// Opens the address that the browser is sent to, while the login waits for it. Returns the title of the page, and the result.
fn come_back(login: &Login, redirect: &str) -> (String, Result<Token, Error>) {
    thread::scope(|scope| {
        let opened = thread::Builder::new().spawn_scoped(scope, || open(redirect));
        let result = login.wait(Some(PATIENCE));
        let page = opened.ok().and_then(|opened| opened.join().ok()?.ok());
        (page.unwrap_or_else(|| "nothing".to_owned()), result)
    })
}

/// Opens an address, as a browser does, and returns the title of the page.
fn open(address: &str) -> io::Result<String> {
    let (host, target) = address
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or(io::ErrorKind::InvalidInput)?;
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    let title = page
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    Ok(title.map(|(title, _)| title.to_owned()).unwrap_or_default())
}

/// The request of the browser, without its secrets.
fn shown_redirect(redirect: &str) -> String {
    let (address, query) = redirect.split_once('?').unwrap_or((redirect, ""));
    format!("GET {address}?{}", without_secrets(query))
}

/// The file of the login.
fn record(directory: &Path) -> Option<PathBuf> {
    let mut paths = fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| path.extension().is_some_and(|extension| extension == "json"))
}

/// The refresh token that is stored.
fn refresh_token(directory: &Path) -> Option<String> {
    let login: serde_json::Value = serde_json::from_slice(&fs::read(record(directory)?).ok()?).ok()?;
    Some(login["refresh_token"].as_str()?.to_owned())
}

/// A directory that nobody else can read. It is removed in the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> io::Result<Directory> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("spotify-token-demo-{}-{}", process::id(), now.as_nanos());
        let path = std::env::temp_dir().join(name);
        files::create_private_directory(&path)?;
        Ok(Directory(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
