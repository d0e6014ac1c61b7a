//! Logins where they are kept, in real files and real Redis servers, and what happens when a writer dies or the disk is full.

#[cfg(feature = "keyring")]
mod keyring;
#[cfg(feature = "redis")]
mod redis;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
#[cfg(any(feature = "redis", feature = "keyring"))]
use std::time::Instant;

use crate::support::tools;
#[cfg(feature = "redis")]
use spotify_token::unstable::logins::Listed;
use spotify_token::unstable::logins::{LoginKey, LoginLock, LoginStore, Record, open};
use spotify_token::unstable::{
    AccessToken, Clock, Config, Endpoint, Environment, Secret, Settings, SystemClock, TokenResponse,
};
use tempfile::TempDir;

const TOKEN_URL: &str = "https://accounts.example/api/token";
/// Tells the test `another_process` where the logins are.
const LOGINS: &str = "SPOTIFY_TOKEN_TEST_LOGINS";
/// And what to do with them.
const STEP: &str = "SPOTIFY_TOKEN_TEST_STEP";
/// How often writers are killed.
const ROUNDS: usize = 50;

/// The place that this value of the option `logins` names.
fn place(logins: &str, timeout_ms: &str) -> Box<dyn LoginStore> {
    place_in(&Environment::default(), logins, timeout_ms)
}

/// The same in this environment.
fn place_in(environment: &Environment, logins: &str, timeout_ms: &str) -> Box<dyn LoginStore> {
    let mut config = Config::new();
    config.set("logins", logins).unwrap();
    config.set("timeout_ms", timeout_ms).unwrap();
    open(&Settings::resolve(&config, environment).unwrap(), environment)
}

fn key(account: &str) -> LoginKey {
    LoginKey::new(&Endpoint::parse(TOKEN_URL).unwrap(), &Secret::new("an-id"), account)
}

fn record(account: &str, refresh_token: &str) -> Record {
    let now = SystemClock.now();
    let response = TokenResponse {
        access_token: Secret::new("BQabc"),
        scope: "user-read-private".to_owned(),
        lifetime: Duration::from_secs(3600),
    };
    Record {
        token_url: TOKEN_URL.to_owned(),
        client_id: "an-id".to_owned(),
        account: account.to_owned(),
        refresh_token: Secret::new(refresh_token),
        previous_refresh_token: None,
        token: Some(AccessToken::new(&response, now)),
        scope: "user-read-private".to_owned(),
        logged_in_at_ms: now.wall_ms,
        refused_at_ms: None,
    }
}

fn lock(store: &dyn LoginStore, account: &str) -> LoginLock {
    store.try_lock(&key(account)).unwrap().expect("nobody has the lock")
}

/// Takes the lock as soon as nobody has it.
#[cfg(any(feature = "redis", feature = "keyring"))]
fn lock_when_free(store: &dyn LoginStore, account: &str) -> LoginLock {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(lock) = store.try_lock(&key(account)).unwrap() {
            return lock;
        }
        assert!(Instant::now() < end, "nobody gives the lock back");
        thread::sleep(Duration::from_millis(5));
    }
}

fn save(store: &dyn LoginStore, account: &str, refresh_token: &str) {
    store
        .save(&lock(store, account), &record(account, refresh_token))
        .unwrap();
}

/// The refresh token that is stored.
fn load(store: &dyn LoginStore, account: &str) -> Option<String> {
    let loaded = store.load(&key(account), SystemClock.now()).unwrap();
    loaded.map(|record| record.refresh_token.expose().to_owned())
}

#[cfg(feature = "redis")]
/// Accounts and refresh tokens of all logins.
fn listed(store: &dyn LoginStore) -> Vec<String> {
    let listed = store.list(SystemClock.now()).unwrap().into_iter();
    let mut logins: Vec<String> = listed
        .map(|login| match login {
            Listed::Login(record) => format!("{} {}", record.account, record.refresh_token.expose()),
            Listed::Unreadable(error) => format!("unreadable: {}", error.what),
        })
        .collect();
    logins.sort();
    logins
}

/// Not a test by itself: a process that does one thing, and says how it went.
#[test]
#[ignore = "other tests run it, in a process of its own"]
fn another_process() {
    let environment = Environment::from_process();
    let store = place_in(&environment, &std::env::var(LOGINS).unwrap(), "30000");
    let step = std::env::var(STEP).unwrap();
    match step.split_once(' ').unwrap_or((&step, "")) {
        // One login after another, each of several pages, so that half of it could be written.
        ("write", _) => {
            for number in 0.. {
                save(&*store, "bob", &format!("{number}-{}", "A".repeat(20_000)));
                println!("\nwritten {number}");
            }
        }
        ("save", refresh_token) => {
            let lock = store.try_lock(&key("bob")).unwrap().unwrap();
            println!("\nsaid {:?}", store.save(&lock, &record("bob", refresh_token)));
        }
        ("lock", account) => println!("\nsaid {:?}", store.try_lock(&key(account)).map(|lock| lock.is_some())),
        ("load", _) => println!("\nsaid {:?}", load(&*store, "bob")),
        _ => panic!("no such step"),
    }
}

const ANOTHER_PROCESS: [&str; 4] = ["--exact", "logins::another_process", "--ignored", "--nocapture"];

