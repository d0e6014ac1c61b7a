//! A login, with the browser's part played over real sockets: what is taken, what is refused, and who gets the result.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Accounts, Reply, StandIn};
use spotify_token::unstable::logins::LoginLock;
use spotify_token::{Client, ClientBuilder, Error, ErrorKind, Login, Logins, Token};
use url::Url;

use crate::support::logins::lock_in;
use crate::support::{ID, server};

const SCOPE: &str = "user-read-private playlist-read-private";
/// What the pages say.
const LOGGED_IN: &str = "<h1>You are logged in</h1>";
const DECLINED: &str = "<h1>You declined</h1>";
const FAILED: &str = "<h1>The login failed</h1>";
const CANCELLED: &str = "<h1>The login was cancelled</h1>";

/// A server, a place for logins, and what is logged.
struct Trial {
    server: StandIn,
    directory: tempfile::TempDir,
    log: Arc<Mutex<String>>,
}

impl Trial {
    fn with(server: StandIn) -> Trial {
        Trial {
            server,
            directory: tempfile::tempdir().unwrap(),
            log: Arc::default(),
        }
    }

    fn new() -> Trial {
        Trial::with(server())
    }

    /// The server takes this long for each response.
    fn slow(delay: Duration) -> Trial {
        let accounts = Accounts {
            delay,
            ..Accounts::default()
        };
        Trial::with(StandIn::spotify(accounts).unwrap())
    }

    /// The token endpoint says this, whatever is asked.
    fn scripted(reply: Reply) -> Trial {
        Trial::with(StandIn::scripted([reply]).unwrap())
    }

    fn logins(&self) -> std::path::PathBuf {
        self.directory.path().join("logins")
    }

    fn builder(&self) -> ClientBuilder {
        let log = self.log.clone();
        Client::builder()
            .client_id(ID)
            .token_url(&self.server.token_url())
            .authorize_url(&self.server.authorize_url())
            .logins(Logins::Directory(self.logins()))
            .scope(SCOPE)
            .max_retries(0)
            .logger(move |level, line| *log.lock().unwrap() += &format!("{level:?} {line}\n"))
    }

    fn login(&self) -> Login {
        self.builder().login().unwrap()
    }

    /// The lock of the login, which this process has from now on.
    fn lock(&self) -> LoginLock {
        lock_in(&self.logins(), &self.server.token_url())
    }

    /// What is logged so far.
    fn logged(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The refresh tokens that are stored.
    fn stored(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.logins()) else {
            return Vec::new();
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        let records = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let refresh_token = |path: &Path| {
            let record: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            record["refresh_token"].as_str().unwrap().to_owned()
        };
        records.map(|path| refresh_token(&path)).collect()
    }
}

/// A parameter of the address of a login.
fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name}")).1.into_owned()
}

/// Where the browser is sent with these parameters and the state of the login.
fn callback(login: &Login, parameters: &str) -> String {
    let state = parameter(login.url(), "state");
    format!("{}?{parameters}&state={state}", parameter(login.url(), "redirect_uri"))
}

/// Where a login listens.
fn address(login: &Login) -> SocketAddr {
    let uri = Url::parse(&parameter(login.url(), "redirect_uri")).unwrap();
    uri.socket_addrs(|| None).unwrap()[0]
}

/// Sends this as it is, and returns all that comes back.
fn send(address: SocketAddr, bytes: &[u8]) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(bytes)?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

/// Opens an address as a browser does, for a page to show.
fn visit(url: &str) -> io::Result<String> {
    let url = Url::parse(url).unwrap();
    let address = url.socket_addrs(|| None).unwrap()[0];
    let target = &url[url::Position::BeforePath..];
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: keep-alive\r\nSec-Fetch-Site: cross-site\r\n\
         Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\nAccept: text/html\r\n\r\n"
    );
    send(address, request.as_bytes())
}

fn status(response: &str) -> &str {
    response.get(9..12).unwrap_or("none")
}

fn logged_in(page: &str) -> bool {
    page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains(LOGGED_IN)
}

fn waiting<'s>(scope: &'s thread::Scope<'s, '_>, login: &'s Login) -> ScopedJoinHandle<'s, Result<Token, Error>> {
    scope.spawn(|| login.wait(Some(Duration::from_secs(30))))
}

