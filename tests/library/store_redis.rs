//! One token for many machines, through a real Redis server, and what is left of that when the server does not play along.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::clock::Moved;
use crate::support::fleet::{self, Fleet};
use crate::support::redis::Redis;
use crate::support::tls::{Authority, serve};
use crate::support::{SECRET, parts, server, slow_server, tools};
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::unstable::{self, Logger};
use spotify_token::{Client, ErrorKind};
use tempfile::TempDir;

/// How often the tests with many processes run.
const ROUNDS: usize = 10;

fn there_is_redis() -> bool {
    tools::require("redis-server") && tools::require("redis-cli")
}

/// A client on a machine of its own, and the lines it logs.
struct Machine {
    client: Client,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Machine {
    fn new(server: &StandIn, cache: &str, clock: &Moved) -> Machine {
        Machine::with(server, &[("cache", cache)], clock)
    }

    fn with(server: &StandIn, options: &[(&str, &str)], clock: &Moved) -> Machine {
        let mut parts = parts(&server.token_url(), options);
        parts.clock = Some(Box::new(clock.clone()));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log = lines.clone();
        parts.log = Logger::new(move |level, line| log.lock().unwrap().push(format!("{level:?} {line}")));
        Machine {
            client: unstable::client_from(parts),
            lines,
        }
    }

    fn token(&self) -> String {
        self.client.token().unwrap().access_token().to_owned()
    }

    fn warnings(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines
            .iter()
            .filter(|line| line.starts_with("Warning"))
            .cloned()
            .collect()
    }
}

/// The key that the token rests under.
fn key(redis: &Redis) -> String {
    let keys = redis.say(&["--raw", "KEYS", "spotify-token:*"]);
    let mut keys = keys.lines().filter(|key| !key.ends_with(":turn"));
    let key = keys.next().unwrap().to_owned();
    assert_eq!(keys.next(), None, "the mark is gone");
    key
}

#[test]
fn a_hundred_processes_of_two_machines_make_one_request() {
    if !there_is_redis() {
        return;
    }
    let homes = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    for round in 0..ROUNDS {
        let redis = Redis::start(&[]);
        let server = slow_server(Duration::from_millis(20));
        let commands = (0..100).map(|number| {
            let mut command = fleet::command(&server.token_url(), &redis.url());
            command.env("HOME", homes[number % 2].path());
            command
        });
        let tokens = Fleet::start(commands).tokens();
        assert_eq!((tokens.len(), server.requests().len()), (1, 1), "round {round}");
    }
}

#[test]
fn killed_processes_take_no_token_away_from_the_others() {
    if !there_is_redis() {
        return;
    }
    for round in 0..2 {
        let redis = Redis::start(&[]);
        let server = StandIn::scripted([Reply::hang(), Reply::token("BQabc", 3600)]).unwrap();
        let commands = (0..32).map(|_| {
            let mut command = fleet::command(&server.token_url(), &redis.url());
            // Half of it is what a dead process keeps the right to refresh for.
            command.env("SPOTIFY_TIMEOUT_MS", "10000");
            command
        });
        let fleet = Fleet::start_and_kill(commands, &server, 1);
        assert_eq!(fleet.tokens(), ["BQabc"], "round {round}");
        assert_eq!(server.requests().len(), 2, "round {round}");
    }
}

#[test]
fn a_server_that_is_stopped_and_started_in_the_middle_fails_nobody() {
    if !there_is_redis() {
        return;
    }
    let mut redis = Redis::start(&[]);
    let server = slow_server(Duration::from_millis(20));
    let url = redis.url();
    let commands = || (0..50).map(|_| fleet::command(&server.token_url(), &url));
    let before = Fleet::start(commands());
    redis.stop();
    let without = Fleet::start(commands());
    redis.start_again();
    let after = Fleet::start(commands());
    for fleet in [before, without, after] {
        assert!(!fleet.tokens().is_empty());
    }
}

#[test]
fn the_next_machine_finds_the_token_until_it_ends() {
    if !there_is_redis() {
        return;
    }
    let (redis, server, clock) = (Redis::start(&[]), server(), Moved::new());
    let first = Machine::new(&server, &redis.url(), &clock);
    let issued = first.token();
    let key = key(&redis);
    assert_eq!(key.len(), "spotify-token:".len() + 64);
    let left: i64 = redis.say(&["PTTL", &key]).parse().unwrap();
    assert!((3_590_000..=3_600_000).contains(&left), "{left}");
    let record = redis.say(&["GET", &key]);
    assert!(record.contains(&issued) && !record.contains(SECRET));

    clock.advance(Duration::from_secs(600));
    let second = Machine::new(&server, &redis.url(), &clock);
    assert_eq!(second.token(), issued);
    assert_eq!(
        unstable::expires_in(&second.client, &second.client.token().unwrap()),
        3000
    );
    assert_eq!(second.client.stats().store_hits, 1);
    let rotated = [("cache", redis.url()), ("client_secret", "rotated".to_owned())];
    let rotated: Vec<(&str, &str)> = rotated.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let rotated = Machine::with(&server, &rotated, &clock);
    assert_eq!(rotated.client.token().unwrap_err().kind(), ErrorKind::InvalidClient);
    assert_eq!(first.warnings().len() + second.warnings().len(), 0);
}

#[test]
fn what_was_rejected_does_not_come_back() {
    if !there_is_redis() {
        return;
    }
    let (redis, server, clock) = (Redis::start(&[]), server(), Moved::new());
    let machines = [(); 3].map(|()| Machine::new(&server, &redis.url(), &clock));
    let rejected = machines[0].token();
    assert!(machines.iter().all(|machine| machine.token() == rejected));
    for machine in &machines {
        unstable::invalidate(&machine.client, Some(&rejected));
        assert_ne!(machine.token(), rejected);
    }
    assert_eq!(server.requests().len(), 2, "a storm of rejections costs one request");
    machines[0].client.clear().unwrap();
    assert!(unstable::stored(&machines[0].client).unwrap().is_none());
}

#[test]
fn user_password_database_and_tls() {
    if !there_is_redis() {
        return;
    }
    let (server, clock) = (server(), Moved::new());
    let redis = Redis::start(&["--requirepass", "w@rd/canary"]);
    let url = |login: &str, database: &str| format!("redis://{login}127.0.0.1:{}{database}", redis.port);
    let good = Machine::new(&server, &url(":w%40rd%2Fcanary@", "/7"), &clock);
    good.token();
    assert_eq!(good.warnings().len(), 0);
    let keys = redis.say(&["-a", "w@rd/canary", "-n", "7", "DBSIZE"]);
    assert_eq!(keys, "2", "the token and the turn, in the database that was named");
    Machine::new(&server, &url("default:w%40rd%2Fcanary@", "/7"), &clock).token();
    assert_eq!(server.requests().len(), 1);
    for (login, database, words) in [
        ("", "", "it refuses with NOAUTH"),
        (":canary@", "", "it refuses with WRONGPASS"),
        (":w%40rd%2Fcanary@", "/7777", "it refuses with ERR"),
    ] {
        let machine = Machine::new(&server, &url(login, database), &clock);
        machine.token();
        let warnings = machine.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains(words), "{warnings:?}");
        assert!(!warnings[0].contains("canary"), "{warnings:?}");
    }

