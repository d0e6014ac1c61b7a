//! Tokens of a user: one login, one refresh for everybody, and what happens when the server, the disk or another process fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::support::clock::Moved;
use crate::support::fleet::{self, Fleet};
use crate::support::installed::{compile, prefix, root};
use crate::support::{ID, logins, parts, server};
use spotify_token::stand_in::{Accounts, Rotate, StandIn};
use spotify_token::unstable::{self, Logger};
use spotify_token::{Client, ClientBuilder, ErrorKind, Login, Logins, Token};
use tempfile::TempDir;

/// How often the tests with many processes run.
const ROUNDS: usize = 50;

const SCOPE: &str = "playlist-read-private user-read-private";

/// The options of a login with this server.
fn options(server: &StandIn, directory: &Path) -> ClientBuilder {
    logins::user(server)
        .logins(Logins::Directory(directory.join("logins")))
        .scope(SCOPE)
}

/// Logs in by pasting, and returns the token.
pub fn log_in(server: &StandIn, directory: &Path) -> Token {
    logins::log_in(server, options(server, directory))
}

/// A client for the user, with a clock that is moved.
pub struct User {
    pub client: Client,
    pub clock: Moved,
    log: Arc<Mutex<Vec<String>>>,
}

impl User {
    pub fn new(server: &StandIn, directory: &Path, more: &[(&str, &str)]) -> User {
        let logins = format!("file:{}", directory.join("logins").display());
        let mut options = vec![("grant", "user"), ("logins", logins.as_str()), ("max_retries", "0")];
        options.extend(more);
        let mut parts = parts(&server.token_url(), &options);
        let (clock, log) = (Moved::new(), Arc::<Mutex<Vec<String>>>::default());
        let lines = log.clone();
        parts.clock = Some(Box::new(clock.clone()));
        parts.log = Logger::new(move |level, line| lines.lock().unwrap().push(format!("{level:?} {line}")));
        User {
            client: unstable::client_from(parts),
            clock,
            log,
        }
    }

    pub fn token(&self) -> String {
        self.client.token().unwrap().access_token().to_owned()
    }

    /// Makes the cached token expire, for this client and for the server.
    fn expire(&self, server: &StandIn) {
        self.clock.advance(Duration::from_secs(3600));
        server.advance(Duration::from_secs(3600));
    }

    fn logged(&self, part: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line.contains(part))
    }
}

fn rotating() -> StandIn {
    StandIn::spotify(Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    })
    .unwrap()
}

#[test]
fn who_has_logged_in_once_has_a_token_everywhere() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    let token = log_in(&server, directory.path());
    assert!(token.scope().contains("playlist-read-private"));
    let requests = server.requests().len();
    for _ in 0..2 {
        let user = User::new(&server, directory.path(), &[]);
        assert_eq!(user.token(), token.access_token());
        assert_eq!(user.client.stats().store_hits, 1);
    }
    assert_eq!(server.requests().len(), requests, "the token is in the record");
    let form = String::from_utf8(server.requests()[0].body.clone()).unwrap();
    assert!(
        form.starts_with("grant_type=authorization_code&") && !form.contains("client_secret"),
        "{form}"
    );
    assert!(server.requests()[0].header("authorization").is_none());
}

#[test]
fn a_token_that_expired_is_refreshed_and_the_record_has_the_new_one() {
    for server in [server(), rotating()] {
        let directory = TempDir::new().unwrap();
        let first = log_in(&server, directory.path());
        let user = User::new(&server, directory.path(), &[]);
        assert_eq!(user.token(), first.access_token());
        for refreshes in 1..4 {
            user.expire(&server);
            let before = user.token();
            assert_ne!(before, first.access_token());
            assert_eq!(server.refreshes(), refreshes);
            let other = User::new(&server, directory.path(), &[]);
            other
                .clock
                .advance(Duration::from_secs(3600 * u64::try_from(refreshes).unwrap()));
            assert_eq!(other.token(), before, "from the record");
        }
        assert_eq!(server.refreshes(), 3);
        let last = server.requests().last().unwrap().clone();
        let form = String::from_utf8(last.body.clone()).unwrap();
        assert!(form.starts_with("grant_type=refresh_token&client_id=") && last.header("authorization").is_none());
    }
}