/// Does this while the login waits for the browser. Then the browser comes back, and the login has to succeed.
fn undisturbed(trial: &Trial, login: &Login, disturb: impl FnOnce()) {
    thread::scope(|scope| {
        let waiting = waiting(scope, login);
        disturb();
        assert_eq!(trial.server.requests().len(), 0, "nothing was asked of the server");
        assert!(!waiting.is_finished(), "the login goes on");
        let start = Instant::now();
        let page = visit(&trial.server.agree(login.url())).unwrap();
        assert!(logged_in(&page), "{page}");
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "the browser waited for {:?}",
            start.elapsed()
        );
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(trial.stored().len(), 1);
}

#[test]
fn a_browser_logs_in_and_sees_that_it_did() {
    let trial = Trial::new();
    let login = trial.login();
    let token = thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let page = visit(&trial.server.agree(login.url())).unwrap();
        assert!(logged_in(&page), "{page}");
        waiting.join().unwrap().unwrap()
    });
    assert_eq!(token.scope(), SCOPE);
    assert_eq!(trial.stored().len(), 1);
    let again = login.wait(None).unwrap();
    assert_eq!(again.access_token(), token.access_token());
    assert_eq!(trial.server.requests().len(), 1);
    let address = address(&login);
    assert!(
        TcpStream::connect(address).is_err(),
        "nobody listens once the login has ended"
    );
}

#[test]
fn what_is_not_the_redirect_gets_a_page_and_the_login_goes_on() {
    let trial = Trial::new();
    let (login, other) = (trial.login(), trial.login());
    let (address, host) = (address(&login), address(&login).to_string());
    let state = parameter(login.url(), "state");
    let good = format!("/callback?code=AQcode&state={state}");
    let others = format!("/callback?code=AQcode&state={}", parameter(other.url(), "state"));
    let get = |target: &str, headers: &str| format!("GET {target} HTTP/1.1\r\n{headers}\r\n\r\n");
    let host_line = format!("Host: {host}");
    let with = |header: &str| get(&good, &format!("{host_line}\r\n{header}"));
    let rows: Vec<(String, &str)> = vec![
        // Other names of this machine, and names that lead here.
        (get(&good, &format!("Host: localhost:{}", address.port())), "400"),
        (get(&good, &format!("Host: rebind.example:{}", address.port())), "400"),
        (get(&good, &format!("Host: 127.0.0.1.:{}", address.port())), "400"),
        (get(&good, "Host: 127.0.0.1"), "400"),
        (get(&good, "Host: 127.0.0.1:1"), "400"),
        (get(&good, "Accept: */*"), "400"),
        (get(&good, &format!("{host_line}\r\n{host_line}")), "400"),
        (get(&good, &format!("{host_line}\r\nHost: rebind.example")), "400"),
        (get(&good, &format!("X-Forwarded-Host: {host}")), "400"),
        // What pages of others can make a browser do.
        (with("Sec-Fetch-Dest: image"), "400"),
        (with("Sec-Fetch-Dest: iframe"), "400"),
        (with("Sec-Fetch-Dest: script"), "400"),
        (with("Sec-Fetch-Dest: empty"), "400"),
        (with("Sec-Fetch-Dest: document\r\nSec-Fetch-Dest: image"), "400"),
        (with("sec-fetch-mode: no-cors"), "400"),
        (with("Sec-Purpose: prefetch"), "400"),
        (get(&others, &host_line), "400"),
        (get("/callback?code=AQcode", &host_line), "400"),
        (get("/callback?code=AQcode&state=", &host_line), "400"),
        (get(&format!("{good}&state={state}"), &host_line), "400"),
        (
            get(&format!("/callback?error=access_denied&state=no{state}"), &host_line),
            "400",
        ),
        (get("/callback", &host_line), "400"),
        // Other addresses and methods.
        (get("/", &host_line), "404"),
        (get("/favicon.ico", &host_line), "404"),
        (get(&good.replace("/callback", "/callback/"), &host_line), "404"),
        (get(&good.replace("/callback", "//callback"), &host_line), "404"),
        (get(&good.replace("/callback", "/x/../callback"), &host_line), "404"),
        (get(&format!("http://{host}{good}"), &host_line), "404"),
        (
            format!("POST {good} HTTP/1.1\r\n{host_line}\r\nContent-Length: 2\r\n\r\nhi"),
            "405",
        ),
        (format!("OPTIONS {good} HTTP/1.1\r\n{host_line}\r\n\r\n"), "405"),
        (format!("HEAD {good} HTTP/1.1\r\n{host_line}\r\n\r\n"), "405"),
        // What is not HTTP.
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), "400"),
        ("\x16\x03\x01\x02\0\r\n\r\n".to_owned(), "400"),
        (format!("GET {good}\r\n\r\n"), "400"),
        (get(&good, "Host : x\r\n y"), "400"),
        (get(&good, &format!("{host_line}{}", "\r\nA: b".repeat(101))), "431"),
        (
            get(&good, &format!("{host_line}\r\nCookie: {}", "x".repeat(20_000))),
            "431",
        ),
    ];
    undisturbed(&trial, &login, || {
        for (request, expected) in &rows {
            let response = send(address, request.as_bytes()).unwrap();
            let request = &request[..request.len().min(200)];
            assert_eq!(status(&response), *expected, "{request:?}: {response}");
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert!(head.contains("\r\nCache-Control: no-store") && head.contains("\r\nContent-Security-Policy: "));
            assert_eq!(body.is_empty(), request.starts_with("HEAD"), "{request:?}: {response}");
            assert!(!response.contains(&state) && !response.contains("AQcode"), "{response}");
        }
    });
}

