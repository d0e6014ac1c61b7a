//! `login`, `logout`, `status` and `--user`: a user logs in by the real command, with the browser's part played.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use spotify_token::stand_in::{Accounts, Rotate, StandIn};

use crate::shell;
use crate::support::place::{Place, failed, send_signal, stdout};
use crate::support::{ID, server, tools};

pub(super) const SCOPE: &str = "playlist-read-private user-read-private";
/// More than a line of a terminal holds.
const MANY_SCOPES: &str =
    "playlist-read-private playlist-read-collaborative user-library-read user-read-private user-top-read";

/// Knows the server and the client id, and no secret.
pub(super) fn place(server: &StandIn) -> Place {
    Place::new()
        .variable("SPOTIFY_TOKEN_URL", &server.token_url())
        .variable("SPOTIFY_AUTHORIZE_URL", &server.authorize_url())
        .variable("CLIENT_ID", ID)
}

/// `login`, waiting for the browser.
struct Waiting {
    process: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
    url: String,
}

impl Waiting {
    fn start(place: &Place, arguments: &[&str]) -> Waiting {
        let mut command = place.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        let url = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "{said}");
            said += &line;
            if line.trim_start().starts_with("http://") {
                break line.trim().to_owned();
            }
        };
        Waiting {
            process,
            stderr,
            said,
            url,
        }
    }

    fn paste(&mut self, text: &str) {
        let stdin = self.process.stdin.as_mut().unwrap();
        stdin.write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    /// Waits for its end. Its stdin stays open, as that of a person who only looks.
    fn output(mut self) -> Output {
        let stdin = self.process.stdin.take();
        self.stderr.read_to_string(&mut self.said).unwrap();
        let mut output = self.process.wait_with_output().unwrap();
        drop(stdin);
        output.stderr = self.said.into_bytes();
        output
    }
}

/// Opens an address as a browser does, and returns the page.
fn open(address: &str) -> String {
    let (host, target) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{target} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Dest: document\r\n\r\n"
    )
    .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

/// Logs in by pasting.
pub(super) fn log_in(place: &Place, server: &StandIn, arguments: &[&str]) -> String {
    let api_url = server.api_url();
    let arguments: Vec<&str> = ["login", "--api-url", &api_url]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let mut waiting = Waiting::start(place, &arguments);
    let address = server.agree(&waiting.url);
    waiting.paste(&address);
    let output = waiting.output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_user_logs_in_once_and_every_verb_speaks_for_the_user() {
    let server = server();
    let place = place(&server);
    let waiting = Waiting::start(&place, &["login", "--scope", SCOPE, "--api-url", &server.api_url()]);
    let page = open(&server.agree(&waiting.url));
    assert!(page.contains("You are logged in"), "{page}");
    let output = waiting.output();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("is logged in, as account default"),
        "{said}"
    );
    assert!(
        said.contains(&format!("Scopes: {SCOPE}")) && said.contains("The login ends on 20"),
        "{said}"
    );

    let requests = server.requests().len();
    let token = stdout(&place.run(&["token", "--user"])).to_owned();
    assert!(token.starts_with("BQ"));
    let header = stdout(&place.run(&["--user", "header"])).to_owned();
    assert_eq!(header, format!("Authorization: Bearer {token}"));
    let json: Value = serde_json::from_str(stdout(&place.run(&["json", "--account", "default"]))).unwrap();
    assert_eq!(json["scope"], SCOPE);
    let by_variable = Place::new()
        .variable("SPOTIFY_TOKEN_URL", &server.token_url())
        .variable("SPOTIFY_CLIENT_ID", ID)
        .variable("SPOTIFY_GRANT", "user")
        .variable("SPOTIFY_LOGINS", &format!("file:{}", logins(&place).display()));
    assert_eq!(stdout(&by_variable.run(&[])), token);
    assert_eq!(server.requests().len(), requests, "the token is that of the login");
    assert_ne!(stdout(&place.run(&["token", "--user", "--refresh"])), token);
    assert_eq!(server.refreshes(), 1);
}

pub(super) fn logins(place: &Place) -> PathBuf {
    place.directory.path().join(".local/state/spotify-token")
}