#[test]
fn nobody_who_has_not_logged_in_gets_a_token() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    let user = User::new(&server, directory.path(), &[("account", "bob")]);
    let error = user.client.token().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRequired);
    assert!(error.message().contains("account bob"), "{}", error.message());
    assert!(
        error.advice().contains("spotify-token login --account bob"),
        "{}",
        error.advice()
    );
    assert_eq!(
        (server.requests().len(), directory.path().join("logins").exists()),
        (0, false)
    );

    // Once the user has, the same client sees it.
    let login = options(&server, directory.path()).account("bob").login().unwrap();
    let token = login.finish(&server.agree(login.url())).unwrap();
    assert_eq!(user.token(), token.access_token());
    let default = User::new(&server, directory.path(), &[]);
    assert_eq!(
        default.client.token().unwrap_err().kind(),
        ErrorKind::LoginRequired,
        "another account"
    );
}

#[test]
fn a_login_that_lacks_a_scope_is_not_enough() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    log_in(&server, directory.path());
    let user = User::new(
        &server,
        directory.path(),
        &[("scope", "user-read-private user-library-read")],
    );
    let error = user.client.token().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRequired);
    assert!(error.message().contains("user-library-read") && !error.message().contains("user-read-private"));
    let user = User::new(&server, directory.path(), &[("scope", "user-read-private")]);
    user.token();
}

#[test]
fn a_refused_refresh_token_is_kept_and_the_server_is_asked_again_after_a_minute() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    log_in(&server, directory.path());
    let user = User::new(&server, directory.path(), &[]);
    user.expire(&server);
    server.refuse_refreshes(1);
    for _ in 0..3 {
        let error = user.client.token().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LoginRequired);
        assert!(error.message().contains("was refused"), "{}", error.message());
    }
    assert_eq!(server.refreshes(), 1, "the refusal is remembered");
    let other = User::new(&server, directory.path(), &[]);
    other.clock.advance(Duration::from_secs(3600));
    assert_eq!(other.client.token().unwrap_err().kind(), ErrorKind::LoginRequired);
    assert_eq!(server.refreshes(), 1, "by every process");

    user.clock.advance(Duration::from_secs(61));
    user.token();
    assert_eq!(server.refreshes(), 2, "it was good");
}

#[test]
fn a_new_login_counts_at_once_after_a_refusal() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    log_in(&server, directory.path());
    let user = User::new(&server, directory.path(), &[]);
    user.expire(&server);
    server.revoke_logins();
    let error = user.client.token().unwrap_err();
    assert_eq!(error.oauth_error(), Some("invalid_grant"));
    assert!(error.message().contains("Refresh token revoked") && error.message().contains("has revoked it"));
    let again = log_in(&server, directory.path());
    // The record was written by the system's clock, which is an hour behind this client's.
    user.clock.step_wall(-3_600_000);
    assert_eq!(user.token(), again.access_token());
}

#[test]
fn a_login_that_has_ended_says_when_it_began() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    log_in(&server, directory.path());
    let user = User::new(&server, directory.path(), &[]);
    let warned = || user.logged("Warning the login of account default ends on ");
    let half_a_year = Duration::from_secs(184 * 24 * 3600);
    user.token();
    assert!(!warned());
    let ten_days_before = half_a_year.checked_sub(Duration::from_secs(13 * 24 * 3600)).unwrap();
    user.clock.advance(ten_days_before);
    user.token();
    assert!(warned(), "{:?}", user.log);
    user.clock.advance(half_a_year);
    server.advance(half_a_year);
    let error = user.client.token().unwrap_err();
    assert!(
        error.message().contains("has ended: it began on 20"),
        "{}",
        error.message()
    );
}

