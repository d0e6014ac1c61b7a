//! Where a secret shows, and where it stays behind: nowhere but where SECURITY.md says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::unstable::{
    self, AuthorizationGrant, Config, Credentials, Endpoint, Environment, Logger, Request, Secret, Settings,
};
use spotify_token::{Cache, Error, Level, Proxy, ProxyUrl, RedisUrl};

use crate::support::fleet::{self, token_of};
use crate::support::installed::{command, compile, root, run, shared_release};
use crate::support::{ID, SECRET, client, parts, server};

/// What a request carries.
fn basic(secret: &str) -> String {
    STANDARD.encode(format!("{ID}:{secret}"))
}

fn check_hidden(what: &str, text: &str, hidden: &[&str]) {
    for hidden in hidden {
        assert!(!text.contains(hidden), "{what} shows {hidden}: {text}");
    }
}

/// A C program with the credentials in its hands for a moment.
struct Holder {
    program: PathBuf,
    prefix: &'static Path,
}

impl Holder {
    fn build(into: &Path) -> Option<Holder> {
        let prefix = shared_release()?;
        let flags = ["-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Werror"];
        let program = compile("cc", &root().join("tests/c/memory.c"), prefix, &flags, into);
        Some(Holder { program, prefix })
    }

    /// The error code that it got, and what is left in its memory after it has cleared and freed everything, each find
    /// once.
    fn left_behind(&self, way: &str, secret: &str, variables: &[(&str, &str)]) -> (i32, Vec<String>) {
        // Masked, for what it is told lies in its memory.
        let masked = |text: &str| -> String { text.bytes().map(|byte| format!("{:02x}", byte ^ 0x5a)).collect() };
        let mut command = command(&self.program, self.prefix);
        let output = run(command
            .arg(way)
            .args([masked(ID), masked(secret), masked(&basic(secret))])
            .envs(variables.iter().copied()));
        let log = String::from_utf8(output.stderr).unwrap();
        check_hidden("a log line", &log, &[ID, secret, &basic(secret), "BQ"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let (code, finds) = text.split_once('\n').unwrap();
        let mut finds: Vec<String> = finds.lines().map(ToOwned::to_owned).collect();
        finds.sort();
        finds.dedup();
        (code.strip_prefix("code ").unwrap().parse().unwrap(), finds)
    }
}

#[test]
fn nothing_of_ours_stays_in_memory() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let Some(holder) = Holder::build(scratch.path()) else {
        return;
    };
    let at = |name: &str| scratch.path().join(name).display().to_string();
    let server = server();
    let url = server.token_url();
    let cache = format!("file:{}", at("cache"));
    let asks = [("SPOTIFY_TOKEN_URL", url.as_str())];
    let stored = [asks[0], ("SPOTIFY_CACHE", &cache)];
    fs::write(at("id"), format!("{ID}\n")).unwrap();
    fs::write(at("secret"), format!("{SECRET}\n")).unwrap();
    fs::write(at("env"), format!("CLIENT_ID={ID}\nCLIENT_SECRET={SECRET}\n")).unwrap();

    let nothing: [&str; 0] = [];
    for (way, secret, variables, code) in [
        ("options", SECRET, &stored[..], 0), // asks, and writes into the store
        ("options", SECRET, &stored, 0),     // finds it there
        ("options", SECRET, &asks, 0),
        ("idle", SECRET, &asks, 0),   // while another thread that has asked is still there
        ("idle", SECRET, &stored, 0), // the same, from the store
        ("arguments", SECRET, &asks, 0),
        ("arguments", &format!("{SECRET} "), &asks, 3), // malformed
        ("options", &format!("{SECRET}x"), &asks, 20),  // refused
    ] {
        let left = holder.left_behind(way, secret, variables);
        assert_eq!(left, (code, nothing.map(str::to_owned).to_vec()), "{way}");
    }
    let (id, secret) = (at("id"), at("secret"));
    let files = [("CLIENT_ID_FILE", id.as_str()), ("CLIENT_SECRET_FILE", &secret)];
    let left = holder.left_behind("found", SECRET, &[&stored[..], &files].concat());
    assert_eq!(left, (0, Vec::new()), "credentials in files");

    // The process's own environment is not ours to wipe, and the dotenv reader keeps what it read.
    let pair = [("CLIENT_ID", ID), ("CLIENT_SECRET", SECRET)];
    let (code, left) = holder.left_behind("found", SECRET, &[&stored[..], &pair].concat());
    assert_eq!(
        (code, left),
        (0, vec!["id in [stack]".to_owned(), "secret in [stack]".to_owned()])
    );
    let env = at("env");
    let (code, left) = holder.left_behind("found", SECRET, &[&stored[..], &[("SPOTIFY_DOTENV", &env)]].concat());
    assert_eq!(code, 0);
    assert!(
        left.iter()
            .all(|find| !find.starts_with("token") && !find.starts_with("basic")),
        "{left:?}"
    );
}

#[test]
fn what_looks_for_a_secret_in_memory_finds_one() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(holder) = Holder::build(scratch.path()) else {
        return;
    };
    let (_, left) = holder.left_behind(
        "arguments",
        SECRET,
        &[("SOMETHING", SECRET), ("SPOTIFY_TIMEOUT_MS", "0")],
    );
    assert_eq!(left, ["secret in [stack]"]);
}

