//! Users who agree, decline, close the window, reload, or have a foreign page open in the next window.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use serde_json::json;
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::{Client, Error, ErrorKind, Login, Logins, Token};
use url::Url;

use super::driver::Browser;
use crate::support::place::{Place, stdout};
use crate::support::{ID, server, slow_server};

const SCOPE: &str = "user-read-private playlist-read-private";
const LOGGED_IN: &str = "You are logged in";

/// A login at this server.
fn begin(server: &StandIn, directory: &tempfile::TempDir) -> Login {
    Client::builder()
        .client_id(ID)
        .token_url(&server.token_url())
        .authorize_url(&server.authorize_url())
        .logins(Logins::Directory(directory.path().join("logins")))
        .scope(SCOPE)
        .login()
        .unwrap()
}

fn waiting<'s>(scope: &'s thread::Scope<'s, '_>, login: &'s Login) -> ScopedJoinHandle<'s, Result<Token, Error>> {
    scope.spawn(|| login.wait(Some(Duration::from_secs(60))))
}

fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name}")).1.into_owned()
}

/// Where the browser is sent with this code and the state of the login.
fn callback(login: &Login, code: &str) -> String {
    let state = parameter(login.url(), "state");
    format!("{}?code={code}&state={state}", parameter(login.url(), "redirect_uri"))
}

#[test]
fn a_user_agrees() {
    let Some(browser) = Browser::start() else { return };
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let login = begin(&server, &directory);
    let token = thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        browser.open(login.url());
        browser.sees("An app asks for access");
        browser.click("#agree");
        browser.sees(LOGGED_IN);
        waiting.join().unwrap().unwrap()
    });
    assert_eq!(token.scope(), SCOPE);
    // The style is allowed, and nothing else was wanted.
    assert_eq!(browser.complaints(), [""; 0]);
    let style = "return getComputedStyle(document.querySelector('main')).textAlign";
    assert_eq!(browser.run(style, &json!([])), "center");
    browser.take_pictures("logged-in");
    // The code is used, and nobody listens any more.
    browser.reload();
    browser.sees("refused to connect");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(login.wait(None).unwrap().access_token(), token.access_token());
}

#[test]
fn a_user_declines() {
    let Some(browser) = Browser::start() else { return };
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let login = begin(&server, &directory);
    let error = thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        browser.open(login.url());
        browser.click("#cancel");
        browser.sees("You declined");
        waiting.join().unwrap().unwrap_err()
    });
    assert_eq!(
        (error.kind(), error.oauth_error()),
        (ErrorKind::Oauth, Some("access_denied"))
    );
    assert_eq!(server.requests().len(), 0);
    browser.take_pictures("declined");
}