#[test]
fn the_browser_of_the_variable_gets_the_address_alone() {
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    let browser = directory.path().join("browser");
    let opened = directory.path().join("opened");
    fs::write(&browser, "#!/bin/sh\necho noise; echo noise >&2\nprintf '%s\\n' \"$#\" \"$@\" > \"$OPENED.new\"; mv \"$OPENED.new\" \"$OPENED\"\n").unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o700)).unwrap();
    let place = place(&server)
        .variable("BROWSER", &format!("/nowhere/browser:{}", browser.display()))
        .variable("OPENED", opened.to_str().unwrap())
        .variable("PATH", "/usr/bin:/bin");
    let waiting = Waiting::start(&place, &["login", "--api-url", &server.api_url()]);
    let arguments = loop {
        match fs::read_to_string(&opened) {
            Ok(text) => break text,
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    };
    assert_eq!(arguments, format!("1\n{}\n", waiting.url));
    open(&server.agree(&waiting.url));
    let output = waiting.output();
    assert!(output.status.success());
    let all = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8_lossy(&all).contains("noise"));
}

#[test]
fn a_browser_gets_no_secret_and_no_interrupt_of_ours() {
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    let browser = directory.path().join("browser");
    let opened = directory.path().join("opened");
    let script =
        "#!/bin/sh\n{ cut -d' ' -f1,5 /proc/$$/stat; env; } > \"$OPENED.new\"; mv \"$OPENED.new\" \"$OPENED\"\n";
    fs::write(&browser, script).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o700)).unwrap();
    let place = place(&server)
        .variable("BROWSER", browser.to_str().unwrap())
        .variable("OPENED", opened.to_str().unwrap())
        .variable("CLIENT_SECRET", "canary-of-the-app")
        .variable("SPOTIFY_REFRESH_TOKEN", "AQcanary")
        .variable("PATH", "/usr/bin:/bin");
    let mut waiting = Waiting::start(&place, &["login"]);
    let text = loop {
        match fs::read_to_string(&opened) {
            Ok(text) => break text,
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    };
    waiting.process.kill().unwrap();
    waiting.process.wait().unwrap();
    assert!(text.contains("OPENED=") && !text.contains("canary"), "{text}");
    let (process, group) = text.lines().next().unwrap().split_once(' ').unwrap();
    assert_eq!(process, group, "Ctrl-C would end a browser of our process group");
}

#[test]
fn over_ssh_no_browser_is_started_and_both_ways_are_explained() {
    let server = server();
    let place = place(&server)
        .variable("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
        .variable("DISPLAY", ":0");
    let mut waiting = Waiting::start(&place, &["login", "--api-url", &server.api_url()]);
    let url = waiting.url.clone();
    let (_, port) = url.split_once("127.0.0.1%3A").unwrap();
    let (port, _) = port.split_once('%').unwrap();
    let address = server.agree(&url);
    waiting.paste(&address);
    let output = waiting.output();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Open this address in a browser") && said.contains("Then paste the address"),
        "{said}"
    );
    assert!(said.contains(&format!("ssh -N -L {port}:127.0.0.1:{port} ")), "{said}");
}

#[test]
fn nonsense_that_is_pasted_ends_neither_the_login_nor_pasting() {
    let server = server();
    let mut waiting = Waiting::start(&place(&server), &["login", "--api-url", &server.api_url()]);
    let stdin = waiting.process.stdin.as_mut().unwrap();
    stdin.write_all(b"\xff\xfe\n").unwrap();
    stdin.write_all(&[b'x'; 100_000]).unwrap();
    stdin.write_all(b"\n").unwrap();
    let address = server.agree(&waiting.url);
    waiting.paste(&address);
    let output = waiting.output();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("is not text"), "{said}");
    assert!(said.contains("is too long") && said.len() < 4000, "{said}");
}