#[test]
fn slow_ones_do_not_hold_others_up() {
    let trial = Trial::new();
    let login = trial.login();
    let address = address(&login);
    let mut slow = TcpStream::connect(address).unwrap();
    undisturbed(&trial, &login, || {
        for byte in b"GET /callb" {
            slow.write_all(&[*byte]).unwrap();
            thread::sleep(Duration::from_millis(10));
        }
    });
}

#[test]
fn a_browser_that_tries_https_first_is_told_at_once() {
    let trial = Trial::new();
    let login = trial.login();
    undisturbed(&trial, &login, || {
        // The start of a ClientHello, which has no end of a line in it.
        let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
        let start = Instant::now();
        let response = send(address(&login), hello).unwrap();
        assert_eq!(status(&response), "400", "{response}");
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    });
}

#[test]
fn a_browser_whose_request_comes_in_pieces_is_served() {
    let trial = Trial::new();
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let mut stream = TcpStream::connect(address(&login)).unwrap();
        stream.set_nodelay(true).unwrap();
        let target = &redirect[redirect.find("/callback").unwrap()..];
        let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", address(&login));
        for part in request.as_bytes().chunks(request.len() / 4) {
            stream.write_all(part).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        assert!(logged_in(&page), "{page}");
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn a_thousand_connections_do_not_lock_the_browser_out() {
    for start in ["", "GET /callback?code=AQ"] {
        let trial = Trial::new();
        let login = trial.login();
        let address = address(&login);
        let mut held = Vec::new();
        undisturbed(&trial, &login, || {
            for _ in 0..1000 {
                let mut stream = TcpStream::connect(address).unwrap();
                // Some have been closed already.
                let _ = stream.write_all(start.as_bytes());
                held.push(stream);
            }
        });
    }
}

#[test]
fn connections_that_never_stop_coming_do_not_lock_the_browser_out() {
    for start in ["", "GET /callback?code=AQ", "GET / HTTP/1.1\r\n\r\n"] {
        let trial = Trial::new();
        let login = trial.login();
        let address = address(&login);
        let is_over = AtomicBool::new(false);
        let end = Instant::now() + Duration::from_secs(30);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut held = VecDeque::new();
                    while !is_over.load(Ordering::SeqCst) && Instant::now() < end {
                        let Ok(mut stream) = TcpStream::connect(address) else {
                            return;
                        };
                        let _ = stream.write_all(start.as_bytes());
                        held.push_back(stream);
                        if held.len() > 100 {
                            held.pop_front();
                        }
                    }
                });
            }
            undisturbed(&trial, &login, || thread::sleep(Duration::from_millis(300)));
            is_over.store(true, Ordering::SeqCst);
        });
    }
}