#[test]
fn a_login_that_fails_says_so() {
    let Some(browser) = Browser::start() else { return };
    let server = StandIn::scripted([Reply::json(400, r#"{"error":"invalid_grant"}"#)]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let login = begin(&server, &directory);
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        browser.open(&callback(&login, "AQcode"));
        browser.sees("The login failed");
        waiting.join().unwrap().unwrap_err();
    });
    browser.take_pictures("failed");
}

#[test]
fn a_window_that_is_closed_ends_nothing() {
    let Some(browser) = Browser::start() else { return };
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let login = begin(&server, &directory);
    let first = browser.window();
    browser.open_window();
    browser.open(login.url());
    browser.sees("An app asks for access");
    browser.close_window();
    browser.turn_to(&first);
    let error = login.wait(Some(Duration::from_millis(200))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        browser.open(login.url());
        browser.click("#agree");
        browser.sees(LOGGED_IN);
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn the_end_of_a_login_may_be_opened_twice_and_reloaded() {
    let Some(browser) = Browser::start() else { return };
    let (server, directory) = (slow_server(Duration::from_secs(1)), tempfile::tempdir().unwrap());
    let login = begin(&server, &directory);
    let redirect = server.agree(login.url());
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let first = browser.window();
        let second = browser.open_window();
        browser.open(&redirect);
        browser.turn_to(&first);
        browser.open(&redirect);
        thread::sleep(Duration::from_millis(200));
        // Reloading a page that is still to come is to open it again.
        browser.open(&redirect);
        for window in [second, first] {
            browser.turn_to(&window);
            browser.sees(LOGGED_IN);
        }
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(server.requests().len(), 1);
}

/// Tries to reach the listener in every way that a page has, with a code of its own, even with the right state.
fn foreign_page(callback: &str) -> String {
    let callback = callback.replace('&', "&amp;");
    let (action, _) = callback.split_once('?').unwrap();
    format!(
        r#"<!doctype html><title>foreign</title><body>
<img src="{callback}"><script src="{callback}"></script><link rel="stylesheet" href="{callback}">
<link rel="prefetch" href="{callback}"><object data="{callback}"></object><embed src="{callback}"><video src="{callback}"></video>
<iframe src="{callback}"></iframe><iframe name="answer"></iframe>
<form id="form" action="{action}" target="answer"><input name="code" value="AQforeign"><input name="state" id="state"></form>
<a id="link" href="{action}?code=AQforeign&amp;state=guessed">a link</a>
<script>
const url = new URL(document.querySelector('img').src);
document.querySelector('#state').value = url.searchParams.get('state');
const form = document.querySelector('#form');
form.submit();
form.method = 'post';
form.submit();
navigator.sendBeacon(url);
const options = [{{}}, {{mode: 'no-cors'}}, {{mode: 'no-cors', method: 'POST'}}, {{method: 'PUT'}}, {{credentials: 'include'}}];
Promise.allSettled(options.map(option => fetch(url, option))).then(async results => {{
    const answers = await Promise.all(results.map(result => result.value ? result.value.text() : 'none'));
    await new Promise(resolve => setTimeout(resolve, 500));
    document.title = 'done ' + answers.join('');
}});
</script>"#
    )
}

#[test]
fn foreign_pages_cannot_end_a_login() {
    let Some(browser) = Browser::start() else { return };
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let login = begin(&server, &directory);
    let callback = callback(&login, "AQforeign");
    let foreign = StandIn::scripted([Reply::text(200, "text/html", foreign_page(&callback))]).unwrap();
    let foreign_url = format!("http://foreign.example:{}/", foreign.address().port());
    let port = Url::parse(&callback).unwrap().port().unwrap();
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        browser.open(&foreign_url);
        let title = || browser.run("return document.title", &json!([]));
        while !title().as_str().unwrap().starts_with("done") {
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(title(), "done nonenonenone", "a foreign page reads nothing");
        let complaints = browser.complaints();
        let is_refusal = |complaint: &&String| complaint.contains("status of 400") || complaint.contains("Framing");
        let refused = complaints.iter().filter(is_refusal);
        assert!(refused.count() >= 5, "they reached the listener: {complaints:#?}");

        // What a page can do is to send the user there; the state is what it lacks.
        browser.click("#link");
        browser.sees("This is not the login");
        browser.take_pictures("not-this-login");
        // A name that leads to this machine.
        browser.open(&callback.replace("127.0.0.1", "rebound.example"));
        browser.sees("This request is not part of a login");
        browser.open(&format!("http://127.0.0.1:{port}/"));
        browser.sees("There is nothing here");

        assert!(!waiting.is_finished() && server.requests().is_empty());
        browser.open(login.url());
        browser.click("#agree");
        browser.sees(LOGGED_IN);
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_command_logs_in_through_a_browser() {
    let Some(browser) = Browser::start() else { return };
    let server = server();
    let place = Place::new()
        .variable("SPOTIFY_TOKEN_URL", &server.token_url())
        .variable("SPOTIFY_AUTHORIZE_URL", &server.authorize_url())
        .variable("CLIENT_ID", ID);
    let mut login = place.command(&[
        "login",
        "--no-browser",
        "--scope",
        SCOPE,
        "--api-url",
        &server.api_url(),
    ]);
    let mut login = login.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(login.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut lines = lines.map(|line| line.trim().to_owned());
    let url = lines.find(|line| line.starts_with("http://")).unwrap();
    browser.open(&url);
    browser.click("#agree");
    browser.sees(LOGGED_IN);
    let output = login.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("is logged in"), "{said}");
    assert!(stdout(&place.run(&["token", "--user"])).starts_with("BQ"));
}