    let (directory, authority) = (TempDir::new().unwrap(), Authority::new());
    let redis = Redis::start_with_tls(|directory| authority.server_files_in(directory));
    let ca_file = authority.file_in(directory.path());
    let url = format!("rediss://localhost:{}", redis.port);
    let before = server.requests().len();
    for _ in 0..2 {
        let options = [("cache", url.as_str()), ("ca_file", ca_file.to_str().unwrap())];
        let machine = Machine::with(&server, &options, &clock);
        machine.token();
        assert_eq!(machine.warnings().len(), 0, "{:?}", machine.warnings());
    }
    assert_eq!(server.requests().len(), before + 1);
    let stranger = Machine::new(&server, &url, &clock);
    stranger.token();
    let warnings = stranger.warnings();
    assert!(
        warnings.len() == 1 && warnings[0].contains("UnknownIssuer"),
        "{warnings:?}"
    );
}

#[test]
fn a_server_that_is_no_help_costs_a_moment_and_is_left_alone() {
    let server = server();
    let connections = Arc::new(AtomicUsize::new(0));
    let serving = |answer: &'static [u8], goes_on: bool| {
        let count = connections.clone();
        serve(move |mut stream| {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 1024]);
            while stream.write_all(answer).is_ok() && goes_on && !answer.is_empty() {}
            // Nothing more is said, and the connection stays.
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    for (what, port, words) in [
        ("silent", serving(b"", false), "it does not answer in time"),
        (
            "HTTP",
            serving(b"HTTP/1.1 400 Bad Request\r\n\r\n", false),
            "makes no sense",
        ),
        (
            "endless",
            serving(b"$999999999\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true),
            "makes no sense",
        ),
        ("deep", serving(b"*1\r\n*1\r\n*1\r\n*1\r\n", true), "makes no sense"),
        (
            "wide",
            serving(b"*9223372036854775807\r\n:1\r\n", false),
            "does not answer",
        ),
        (
            "another type",
            serving(b":1\r\n:1\r\n:1\r\n:1\r\n", false),
            "makes no sense",
        ),
        ("echo", serving(b"-canary canary canary\r\n", true), "makes no sense"),
        (
            "full",
            serving(b"-OOM command not allowed, canary\r\n", true),
            "refuses with OOM",
        ),
    ] {
        connections.store(0, Ordering::SeqCst);
        let clock = Moved::new();
        let machine = Machine::new(&server, &format!("redis://127.0.0.1:{port}"), &clock);
        let begin = Instant::now();
        machine.token();
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(10), "{what}: {took:?}");
        for _ in 0..5 {
            unstable::invalidate(&machine.client, None);
            machine.token();
        }
        assert_eq!(connections.load(Ordering::SeqCst), 1, "{what}");
        let warnings = machine.warnings();
        assert!(
            warnings.len() == 1 && warnings[0].contains(words),
            "{what}: {warnings:?}"
        );
        assert!(!warnings[0].contains("canary"), "{what}: {warnings:?}");
        clock.advance(Duration::from_secs(31));
        unstable::invalidate(&machine.client, None);
        machine.token();
        assert!(connections.load(Ordering::SeqCst) > 1, "{what}: tried again");
        assert_eq!(machine.warnings().len(), 1, "{what}");
    }
}