#[test]
fn get_env_exec_and_reset_speak_for_the_user() {
    let server = server();
    let place = place(&server);
    log_in(&place, &server, &[]);
    let token = stdout(&place.run(&["token", "--user"])).trim().to_owned();
    let request = r#"{"uri":"https://api.spotify.com/v1/me"}"#;
    let line = format!("printf '%s' '{request}' | \"$@\"");
    let got = shell(&place, &line, &["get", "--user"]);
    let got: Value = serde_json::from_str(stdout(&got)).unwrap();
    assert_eq!(got["headers"]["Authorization"][0], format!("Bearer {token}"));
    assert_eq!(
        stdout(&place.run(&["env", "--user"])),
        format!("export SPOTIFY_ACCESS_TOKEN={token}\n")
    );
    let child = [
        "exec",
        "--account",
        "default",
        "--",
        "/usr/bin/printenv",
        "SPOTIFY_ACCESS_TOKEN",
    ];
    assert_eq!(stdout(&place.run(&child)).trim(), token);
    assert_eq!(server.refreshes(), 0);
    assert_eq!(stdout(&place.run(&["reset", "--user"])), "");
    let newer = stdout(&place.run(&["token", "--user"])).trim().to_owned();
    assert!(newer.starts_with("BQ") && newer != token);
    assert_eq!(server.refreshes(), 1);
    // The variable names a login, and speaks for no user by itself.
    let app = place.variable("SPOTIFY_ACCOUNT", "default");
    assert!(app.fails(&["token"], 78).contains("CLIENT_SECRET"));
}

#[test]
fn a_wrong_paste_is_explained_and_the_login_goes_on() {
    let server = server();
    let place = place(&server);
    let mut waiting = Waiting::start(&place, &["login", "--no-browser", "--api-url", &server.api_url()]);
    waiting.paste("http://127.0.0.1/callback?code=canary&state=another");
    waiting.paste("");
    waiting.paste("http://127.0.0.1/callback");
    let address = server.agree(&waiting.url);
    waiting.paste(&address);
    let output = waiting.output();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("belongs to another login") && said.contains("has no code in it"),
        "{said}"
    );
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn a_user_who_declines_ends_the_login() {
    let server = server();
    let waiting = Waiting::start(&place(&server), &["login"]);
    let page = open(&server.decline(&waiting.url));
    assert!(page.contains("You declined"), "{page}");
    let said = failed(&waiting.output(), 65);
    assert!(said.contains("the user declined the login (access_denied)"), "{said}");
}

#[test]
fn an_interrupted_login_stores_nothing() {
    let server = server();
    let place = place(&server);
    let mut waiting = Waiting::start(&place, &["login"]);
    send_signal(&waiting.process, "INT");
    assert!(!waiting.process.wait().unwrap().success());
    let said = place.fails(&["token", "--user"], 77);
    assert!(said.contains("spotify-token login"), "{said}");
}

#[test]
fn accounts_stand_side_by_side_and_are_listed_and_forgotten() {
    let server = server();
    let place = place(&server);
    assert!(stdout(&place.run(&["status"])).contains("Nobody is logged in"));
    assert_eq!(stdout(&place.run(&["status", "--json"])), "[]\n");
    log_in(&place, &server, &["--scope", MANY_SCOPES]);
    let said = log_in(&place, &server, &["--account", "bob"]);
    assert!(said.contains("as account bob"), "{said}");
    let (default, bob) = (
        place.run(&["token", "--user"]),
        place.run(&["token", "--account", "bob"]),
    );
    assert_ne!(stdout(&default), stdout(&bob));
    let listed = stdout(&place.run(&["status"])).to_owned();
    assert!(
        listed.starts_with("bob\n") && listed.contains("\ndefault\n"),
        "{listed}"
    );
    assert!(
        listed.lines().all(|line| line.chars().count() <= 80) && !listed.contains(ID),
        "{listed}"
    );
    let json: Value = serde_json::from_str(stdout(&place.run(&["status", "--json"]))).unwrap();
    assert_eq!(
        (&json[0]["account"], &json[1]["scope"]),
        (&"bob".into(), &MANY_SCOPES.into())
    );
    assert_eq!(json[0]["refused"], Value::Null);

    assert!(stdout(&place.run(&["logout", "--account", "bob"])).contains("is forgotten here"));
    assert!(stdout(&place.run(&["logout", "--account", "bob"])).contains("was not logged in"));
    place.fails(&["token", "--account", "bob"], 77);
    stdout(&place.run(&["token", "--user"]));

    server.revoke_logins();
    let said = place.fails(&["token", "--user", "--refresh"], 77);
    assert!(said.contains("Refresh token revoked"), "{said}");
    assert!(stdout(&place.run(&["status"])).contains("log in again"));
}