#[test]
fn ten_megabytes_are_not_kept() {
    let trial = Trial::new();
    let login = trial.login();
    let (address, host) = (address(&login), address(&login));
    let much = "x".repeat(10 << 20);
    undisturbed(&trial, &login, || {
        for request in [
            format!("GET /callback?code={much} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /callback HTTP/1.1\r\nHost: {host}\r\nCookie: {much}\r\n\r\n"),
            format!(
                "POST /callback HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{much}",
                much.len()
            ),
            much.clone(),
        ] {
            // The listener may stop reading at any point.
            let response = send(address, request.as_bytes()).unwrap_or_default();
            assert!(
                matches!(status(&response), "none" | "400" | "405" | "431"),
                "{response}"
            );
        }
    });
}

#[test]
fn a_page_that_is_loaded_twice_shows_the_same_and_the_code_is_used_once() {
    let trial = Trial::slow(Duration::from_millis(300));
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let pages: Vec<_> = (0..3).map(|_| scope.spawn(|| visit(&redirect).unwrap())).collect();
        for page in pages {
            let page = page.join().unwrap();
            assert!(logged_in(&page), "{page}");
        }
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(trial.server.requests().len(), 1);
}

#[test]
fn the_page_is_sent_although_the_time_is_over() {
    let trial = Trial::slow(Duration::from_millis(500));
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    thread::scope(|scope| {
        let waiting = scope.spawn(|| login.wait(Some(Duration::from_millis(250))));
        let page = visit(&redirect).unwrap();
        assert!(logged_in(&page), "{page}");
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn a_user_who_declines_ends_the_login() {
    let trial = Trial::new();
    let login = trial.login();
    let error = thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let page = visit(&trial.server.decline(login.url())).unwrap();
        assert!(page.contains(DECLINED), "{page}");
        waiting.join().unwrap().unwrap_err()
    });
    assert_eq!(
        (error.kind(), error.oauth_error()),
        (ErrorKind::Oauth, Some("access_denied"))
    );
    let again = login.finish("AQcode").unwrap_err();
    assert_eq!(again.oauth_error(), Some("access_denied"));
    assert_eq!((trial.server.requests().len(), trial.stored().len()), (0, 0));
}

#[test]
fn an_error_of_the_authorization_server_is_shown_to_the_program_and_not_on_the_page() {
    let trial = Trial::new();
    let login = trial.login();
    let state = parameter(login.url(), "state");
    let redirect = callback(&login, &format!("error=server_error&error_description=canary+{state}"));
    let error = thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let page = visit(&redirect).unwrap();
        assert!(page.contains(FAILED) && !page.contains("canary"), "{page}");
        waiting.join().unwrap().unwrap_err()
    });
    assert_eq!(
        (error.kind(), error.oauth_error()),
        (ErrorKind::Oauth, Some("server_error"))
    );
    assert!(
        error.message().contains("canary") && !error.message().contains(&state),
        "{}",
        error.message()
    );
}