#[test]
fn a_server_that_comes_back_is_used_again() {
    if !there_is_redis() {
        return;
    }
    let (mut redis, server, clock) = (Redis::start(&[]), server(), Moved::new());
    let machine = Machine::new(&server, &redis.url(), &clock);
    let rejected = machine.token();
    redis.stop();
    unstable::invalidate(&machine.client, None);
    machine.token();
    assert_eq!(machine.client.clear().unwrap_err().kind(), ErrorKind::Connect);
    redis.start_again();
    clock.advance(Duration::from_secs(31));
    unstable::invalidate(&machine.client, None);
    let last = machine.token();
    assert_ne!(last, rejected);
    assert_eq!(Machine::new(&server, &redis.url(), &clock).token(), last);
    let lines = machine.lines.lock().unwrap();
    assert!(lines.iter().any(|line| line.ends_with("works again")), "{lines:?}");
}

#[test]
fn a_server_that_goes_between_lease_and_save_takes_nothing_along() {
    if !there_is_redis() {
        return;
    }
    let mut redis = Redis::start(&[]);
    let server = slow_server(Duration::from_millis(300));
    let machine = Machine::new(&server, &redis.url(), &Moved::new());
    let client = machine.client.clone();
    let asking = thread::spawn(move || client.token().map(|token| token.access_token().to_owned()));
    while server.requests().is_empty() {
        thread::yield_now();
    }
    redis.stop();
    assert!(asking.join().unwrap().unwrap().starts_with("BQ"));
    assert_eq!(machine.warnings().len(), 1);
}