#[test]
fn bad_input_is_refused_before_anybody_logs_in() {
    let server = server();
    let place = place(&server);
    for (arguments, part) in [
        (["login", "--account", "../x"], "account"),
        (["login", "--scope", "a,b"], "separated by spaces"),
        (
            ["login", "--redirect-uri", "http://localhost/callback"],
            "does not accept localhost",
        ),
        (["login", "--redirect-uri", "https://127.0.0.1/callback"], "with http"),
        (["login", "--logins", "keyring:"], "logins"),
    ] {
        let said = place.fails(&arguments, 64);
        assert!(said.contains(part), "{said}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/callback", taken.local_addr().unwrap());
    let said = place.fails(&["login", "--redirect-uri", &uri], 69);
    assert!(
        said.contains("cannot listen on") && said.contains("redirect_uri"),
        "{said}"
    );
    fs::write(place.directory.path().join("in-the-way"), "").unwrap();
    place.fails(&["login", "--logins", "file:in-the-way"], 66);
    Place::new().fails(&["login"], 78);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_port_that_browsers_block_is_not_chosen() {
    // On a machine whose kernel chooses from these ports, the last of which browsers open.
    let machine = "unshare -rn sh -c 'cd /proc/sys/net/ipv4 && echo 1 > ip_nonlocal_bind && echo 6665 6670 > ip_local_port_range \
                   && cd - >/dev/null && exec \"$@\"' sh";
    if !tools::succeeds(&format!("{machine} true")) {
        eprintln!("skipped: this user may not make a network");
        return;
    }
    let place = place(&server());
    for _ in 0..3 {
        let line = format!("exec {machine} timeout 1 \"$@\"");
        let output = shell(&place, &line, &["login", "--no-browser", "--no-input"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A6670%2Fcallback"),
            "{said}"
        );
    }
}

#[test]
fn no_secret_of_a_login_is_said_or_handed_on() {
    let server = StandIn::spotify(Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    })
    .unwrap();
    let place = place(&server).variable("SPOTIFY_REFRESH_TOKEN", "");
    let mut waiting = Waiting::start(&place, &["login", "-vv", "--api-url", &server.api_url()]);
    let address = server.agree(&waiting.url);
    waiting.paste(&address);
    let url = waiting.url.clone();
    let output = waiting.output();
    let mut said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    said = said.replace(&url, "");
    said += &String::from_utf8_lossy(&place.run(&["token", "--user", "--refresh", "-vv"]).stderr);
    let of_query = |query: &str, name: &str| {
        let pairs = query.split(['?', '&']).filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find(|(known, _)| *known == name)
            .unwrap()
            .1
            .to_owned()
    };
    let forms: Vec<String> = server
        .requests()
        .iter()
        .map(|request| String::from_utf8(request.body.clone()).unwrap())
        .collect();
    let exchange = format!("?{}", forms[0]);
    let refresh = format!("?{}", forms[1]);
    for secret in [
        of_query(&address, "code"),
        of_query(&address, "state"),
        of_query(&exchange, "code_verifier"),
        of_query(&refresh, "refresh_token"),
    ] {
        assert!(secret.len() > 20 && !said.contains(&secret), "{said}");
    }
    let record = fs::read_dir(logins(&place)).unwrap().map(|entry| entry.unwrap());
    let record = record
        .into_iter()
        .find(|entry| entry.path().extension().is_some_and(|end| end == "json"))
        .unwrap();
    assert_eq!(record.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let newest: Value = serde_json::from_slice(&fs::read(record.path()).unwrap()).unwrap();
    let newest = newest["refresh_token"].as_str().unwrap().to_owned();
    assert!(!said.contains(&newest));
    let child = place
        .variable("SPOTIFY_REFRESH_TOKEN", "AQcanary")
        .variable("SPOTIFY_GRANT", "app")
        .run(&["exec", "--user", "--", "/usr/bin/env"]);
    let environment = String::from_utf8(child.stdout).unwrap();
    assert!(
        !environment.contains("AQcanary") && !environment.contains(&newest),
        "{environment}"
    );
}