#[test]
fn the_refresh_token_before_the_newest_is_tried_where_that_is_refused() {
    let (server, directory) = (rotating(), TempDir::new().unwrap());
    log_in(&server, directory.path());
    let record = record(directory.path());
    // As after a refresh whose new refresh token never worked.
    let written = fs::read_to_string(&record).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&written).unwrap();
    let good = json["refresh_token"].clone();
    json["previous_refresh_token"] = good;
    json["refresh_token"] = "AQnever-worked".into();
    fs::write(&record, json.to_string()).unwrap();
    let user = User::new(&server, directory.path(), &[]);
    user.expire(&server);
    user.token();
    assert_eq!(server.refreshes(), 2);
    user.expire(&server);
    user.token();
    assert_eq!(server.refreshes(), 3, "the new one works");
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&record).unwrap()).unwrap();
    assert_ne!(json["refresh_token"], json["previous_refresh_token"]);
}

#[test]
fn a_record_that_cannot_be_written_stays_in_memory_until_it_can() {
    let directory = TempDir::new().unwrap();
    let server = StandIn::spotify(Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    })
    .unwrap();
    log_in(&server, directory.path());
    let (logins, away) = (directory.path().join("logins"), directory.path().join("away"));
    let slow = StandIn::scripted([spotify_token::stand_in::Reply::json(
        200,
        r#"{"access_token":"BQnew","token_type":"Bearer","expires_in":3600,"scope":"a","refresh_token":"AQrotated"}"#,
    )
    .after(Duration::from_millis(500))])
    .unwrap();
    // The record names the server, so one of the slow server is made of it.
    let moved = User::new(&slow, directory.path(), &[]);
    copy_login(&logins, &server.token_url(), &slow.token_url());
    moved.clock.advance(Duration::from_secs(3600));
    let waiting = thread::spawn({
        let client = moved.client.clone();
        move || client.token().unwrap().access_token().to_owned()
    });
    while slow.requests().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    fs::rename(&logins, &away).unwrap();
    fs::write(&logins, "in the way").unwrap();
    assert_eq!(waiting.join().unwrap(), "BQnew", "the token is handed out");
    assert!(
        moved.logged("Error the new login is in the memory of this process alone"),
        "{:?}",
        moved.log
    );
    assert_eq!(moved.token(), "BQnew");

    fs::remove_file(&logins).unwrap();
    fs::rename(&away, &logins).unwrap();
    assert_eq!(moved.token(), "BQnew");
    assert!(moved.logged("the login is written now"));
    let other = User::new(&slow, directory.path(), &[]);
    other.clock.advance(Duration::from_secs(3600));
    assert_eq!(other.token(), "BQnew");
    assert_eq!(slow.requests().len(), 1);
}

/// Makes a login of one server that of another.
fn copy_login(logins: &Path, from: &str, to: &str) {
    let record = record(logins.parent().unwrap());
    let text = fs::read_to_string(&record).unwrap().replace(from, to);
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    for part in ["spotify-login 1", to, ID, "default"] {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: String = hash
        .finish()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = record.file_name().unwrap().to_str().unwrap();
    let copy = logins.join(format!("{digest}{}", &name[64..]));
    fs::copy(&record, &copy).unwrap();
    fs::write(&copy, text).unwrap();
}

#[test]
fn a_rejected_token_is_replaced_and_the_login_stays() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    log_in(&server, directory.path());
    let user = User::new(&server, directory.path(), &[]);
    let rejected = user.client.token().unwrap();
    user.client.invalidate(&rejected);
    let new = user.token();
    assert_ne!(new, rejected.access_token());
    assert_eq!(server.refreshes(), 1);
    assert_eq!(User::new(&server, directory.path(), &[]).token(), new);
    user.client.clear().unwrap();
    assert_ne!(user.token(), new);
    assert_eq!(server.refreshes(), 2);
    assert_eq!(user.client.refresh().unwrap().access_token(), user.token());
    assert_eq!(server.refreshes(), 3);
}