#[test]
fn a_wait_that_times_out_can_be_repeated() {
    let trial = Trial::new();
    let login = trial.login();
    for timeout in [0, 50] {
        let start = Instant::now();
        let error = login.wait(Some(Duration::from_millis(timeout))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(start.elapsed() < Duration::from_millis(timeout + 1000));
    }
    thread::scope(|scope| {
        let browser = scope.spawn(|| visit(&trial.server.agree(login.url())).unwrap());
        // A program with a loop of its own looks every now and then.
        let token = (0..1000).find_map(|_| {
            thread::sleep(Duration::from_millis(5));
            match login.wait(Some(Duration::ZERO)) {
                Err(error) if error.kind() == ErrorKind::Timeout => None,
                result => Some(result),
            }
        });
        token.expect("a wait without time makes progress").unwrap();
        assert!(logged_in(&browser.join().unwrap()));
    });
}

#[test]
fn cancel_ends_a_wait_at_once() {
    let trial = Trial::new();
    let login = trial.login();
    let silent = TcpStream::connect(address(&login)).unwrap();
    let mut half = TcpStream::connect(address(&login)).unwrap();
    half.write_all(b"GET /").unwrap();
    thread::scope(|scope| {
        let both = [waiting(scope, &login), waiting(scope, &login)];
        thread::sleep(Duration::from_millis(50));
        let start = Instant::now();
        login.cancel();
        for waiting in both {
            assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
        }
        assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
    });
    drop(silent);
    assert_eq!(login.wait(None).unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(login.finish("AQcode").unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(TcpStream::connect(address(&login)).is_err(), "nobody listens any more");
}

#[test]
fn cancel_ends_an_exchange_and_nothing_is_stored() {
    let trial = Trial::slow(Duration::from_secs(2));
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let browser = scope.spawn(|| visit(&redirect));
        while trial.server.requests().is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        let start = Instant::now();
        login.cancel();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
        let page = browser.join().unwrap().unwrap();
        assert!(page.contains(CANCELLED), "{page}");
    });
    thread::sleep(Duration::from_millis(100));
    assert_eq!(trial.stored().len(), 0);
}

#[test]
fn what_is_pasted_ends_a_wait_in_another_thread() {
    let trial = Trial::new();
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    thread::scope(|scope| {
        let both = [waiting(scope, &login), waiting(scope, &login)];
        thread::sleep(Duration::from_millis(50));
        let token = login.finish(&redirect).unwrap();
        for waiting in both {
            assert_eq!(waiting.join().unwrap().unwrap().access_token(), token.access_token());
        }
        assert_eq!(login.finish(&redirect).unwrap().access_token(), token.access_token());
        assert_eq!(login.finish("nonsense").unwrap().access_token(), token.access_token());
    });
    assert_eq!((trial.server.requests().len(), trial.stored().len()), (1, 1));
}

#[test]
fn the_browser_and_a_paste_at_once_make_one_request() {
    let trial = Trial::slow(Duration::from_millis(200));
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    let code = parameter(&redirect, "code");
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let pastes: Vec<_> = [redirect.as_str(), &code, &code]
            .into_iter()
            .map(|pasted| scope.spawn(|| login.finish(pasted)))
            .collect();
        let page = visit(&redirect).unwrap();
        assert!(logged_in(&page), "{page}");
        let token = waiting.join().unwrap().unwrap();
        for paste in pastes {
            assert_eq!(paste.join().unwrap().unwrap().access_token(), token.access_token());
        }
    });
    assert_eq!((trial.server.requests().len(), trial.stored().len()), (1, 1));
}

#[test]
fn pastes_of_another_login_are_refused_and_this_one_goes_on() {
    let trial = Trial::new();
    let (login, other) = (trial.login(), trial.login());
    let others = trial.server.agree(other.url());
    let error = login.finish(&others).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("belongs to another login"), "{error}");
    // Without its address, only the server can tell.
    let error = login.finish(&parameter(&others, "code")).unwrap_err();
    assert_eq!(
        (error.kind(), error.oauth_error()),
        (ErrorKind::Oauth, Some("invalid_grant"))
    );
    for nonsense in ["", " ", "a b\u{e9}", login.url(), "?error=access_denied&state=other"] {
        assert_eq!(
            login.finish(nonsense).unwrap_err().kind(),
            ErrorKind::InvalidArgument,
            "{nonsense}"
        );
    }
    let mut pasted = trial.server.agree(login.url());
    pasted.insert(pasted.len() / 2, '\n');
    login.finish(&format!(" {pasted}\r\n")).unwrap();
    assert_eq!(trial.stored().len(), 1);
}

#[test]
fn a_login_listens_where_its_redirect_uri_says() {
    for uri in ["http://[::1]/", "http://127.0.0.1/some/where"] {
        if uri.contains("::1") && TcpListener::bind("[::1]:0").is_err() {
            eprintln!("skipped: this machine has no IPv6");
            continue;
        }
        let accounts = Accounts {
            redirect_uris: vec![uri.to_owned()],
            ..Accounts::default()
        };
        let trial = Trial::with(StandIn::spotify(accounts).unwrap());
        let login = trial.builder().redirect_uri(uri).login().unwrap();
        let redirect = trial.server.agree(login.url());
        thread::scope(|scope| {
            let waiting = waiting(scope, &login);
            let page = visit(&redirect).unwrap();
            assert!(logged_in(&page), "{page}");
            waiting.join().unwrap().unwrap();
        });
    }
}