#[test]
fn no_log_line_and_no_message_shows_a_secret_even_when_the_server_sends_it_back() {
    let echo = format!("you sent {SECRET}, that is Basic {}", basic(SECRET));
    let server = StandIn::scripted([
        Reply::text(503, "text/plain", echo.as_str()),
        Reply::json(400, format!(r#"{{"error":"{SECRET}","error_description":"{echo}"}}"#)),
        Reply::json(200, format!(r#"{{"access_token":"BQtoken","token_type":"{echo}"}}"#)),
        Reply::text(500, "text/plain", "{\"access_token\":\"BQtoken\""),
        Reply::token("BQtoken", 3600),
    ])
    .unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = lines.clone();
    let mut parts = parts(&server.token_url(), &[("max_retries", "1")]);
    parts.log = Logger::new(move |level: Level, line| seen.lock().unwrap().push(format!("{level:?} {line}")));
    let client = unstable::client_from(parts);
    let mut texts = Vec::new();
    for _ in 0..4 {
        match client.token() {
            Ok(token) => texts.push(format!("{token:?}")),
            Err(error) => texts.push(format!("{error} {error:?}")),
        }
        unstable::invalidate(&client, None);
    }
    assert!(server.requests().len() >= 4 && texts.iter().any(|text| text.contains("Token")));
    texts.extend(lines.lock().unwrap().iter().cloned());
    assert!(texts.iter().any(|line| line.starts_with("Debug ")), "{texts:?}");
    for text in texts {
        check_hidden("a line", &text, &[ID, SECRET, &basic(SECRET), "BQtoken"]);
    }
}

#[test]
fn debug_of_every_public_type_hides_what_it_holds() {
    let proxy = "http://user:canary@proxy.example:1";
    let redis = "redis://user:canary@redis.example";
    let mut config = Config::new();
    for (name, value) in [("client_id", ID), ("client_secret", SECRET), ("proxy", proxy)] {
        config.set(name, value).unwrap();
    }
    let environment = Environment::from_pairs([("CLIENT_SECRET", SECRET), ("https_proxy", proxy)]);
    let settings = Settings::resolve(&config, &environment).unwrap();
    let credentials = Credentials::from_arguments(Some(ID), Some(SECRET)).unwrap().unwrap();
    let url = Endpoint::parse("https://accounts.example/").unwrap();
    let server = server();
    let token = client(&server.token_url(), &[]).token().unwrap();
    let error: Error = Config::new().set(SECRET, "client_secret").unwrap_err();
    for shown in [
        format!("{config:?}"),
        format!("{settings:?}"),
        format!("{environment:?}"),
        format!("{credentials:?} {:?}", credentials.warning()),
        format!("{:?}", Secret::new(SECRET)),
        format!(
            "{:?}",
            Request::new(&url, &AuthorizationGrant::ClientCredentials(&credentials), "test")
        ),
        format!("{:?}", proxy.parse::<ProxyUrl>().unwrap()),
        format!("{:?}", Proxy::Url(proxy.parse::<ProxyUrl>().unwrap())),
        format!("{:?}", Cache::Redis(redis.parse::<RedisUrl>().unwrap())),
        format!("{token:?} {:?}", unstable::access_token(&token)),
        format!("{error:?} {error}"),
    ] {
        let hidden = [ID, SECRET, &basic(SECRET), "canary", token.access_token()];
        check_hidden("Debug", &shown, &hidden);
    }
}

/// Every file below a directory.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] });
    found.collect()
}

#[test]
fn the_command_leaves_a_token_in_its_cache_and_a_secret_nowhere() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let server = server();
    let mut command: Command = fleet::command(&server.token_url(), "file");
    command.current_dir(&home);
    for name in ["HOME", "TMPDIR", "XDG_RUNTIME_DIR"] {
        command.env(name, home.path());
    }
    let token = token_of(&mut command);
    let mut with_token = 0;
    for path in files_below(home.path()) {
        let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        check_hidden(&path.display().to_string(), &content, &[ID, SECRET, &basic(SECRET)]);
        with_token += usize::from(content.contains(&token));
    }
    assert_eq!(with_token, 1, "the cache");

    // What everybody can read of a process while it asks.
    let server = StandIn::scripted([Reply::hang()]).unwrap();
    fs::write(home.path().join("secret"), SECRET).unwrap();
    let mut command = fleet::command(&server.token_url(), "memory");
    command.env_remove("CLIENT_ID").env_remove("CLIENT_SECRET");
    command.args(["--client-id", "an-id", "--client-secret-file"]);
    let mut child = command.arg(home.path().join("secret")).spawn().unwrap();
    while server.requests().is_empty() {
        assert_eq!(child.try_wait().unwrap(), None, "it has ended");
        thread::yield_now();
    }
    let arguments = fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(arguments.contains("an-id"), "{arguments}");
    check_hidden("the list of processes", &arguments, &[SECRET]);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    check_hidden("stdout", &String::from_utf8(output.stdout).unwrap(), &[SECRET]);
    check_hidden("stderr", &String::from_utf8(output.stderr).unwrap(), &[SECRET]);
}
