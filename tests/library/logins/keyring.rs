//! Logins in a real keyring: gnome-keyring, each with a session bus and a home of its own.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use keyring::Entry;
use spotify_token::unstable::logins::LoginStore;
use spotify_token::unstable::{Clock, Environment, SystemClock};
use tempfile::TempDir;

use super::{key, kill_writer, listed, load, lock, lock_when_free, place_in, record, save, stored_number};
use crate::support::redis::wait_until;
use crate::support::tools;

/// Starts a keyring, and creates one with this password if there is none.
const UNLOCKED: &str = "printf word | gnome-keyring-daemon --unlock --components=secrets >/dev/null; ready";
/// Starts a keyring that stays locked.
const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets >/dev/null; ready";
/// Waits for it.
const READY: &str = "ready() {
    until dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets >/dev/null 2>&1; do sleep 0.02; done
}";

fn there_is_a_keyring() -> bool {
    tools::require("dbus-run-session") && tools::require("gnome-keyring-daemon")
}

/// A session bus that starts no program by itself.
const BUS: &str = r#"<busconfig>
    <type>session</type>
    <listen>unix:tmpdir=/tmp</listen>
    <auth>EXTERNAL</auth>
    <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"#;

/// Runs a test of this file in a session of its own, after this line of shell.
fn in_session(home: &Path, before: &str, test: &str) -> Output {
    let script = format!("{READY}\n{before}; \"$@\"");
    let bus = home.join("bus.conf");
    fs::write(&bus, BUS).unwrap();
    Command::new("timeout")
        .args(["120", "dbus-run-session", "--config-file"])
        .arg(bus)
        .args(["--", "sh", "-c", &script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("logins::keyring::{test}"),
            "--ignored",
            "--nocapture",
        ])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .output()
        .unwrap()
}