#[test]
fn two_logins_of_one_account_do_not_disturb_each_other() {
    let trial = Trial::new();
    let (one, other) = (trial.login(), trial.login());
    other.finish(&trial.server.agree(other.url())).unwrap();
    let before = trial.stored();
    one.finish(&trial.server.agree(one.url())).unwrap();
    let after = trial.stored();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after, "the login that ended last is stored");
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let trial = Trial::new();
    let login = trial.login();
    let uri = parameter(login.url(), "redirect_uri");
    let error = trial.builder().redirect_uri(&uri).login().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let message = error.message();
    assert!(
        message.contains(&address(&login).to_string()) && message.contains("redirect_uri"),
        "{message}"
    );
    drop(login);
    trial.builder().redirect_uri(&uri).login().unwrap();
}

#[test]
fn a_place_that_cannot_be_written_is_known_before_the_user_logs_in() {
    let trial = Trial::new();
    std::fs::write(trial.logins(), "a file").unwrap();
    let error = trial.builder().login().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
}

#[test]
fn a_login_that_cannot_be_stored_fails_with_the_error_of_its_place() {
    let trial = Trial::new();
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    std::fs::remove_dir_all(trial.logins()).unwrap();
    std::fs::write(trial.logins(), "a file").unwrap();
    let error = thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let page = visit(&redirect).unwrap();
        assert!(page.contains(FAILED), "{page}");
        waiting.join().unwrap().unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(
        error.message().contains(trial.logins().to_str().unwrap()),
        "{}",
        error.message()
    );
    assert_eq!(std::fs::read_to_string(trial.logins()).unwrap(), "a file");
}