fn start_writer(logins: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(ANOTHER_PROCESS)
        .env(LOGINS, logins)
        .env(STEP, "write")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Kills a writer at a random moment. Returns the number of the last record that it has surely written.
fn kill_writer(logins: &str) -> usize {
    let mut writer = start_writer(logins);
    let mut lines = BufReader::new(writer.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let written = |line: String| line.strip_prefix("written ").and_then(|number| number.parse().ok());
    let first: usize = lines.by_ref().find_map(written).expect("a first record");
    thread::sleep(Duration::from_micros(fastrand::u64(0..20_000)));
    writer.kill().unwrap();
    writer.wait().unwrap();
    lines.filter_map(written).last().unwrap_or(first)
}

/// The number in the refresh token that is stored, which is whole.
fn stored_number(store: &dyn LoginStore) -> usize {
    let stored = load(store, "bob").unwrap();
    let (number, rest) = stored.split_once('-').unwrap();
    assert_eq!(rest.len(), 20_000);
    number.parse().unwrap()
}

#[test]
fn a_killed_writer_leaves_the_old_login_or_the_new_one() {
    let directory = TempDir::new().unwrap();
    let logins = format!("file:{}", directory.path().join("logins").display());
    let store = place(&logins, "30000");
    let mut in_between = 0;
    for round in 0..ROUNDS {
        let written = kill_writer(&logins);
        let stored = stored_number(&*store);
        assert!(
            stored == written || stored == written + 1,
            "round {round}: {written}, {stored}"
        );
        in_between += usize::from(stored != written);
        drop(lock(&*store, "bob"));
        assert_eq!(store.list(SystemClock.now()).unwrap().len(), 1, "round {round}");
    }
    eprintln!("{in_between} of {ROUNDS} writers died between the write and what they said of it");
}

/// Runs this script of shell, in which `"$@"` does the step in STEP. Returns what each step said.
fn steps(mut shell: Command, script: &str, logins: &Path) -> Vec<String> {
    let output = shell
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(ANOTHER_PROCESS)
        .env(LOGINS, format!("file:{}", logins.display()))
        .env("LOGINS", logins.parent().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = said.lines().filter_map(|line| line.strip_prefix("said "));
    said.map(ToOwned::to_owned).collect()
}

#[test]
fn a_file_that_cannot_grow_leaves_the_old_login() {
    if !tools::require("bash") {
        return;
    }
    let directory = TempDir::new().unwrap();
    let logins = directory.path().join("logins");
    let script = "
        set -e
        STEP='save AQold' \"$@\"
        (trap '' XFSZ; ulimit -f 0; STEP='save AQnew' \"$@\") | cat
        STEP=load \"$@\"
        STEP='save AQnew' \"$@\"
        STEP=load \"$@\""
        .replace("STEP", STEP);
    let said = steps(Command::new("bash"), &script, &logins);
    let [first, full, old, again, new] = &said[..] else {
        panic!("{said:?}")
    };
    assert!(
        full.contains("cannot be written") && full.contains("Free some space"),
        "{full}"
    );
    assert_eq!(
        [first, old, again, new],
        ["Ok(())", "Some(\"AQold\")", "Ok(())", "Some(\"AQnew\")"]
    );
    assert_eq!(
        fs::read_dir(&logins).unwrap().count(),
        2,
        "record, lock and nothing else"
    );
}

#[test]
fn full_and_read_only_disks_keep_the_old_login_and_its_lock() {
    if !tools::require("unshare") || !tools::can_mount() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let script = "
        set -e
        mount -t tmpfs -o size=64k,mode=700 none \"$LOGINS\"
        STEP='save AQold' \"$@\"
        head -c 100000 /dev/zero >\"$LOGINS/filler\" 2>/dev/null || true
        STEP='save AQfull' \"$@\"
        STEP=load \"$@\"
        rm \"$LOGINS/filler\"
        STEP='save AQnew' \"$@\"
        mount -o remount,ro \"$LOGINS\"
        STEP='save AQlate' \"$@\"
        STEP=load \"$@\"
        STEP='lock bob' \"$@\"
        STEP='lock eve' \"$@\""
        .replace("STEP", STEP);
    let mut shell = Command::new("unshare");
    shell.args(["-m", "sh"]);
    let said = steps(shell, &script, &directory.path().join("logins"));
    let [first, full, old, again, read_only, new, locked, no_file] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!([first, old], ["Ok(())", "Some(\"AQold\")"]);
    assert!(full.contains("cannot be written: no storage space"), "{full}");
    assert_eq!([again, new, locked], ["Ok(())", "Some(\"AQnew\")", "Ok(true)"]);
    assert!(
        read_only.contains("cannot be written: read-only filesystem"),
        "{read_only}"
    );
    assert!(no_file.contains("cannot be locked: read-only filesystem"), "{no_file}");
}

#[test]
fn a_killed_holder_of_the_lock_blocks_nobody() {
    let directory = TempDir::new().unwrap();
    let logins = format!("file:{}", directory.path().join("logins").display());
    let (one, two) = (place(&logins, "30000"), place(&logins, "30000"));
    let held = lock(&*one, "bob");
    assert!(two.try_lock(&key("bob")).unwrap().is_none());
    assert!(held.until().is_none(), "for as long as it is held");
    drop(held);
    for _ in 0..5 {
        kill_writer(&logins);
        drop(lock(&*two, "bob"));
    }
}