#[test]
fn a_program_may_keep_the_refresh_token_itself() {
    let server = rotating();
    let directory = TempDir::new().unwrap();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = |kept: &Arc<Mutex<Vec<String>>>| {
        let kept = kept.clone();
        move |token: &str| kept.lock().unwrap().push(token.to_owned())
    };
    let login = options(&server, directory.path())
        .refresh_token("", keep(&kept))
        .login()
        .unwrap();
    login.finish(&server.agree(login.url())).unwrap();
    let first = kept.lock().unwrap().pop().unwrap();
    assert!(!directory.path().join("logins").exists(), "nothing is stored");

    let client = options(&server, directory.path())
        .refresh_token(&first, keep(&kept))
        .build()
        .unwrap();
    client.token().unwrap();
    let second = kept.lock().unwrap().pop().unwrap();
    assert_ne!(first, second);
    client.refresh().unwrap();
    assert_ne!(kept.lock().unwrap().pop().unwrap(), second);
    server.revoke_logins();
    let error = client.refresh().unwrap_err();
    assert_eq!(
        (error.kind(), error.oauth_error()),
        (ErrorKind::LoginRequired, Some("invalid_grant"))
    );
    assert!(kept.lock().unwrap().is_empty() && !directory.path().join("logins").exists());
}

#[test]
fn logins_are_listed_and_forgotten() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    let options = || options(&server, directory.path());
    assert!(options().accounts().unwrap().is_empty());
    assert!(!options().logout().unwrap(), "there is none");
    log_in(&server, directory.path());
    let login = options().account("bob").login().unwrap();
    login.finish(&server.agree(login.url())).unwrap();
    let mut names: Vec<String> = options()
        .accounts()
        .unwrap()
        .into_iter()
        .map(|account| account.unwrap().name)
        .collect();
    names.sort();
    assert_eq!(names, ["bob", "default"]);
    assert!(options().account("bob").logout().unwrap());
    let left = options().accounts().unwrap();
    let left = left[0].as_ref().unwrap();
    assert_eq!(
        (left.name.as_str(), left.client_id.as_str(), left.refused_at),
        ("default", ID, None)
    );
    let lasts = left.ends_at.duration_since(left.logged_in_at).unwrap().as_secs() / (24 * 3600);
    assert!((181..=184).contains(&lasts), "{lasts} days");
}

/// The command, speaking for the user.
fn command(server: &StandIn, directory: &Path) -> Command {
    let mut command = fleet::command(&server.token_url(), "memory");
    command
        .env("SPOTIFY_GRANT", "user")
        .env("SPOTIFY_LOGINS", format!("file:{}", directory.join("logins").display()))
        .env_remove("CLIENT_SECRET");
    command
}