fn grant(members: &str) -> Reply {
    Reply::json(
        200,
        format!(r#"{{"access_token":"BQcanary","expires_in":3600{members}}}"#),
    )
}

#[test]
fn fewer_scopes_than_asked_for_are_a_warning() {
    let members = r#","token_type":"Bearer","refresh_token":"AQrefresh","scope":"user-read-private""#;
    let trial = Trial::scripted(grant(members));
    let login = trial.login();
    let token = login.finish(&callback(&login, "code=AQcode")).unwrap();
    assert_eq!(token.scope(), "user-read-private");
    assert!(trial.logged().contains("Warning "), "{}", trial.logged());
    assert!(trial.logged().contains("playlist-read-private"), "{}", trial.logged());
    assert_eq!(trial.stored(), ["AQrefresh"]);
}

#[test]
fn a_response_without_what_a_login_needs_is_refused() {
    for members in [
        r#","token_type":"Bearer""#,
        r#","token_type":"Bearer","refresh_token":"""#,
        r#","token_type":"mac","refresh_token":"AQrefresh""#,
        r#","refresh_token":"AQrefresh""#,
    ] {
        let trial = Trial::scripted(grant(members));
        let login = trial.login();
        let error = login.finish(&callback(&login, "code=AQcode")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadResponse, "{members}: {error}");
        assert_eq!(trial.stored().len(), 0, "{members}");
    }
}

#[test]
fn a_program_that_waits_as_long_as_the_time_runs_out_comes_to_an_end() {
    let trial = Trial::slow(Duration::from_secs(2));
    let login = trial.builder().timeout(Duration::from_millis(400)).login().unwrap();
    let redirect = trial.server.agree(login.url());
    thread::scope(|scope| {
        let browser = scope.spawn(|| visit(&redirect));
        let waits = (0..100).map(|_| login.wait(Some(Duration::from_millis(100))).unwrap_err());
        let error = { waits }.find(|error| error.kind() != ErrorKind::Timeout);
        let error = error.expect("a server that does not respond ends the login");
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert!(error.message().contains("timed out"), "{}", error.message());
        assert!(error.advice().contains("begin a new one"), "{}", error.message());
        let page = browser.join().unwrap().unwrap();
        assert!(page.contains(FAILED), "{page}");
    });
}

#[test]
fn a_lock_that_nobody_releases_ends_the_login() {
    let trial = Trial::new();
    let login = trial.builder().timeout(Duration::from_millis(400)).login().unwrap();
    let _lock = trial.lock();
    let error = login.finish(&trial.server.agree(login.url())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert!(error.message().contains("locked for too long"), "{}", error.message());
    assert_eq!(login.wait(Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::Network);
    assert_eq!(trial.stored().len(), 0);
}

#[test]
fn every_end_but_success_says_to_begin_a_new_login() {
    let ends = [
        ("code=AQcode", Reply::json(400, r#"{"error":"invalid_grant"}"#)),
        ("code=AQcode", Reply::json(400, r#"{"error":"invalid_client"}"#)),
        ("code=AQcode", Reply::text(503, "text/plain", "overloaded")),
        ("code=AQcode", Reply::text(200, "text/html", "<html>")),
        ("error=access_denied", Reply::json(500, "{}")),
        ("error=invalid_scope", Reply::json(500, "{}")),
    ];
    for (parameters, reply) in ends {
        let trial = Trial::scripted(reply);
        let login = trial.login();
        let first = login.finish(&callback(&login, parameters)).unwrap_err();
        let second = login.wait(None).unwrap_err();
        assert_eq!(first.message(), second.message());
        let says = |text: &str| first.advice().contains(text);
        assert!(says("begin a new one") || says("Log in again"), "{}", first.message());
    }
    let login = Trial::new().login();
    login.cancel();
    let error = login.wait(None).unwrap_err();
    assert_eq!(error.message(), "the login was cancelled. Begin a new one");
}

/// What must not show, of a login whose code was exchanged.
fn secrets(trial: &Trial, login: &Login, redirect: &str) -> Vec<String> {
    let mut secrets = vec![parameter(login.url(), "state"), parameter(redirect, "code")];
    for request in trial.server.requests() {
        let form = Url::parse(&format!("http://x/?{}", String::from_utf8(request.body).unwrap())).unwrap();
        let verifier = form.query_pairs().find(|(name, _)| name == "code_verifier");
        secrets.push(verifier.unwrap().1.into_owned());
    }
    secrets.extend(trial.stored());
    secrets
}

#[test]
fn no_log_line_error_or_debug_output_has_a_secret_in_it() {
    let check = |trial: &Trial, login: &Login, redirect: &str, shown: &str, least: usize| {
        let all = format!("{shown} {login:?} {}", trial.logged());
        let secrets = secrets(trial, login, redirect);
        assert!(secrets.len() >= least, "{} secrets", secrets.len());
        for secret in secrets {
            assert!(secret.len() > 5 && !all.contains(&secret), "{secret} shows in {all}");
        }
    };

    // One that succeeds, with everything that can go wrong before.
    let trial = Trial::new();
    let login = trial.login();
    let redirect = trial.server.agree(login.url());
    let mut shown = String::new();
    thread::scope(|scope| {
        let waiting = waiting(scope, &login);
        let (code, state) = (parameter(&redirect, "code"), parameter(login.url(), "state"));
        for wrong in [
            redirect.replace("state=", "state=x"),
            redirect.replace("code=", "error_description="),
            format!("{redirect}&code={code}&state={state}"),
        ] {
            shown += &visit(&wrong).unwrap();
            shown += &format!("{:?}", login.finish(&wrong).unwrap_err());
        }
        shown += &visit(&redirect).unwrap();
        shown += &format!("{:?}", waiting.join().unwrap());
    });
    assert!(
        trial
            .logged()
            .contains("Info a request to the redirect URI was refused")
    );
    check(&trial, &login, &redirect, &shown, 4);

    // One whose server sends the code back.
    let trial = Trial::scripted(Reply::json(
        400,
        r#"{"error":"invalid_request","error_description":"you sent AQcanary-code"}"#,
    ));
    let login = trial.login();
    let redirect = callback(&login, "code=AQcanary-code");
    let error = login.finish(&redirect).unwrap_err();
    assert!(error.message().contains("you sent"), "{}", error.message());
    check(&trial, &login, &redirect, &format!("{error:?} {}", error.message()), 3);
}