fn assert_passed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && said.contains("test result: ok. 1 passed");
    assert!(passed, "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// The keyring of this session.
fn keyring(timeout_ms: &str) -> Box<dyn LoginStore> {
    place_in(&Environment::from_process(), "keyring", timeout_ms)
}

fn item(account: &str) -> Entry {
    Entry::new("spotify-token", key(account).digest()).unwrap()
}

#[test]
fn a_login_is_kept_in_the_keyring() {
    if !there_is_a_keyring() {
        return;
    }
    let home = TempDir::new().unwrap();
    assert_passed(&in_session(home.path(), UNLOCKED, "keeps_logins"));
    // Another session of the same user.
    assert_passed(&in_session(home.path(), UNLOCKED, "finds_the_login"));
    let locked = in_session(home.path(), LOCKED, "cannot_read_a_locked_keyring");
    assert_passed(&locked);
    let shown = String::from_utf8_lossy(&locked.stdout).replace(home.path().to_str().unwrap(), "");
    assert!(!shown.contains("AQ"), "{shown}");
}

#[test]
#[ignore = "runs in a session of its own"]
fn keeps_logins() {
    let (store, other) = (keyring("30000"), keyring("30000"));
    assert_eq!(store.name(), "the logins in the keyring");
    assert_eq!((load(&*store, "bob"), listed(&*store)), (None, Vec::new()));
    let held = lock(&*store, "bob");
    assert!(other.try_lock(&key("bob")).unwrap().is_none(), "one process at a time");
    store.save(&held, &record("bob", "AQone")).unwrap();
    store.save(&held, &record("bob", "AQtwo")).unwrap();
    assert_eq!(load(&*other, "bob").as_deref(), Some("AQtwo"));
    drop(held);
    save(&*other, "eve", "AQeve");
    assert_eq!(listed(&*store), ["bob AQtwo", "eve AQeve"]);

    let good = String::from_utf8(item("eve").get_secret().unwrap()).unwrap();
    for (bad, what) in [
        (good[..good.len() / 2].to_owned(), "damaged"),
        (good.replace("\"version\":1", "\"version\":2"), "newer version"),
        (good.replace("eve", "bob"), "another app or account"),
        (" ".repeat(100_000), "larger"),
    ] {
        item("eve").set_secret(bad.as_bytes()).unwrap();
        let error = store.load(&key("eve"), SystemClock.now()).unwrap_err();
        assert!(
            error.what.contains(what) && error.what.contains(key("eve").digest()),
            "{error:?}"
        );
        assert!(!error.advice.is_empty());
        assert_eq!(
            listed(&*store),
            ["bob AQtwo".to_owned(), format!("unreadable: {}", error.what)]
        );
        save(&*store, "eve", "AQnew");
        assert_eq!(load(&*store, "eve").as_deref(), Some("AQnew"));
    }
    item("eve").set_secret(b"half").unwrap();
    let held = lock(&*store, "eve");
    assert_eq!((store.remove(&held), store.remove(&held)), (Ok(true), Ok(false)));
    assert_eq!(listed(&*store), ["bob AQtwo"]);
}

#[test]
#[ignore = "runs in a session of its own"]
fn finds_the_login() {
    assert_eq!(load(&*keyring("30000"), "bob").as_deref(), Some("AQtwo"));
}

/// Nobody is there to give the password, so it stays locked.
#[test]
#[ignore = "runs in a session of its own"]
fn cannot_read_a_locked_keyring() {
    let store = keyring("6000");
    let start = Instant::now();
    let error = store.load(&key("bob"), SystemClock.now()).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    assert!(
        error.what.contains("locked") || error.what.contains("not responded"),
        "{error:?}"
    );
    assert!(error.advice.contains("Unlock the keyring"), "{error:?}");
    let start = Instant::now();
    let saved = store.save(&lock(&*store, "bob"), &record("bob", "AQnew"));
    assert!(saved.unwrap_err().advice.contains("Unlock the keyring"));
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
}

#[test]
fn a_keyring_that_asks_for_its_password_costs_a_limited_time() {
    if !there_is_a_keyring() {
        return;
    }
    let home = TempDir::new().unwrap();
    assert_passed(&in_session(home.path(), UNLOCKED, "saves_a_login"));
    assert_passed(&in_session(home.path(), LOCKED, "waits_for_a_password"));
}

#[test]
#[ignore = "runs in a session of its own"]
fn saves_a_login() {
    save(&*keyring("30000"), "bob", "AQone");
}

#[test]
#[ignore = "runs in a session of its own"]
fn waits_for_a_password() {
    let prompter = SilentPrompter::start();
    let store = keyring("3000");
    let held = lock(&*store, "bob");
    let start = Instant::now();
    let error = store.save(&held, &record("bob", "AQtwo")).unwrap_err();
    let took = start.elapsed();
    assert!(
        error.what.contains("the keyring has not responded within 2000 ms"),
        "{error:?}"
    );
    assert!(error.advice.contains("Unlock the keyring"), "{error:?}");
    assert!(
        (Duration::from_secs(2)..Duration::from_secs(10)).contains(&took),
        "{took:?}"
    );

    let start = Instant::now();
    let again = store.load(&key("bob"), SystemClock.now()).unwrap_err();
    assert!(
        again == error && start.elapsed() < Duration::from_secs(1),
        "nobody is asked twice"
    );
    drop(held);
    assert!(
        store.try_lock(&key("bob")).unwrap().is_none(),
        "locked until the record is written, or will not be"
    );
    drop(prompter);
    lock_when_free(&*store, "bob");
    let error = store.load(&key("bob"), SystemClock.now()).unwrap_err();
    assert!(error.what.contains("locked"), "{error:?}");
}

/// Has the name of the program that asks for passwords, and never responds.
struct SilentPrompter {
    _connection: UnixStream,
}

impl SilentPrompter {
    fn start() -> SilentPrompter {
        let address = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
        let path = address.strip_prefix("unix:path=").unwrap().split(',').next().unwrap();
        let mut connection = UnixStream::connect(path).unwrap();
        let user = rustix::process::geteuid().as_raw().to_string();
        let user: String = user.bytes().map(|digit| format!("{digit:02x}")).collect();
        connection
            .write_all(format!("\0AUTH EXTERNAL {user}\r\n").as_bytes())
            .unwrap();
        let mut reply = [0; 512];
        let length = connection.read(&mut reply).unwrap();
        assert!(reply[..length].starts_with(b"OK "));
        connection.write_all(b"BEGIN\r\n").unwrap();
        connection.write_all(&call_of_the_bus(1, "Hello", None)).unwrap();
        let name = "org.gnome.keyring.SystemPrompter";
        connection
            .write_all(&call_of_the_bus(2, "RequestName", Some(name)))
            .unwrap();
        let has_name = || {
            tools::succeeds(&format!(
                "dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner string:{name}"
            ))
        };
        wait_until("the bus gives no name", has_name);
        SilentPrompter {
            _connection: connection,
        }
    }
}

/// A message of D-Bus that calls a method of the bus, with a name and flags or with nothing.
fn call_of_the_bus(serial: u8, method: &str, name: Option<&str>) -> Vec<u8> {
    fn pad(bytes: &mut Vec<u8>, to: usize) {
        bytes.resize(bytes.len().next_multiple_of(to), 0);
    }
    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.push(0);
    }
    let mut body = Vec::new();
    if let Some(name) = name {
        text(&mut body, name);
        pad(&mut body, 4);
        body.extend(0u32.to_le_bytes());
    }
    let mut fields = Vec::new();
    for (code, kind, value) in [
        (1, b'o', "/org/freedesktop/DBus"),
        (2, b's', "org.freedesktop.DBus"),
        (3, b's', method),
        (6, b's', "org.freedesktop.DBus"),
    ] {
        pad(&mut fields, 8);
        fields.extend([code, 1, kind, 0]);
        text(&mut fields, value);
    }
    if name.is_some() {
        pad(&mut fields, 8);
        fields.extend([8, 1, b'g', 0, 2, b's', b'u', 0]);
    }
    let mut message = vec![b'l', 1, 0, 1];
    message.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    message.extend([serial, 0, 0, 0]);
    message.extend(u32::try_from(fields.len()).unwrap().to_le_bytes());
    message.extend(fields);
    pad(&mut message, 8);
    message.extend(body);
    message
}