/// Finds the record of the login.
fn record(directory: &Path) -> PathBuf {
    let entries = fs::read_dir(directory.join("logins")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap()
}

/// Makes the token in the record expire.
fn expire_record(directory: &Path) {
    let path = record(directory);
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    json["token"]["expires_at_ms"] = 1.into();
    fs::write(&path, json.to_string()).unwrap();
}

#[test]
fn many_processes_make_one_refresh() {
    for (rotate, rounds) in [(Rotate::Always, ROUNDS / 10), (Rotate::Never, 2)] {
        let directory = TempDir::new().unwrap();
        let server = StandIn::spotify(Accounts {
            rotate,
            delay: Duration::from_millis(20),
            ..Accounts::default()
        })
        .unwrap();
        log_in(&server, directory.path());
        for round in 1..=rounds {
            expire_record(directory.path());
            let fleet = Fleet::start((0..64).map(|_| command(&server, directory.path())));
            assert_eq!(fleet.tokens().len(), 1, "round {round}");
            assert_eq!(server.refreshes(), round);
        }
        assert_eq!(server.overlapping_refreshes(), 0);
    }
}

/// Returns the refresh token in the record.
fn stored_refresh_token(directory: &Path) -> String {
    let path = record(directory);
    let json: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    json["refresh_token"].as_str().unwrap().to_owned()
}

#[test]
fn many_processes_with_many_threads_make_one_refresh() {
    let Some(prefix) = prefix() else { return };
    let directory = TempDir::new().unwrap();
    let server = StandIn::spotify(Accounts {
        rotate: Rotate::Always,
        delay: Duration::from_millis(20),
        ..Accounts::default()
    })
    .unwrap();
    log_in(&server, directory.path());
    let flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pthread"];
    let source = root().join("tests/c/user_threads.c");
    let program = compile("cc", &source, prefix, &flags, directory.path());
    for round in 1..=5 {
        expire_record(directory.path());
        let mut processes: Vec<_> = (0..64)
            .map(|_| {
                let mut process = Command::new(&program);
                process
                    .env_clear()
                    .env("LD_LIBRARY_PATH", prefix.join("lib"))
                    .env("SPOTIFY_TOKEN_URL", server.token_url())
                    .env("SPOTIFY_CLIENT_ID", ID)
                    .env("SPOTIFY_GRANT", "user")
                    .env(
                        "SPOTIFY_LOGINS",
                        format!("file:{}", directory.path().join("logins").display()),
                    )
                    .env("SPOTIFY_DOTENV", "")
                    .stdout(Stdio::piped());
                process.spawn().unwrap()
            })
            .collect();
        let mut tokens = Vec::new();
        for process in processes.drain(..) {
            let output = process.wait_with_output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{printed}");
            tokens.extend(printed.lines().map(str::to_owned));
        }
        assert_eq!(tokens.len(), 64 * 8);
        tokens.dedup();
        assert_eq!((tokens.len(), server.refreshes()), (1, round));
    }
    assert_eq!(server.overlapping_refreshes(), 0);
}

#[test]
fn a_login_survives_processes_that_are_killed() {
    let directory = TempDir::new().unwrap();
    let server = StandIn::spotify(Accounts {
        rotate: Rotate::Always,
        delay: Duration::from_millis(3),
        ..Accounts::default()
    })
    .unwrap();
    log_in(&server, directory.path());
    let mut lost = 0;
    for round in 0..ROUNDS {
        expire_record(directory.path());
        let before = (stored_refresh_token(directory.path()), server.refreshes());
        let mut processes: Vec<_> = (0..64)
            .map(|_| command(&server, directory.path()).spawn().unwrap())
            .collect();
        // The moment differs from round to round: from before the lock to after the last one has its token.
        thread::sleep(Duration::from_millis(u64::try_from(round).unwrap()));
        for victim in &mut processes[..16] {
            let _ = victim.kill();
        }
        let outputs: Vec<_> = processes
            .into_iter()
            .map(|process| process.wait_with_output().unwrap())
            .collect();
        let failed: Vec<_> = outputs[16..].iter().filter(|output| !output.status.success()).collect();
        let was_written = stored_refresh_token(directory.path()) != before.0;
        if failed.is_empty() {
            continue;
        }
        // The holder was killed after the server had revoked the old refresh token and before the new one was written.
        let said = String::from_utf8_lossy(&failed[0].stderr).into_owned();
        assert!(
            !was_written && server.refreshes() > before.1 + 1,
            "round {round}: {said}"
        );
        assert!(
            said.contains("Refresh token revoked") || said.contains("was refused"),
            "{said}"
        );
        lost += 1;
        log_in(&server, directory.path());
    }
    assert!(lost < ROUNDS / 2, "{lost} of {ROUNDS}");
    assert_eq!(server.overlapping_refreshes(), 0);
}

fn is_send<T: Send + Sync>(_: &T) {}

#[test]
fn a_login_is_shared_between_threads() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    let login: Login = options(&server, directory.path()).login().unwrap();
    is_send(&login);
    let address = server.agree(login.url());
    let tokens: Vec<String> = thread::scope(|scope| {
        let waiting = scope.spawn(|| login.wait(None).unwrap().access_token().to_owned());
        let pasting = scope.spawn(|| login.finish(&address).unwrap().access_token().to_owned());
        vec![waiting.join().unwrap(), pasting.join().unwrap()]
    });
    assert_eq!(tokens[0], tokens[1]);
}