#[test]
fn a_dead_holder_loses_its_right_and_a_late_one_overwrites_nothing() {
    if !there_is_redis() {
        return;
    }
    let (redis, clock) = (Redis::start(&[]), Moved::new());
    let slow = Reply::token("BQolder", 3600).after(Duration::from_millis(700));
    let server = StandIn::scripted([slow, Reply::token("BQnewer", 3600)]).unwrap();
    let late = Machine::new(&server, &redis.url(), &clock).client;
    let asking = thread::spawn(move || late.token().map(|token| token.access_token().to_owned()));
    while server.requests().is_empty() {
        thread::yield_now();
    }
    // Its mark ends, as if it had been stopped for long.
    let mark = redis.say(&["--raw", "KEYS", "*:lease"]);
    assert_eq!(redis.say(&["DEL", &mark]), "1");
    assert_eq!(Machine::new(&server, &redis.url(), &clock).token(), "BQnewer");
    assert_eq!(asking.join().unwrap().unwrap(), "BQolder");
    assert_eq!(Machine::new(&server, &redis.url(), &clock).token(), "BQnewer");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_mark_that_is_not_ours_is_not_removed() {
    if !there_is_redis() {
        return;
    }
    let (redis, clock) = (Redis::start(&[]), Moved::new());
    let server = slow_server(Duration::from_millis(200));
    let machine = Machine::new(&server, &redis.url(), &clock);
    let client = machine.client.clone();
    let asking = thread::spawn(move || client.token().map(|_| ()));
    while server.requests().is_empty() {
        thread::yield_now();
    }
    let mark = redis.say(&["--raw", "KEYS", "*:lease"]);
    let left: i64 = redis.say(&["PTTL", &mark]).parse().unwrap();
    assert!((1..=30_000).contains(&left), "{left}");
    redis.say(&["SET", &mark, "somebody else"]);
    asking.join().unwrap().unwrap();
    assert_eq!(redis.say(&["GET", &mark]), "somebody else");

    // Who never gives the right back is not waited for.
    let impatient = Machine::new(&server, &redis.url(), &clock);
    unstable::invalidate(&impatient.client, Some(&machine.token()));
    let own = impatient.token();
    assert!((19.0..=20.0).contains(&clock.waited().as_secs_f64()));
    assert_eq!(unstable::stored(&machine.client).unwrap().unwrap().access_token(), own);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn what_is_no_token_is_not_used_and_is_replaced() {
    if !there_is_redis() {
        return;
    }
    let (redis, server, clock) = (Redis::start(&[]), server(), Moved::new());
    Machine::new(&server, &redis.url(), &clock).token();
    let key = key(&redis);
    let huge = "x".repeat(100_000);
    let hostile = r#"{"version":1,"access_token":"BQ\r\nX: y","scope":"","lifetime_s":3600,"expires_at_ms":1}"#;
    let later = r#"{"version":1,"access_token":"BQx","scope":"","lifetime_s":0,"expires_at_ms":1,"turn":1e300}"#;
    for planting in [
        vec!["SET", &key, "nonsense"],
        vec!["SET", &key, &huge],
        vec!["SET", &key, hostile],
        vec!["SET", &key, later],
        vec!["SET", &key, "[[[[[[[["],
        vec!["RPUSH", &key, "a list"],
    ] {
        redis.say(&["DEL", &key]);
        redis.say(&planting);
        let machine = Machine::new(&server, &redis.url(), &clock);
        let token = machine.token();
        assert_eq!(machine.warnings().len(), 1, "{:?}", machine.warnings());
        assert_eq!(
            unstable::stored(&machine.client).unwrap().unwrap().access_token(),
            token,
            "{planting:?}"
        );
    }
}

#[test]
fn a_machine_whose_clock_is_off_serves_no_dead_token() {
    if !there_is_redis() {
        return;
    }
    let (redis, server) = (Redis::start(&[]), server());
    let (right, ahead, behind) = (Moved::new(), Moved::new(), Moved::new());
    ahead.step_wall(3_600_000);
    behind.step_wall(-1_800_000);
    Machine::new(&server, &redis.url(), &right).token();
    let key = key(&redis);
    redis.say(&["PEXPIRE", &key, "600000"]);
    for clock in [&right, &ahead, &right, &behind, &right] {
        let machine = Machine::new(&server, &redis.url(), clock);
        let token = machine.client.token().unwrap();
        let left = unstable::expires_in(&machine.client, &token);
        assert!((1..=3600).contains(&left));
        if server.requests().len() == 1 {
            assert!(left <= 600, "the server's clock has a say");
        }
    }
}

#[test]
fn a_full_server_fails_no_call() {
    if !there_is_redis() {
        return;
    }
    let (redis, server, clock) = (Redis::start(&["--maxmemory", "100kb"]), server(), Moved::new());
    let machine = Machine::new(&server, &redis.url(), &clock);
    machine.token();
    let warnings = machine.warnings();
    assert!(warnings.len() == 1 && warnings[0].contains("OOM"), "{warnings:?}");
}