#[test]
fn a_keyring_that_is_not_there_is_an_error_at_once() {
    if !there_is_a_keyring() {
        return;
    }
    let home = TempDir::new().unwrap();
    assert_passed(&in_session(home.path(), ":", "has_no_keyring"));
    assert_passed(&in_session(
        home.path(),
        "unset DBUS_SESSION_BUS_ADDRESS",
        "has_no_session",
    ));
}

#[test]
#[ignore = "runs in a session of its own"]
fn has_no_keyring() {
    fails_at_once("the keyring cannot be used");
}

#[test]
#[ignore = "runs in a session of its own"]
fn has_no_session() {
    fails_at_once("no session bus");
}

fn fails_at_once(what: &str) {
    let store = keyring("30000");
    let (start, now) = (Instant::now(), SystemClock.now());
    let held = lock(&*store, "bob");
    for error in [
        store.load(&key("bob"), now).err(),
        store.save(&held, &record("bob", "AQcanary")).err(),
        store.remove(&held).err(),
        store.list(now).err(),
    ] {
        let error = error.expect(what);
        assert!(
            error.what.contains(what) && error.advice.contains("gnome-keyring"),
            "{error:?}"
        );
        assert!(!format!("{error:?}").contains("canary"));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_killed_writer_leaves_the_old_login_or_the_new_one_in_the_keyring() {
    if !there_is_a_keyring() {
        return;
    }
    let home = TempDir::new().unwrap();
    assert_passed(&in_session(home.path(), UNLOCKED, "kills_writers"));
}

#[test]
#[ignore = "runs in a session of its own"]
fn kills_writers() {
    let store = keyring("30000");
    for round in 0..20 {
        let written = kill_writer("keyring");
        // The keyring may still be writing what the dead process sent.
        let stored = stored_number(&*store);
        assert!(
            stored == written || stored == written + 1,
            "round {round}: {written}, {stored}"
        );
        drop(lock(&*store, "bob"));
    }
}
