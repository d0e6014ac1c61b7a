//! One token for many machines, through real Redis servers, and what happens when those fail.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::clock::Moved;
use crate::support::fleet::{self, Fleet};
use crate::support::redis::{Cluster, Redis, WithSentinel, wait_until};
use crate::support::tls::{Ca, serve};
use crate::support::{SECRET, parts, server, slow_server, tools};
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::unstable::{self, Logger, SystemClock};
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

/// The key that the token is stored under.
fn key(redis: &Redis) -> String {
    let keys = redis.say(&["--raw", "KEYS", "spotify-token:*"]);
    let mut keys = keys.lines().filter(|key| !key.ends_with(":fence"));
    let key = keys.next().unwrap().to_owned();
    assert_eq!(keys.next(), None, "the lease has been returned");
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
fn killed_processes_cost_the_others_no_token() {
    if !there_is_redis() {
        return;
    }
    for round in 0..2 {
        let redis = Redis::start(&[]);
        let server = StandIn::scripted([Reply::hang(), Reply::token("BQabc", 3600)]).unwrap();
        let commands = (0..32).map(|_| {
            let mut command = fleet::command(&server.token_url(), &redis.url());
            // A dead process keeps the lease for half of it.
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
    assert_eq!(key.len(), "spotify-token:{}".len() + 64);
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
fn a_rejected_token_does_not_come_back() {
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
    assert_eq!(keys, "2", "the token and the fence, in the database that was named");
    Machine::new(&server, &url("default:w%40rd%2Fcanary@", "/7"), &clock).token();
    assert_eq!(server.requests().len(), 1);
    for (login, database, words) in [
        ("", "", "the server refused with NOAUTH"),
        (":canary@", "", "the server refused with WRONGPASS"),
        (":w%40rd%2Fcanary@", "/7777", "the server refused with ERR"),
    ] {
        let machine = Machine::new(&server, &url(login, database), &clock);
        machine.token();
        let warnings = machine.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains(words), "{warnings:?}");
        assert!(!warnings[0].contains("canary"), "{warnings:?}");
    }

    let (directory, ca) = (TempDir::new().unwrap(), Ca::new());
    let redis = Redis::start_with_tls(|directory| ca.server_files_in(directory));
    let ca_file = ca.file_in(directory.path());
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
fn a_server_that_does_not_work_costs_a_moment_and_is_not_used_for_a_while() {
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
        ("silent", serving(b"", false), "no response in time"),
        (
            "HTTP",
            serving(b"HTTP/1.1 400 Bad Request\r\n\r\n", false),
            "not one of Redis",
        ),
        (
            "endless",
            serving(b"$999999999\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true),
            "not one of Redis",
        ),
        ("deep", serving(b"*1\r\n*1\r\n*1\r\n*1\r\n", true), "not one of Redis"),
        ("wide", serving(b"*9223372036854775807\r\n:1\r\n", false), "no response"),
        (
            "another type",
            serving(b":1\r\n:1\r\n:1\r\n:1\r\n", false),
            "not one of Redis",
        ),
        ("echo", serving(b"-canary canary canary\r\n", true), "not one of Redis"),
        (
            "full",
            serving(b"-OOM command not allowed, canary\r\n", true),
            "refused with OOM",
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
fn a_server_that_stops_between_lease_and_save_costs_no_token() {
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
fn a_dead_holder_loses_the_lease_and_a_late_one_overwrites_nothing() {
    if !there_is_redis() {
        return;
    }
    let (redis, clock) = (Redis::start(&[]), Moved::new());
    let slow = Reply::token("BQolder", 3600).after(Duration::from_millis(1500));
    let server = StandIn::scripted([slow, Reply::token("BQnewer", 3600)]).unwrap();
    let late = Machine::new(&server, &redis.url(), &clock).client;
    let asking = thread::spawn(move || late.token().map(|token| token.access_token().to_owned()));
    while server.requests().is_empty() {
        thread::yield_now();
    }
    // Its lease ends, as if it had been stopped for long.
    let lease = redis.say(&["--raw", "KEYS", "*:lease"]);
    assert_eq!(redis.say(&["DEL", &lease]), "1");
    assert_eq!(Machine::new(&server, &redis.url(), &clock).token(), "BQnewer");
    assert_eq!(asking.join().unwrap().unwrap(), "BQolder");
    assert_eq!(Machine::new(&server, &redis.url(), &clock).token(), "BQnewer");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_lease_of_another_is_not_removed() {
    if !there_is_redis() {
        return;
    }
    let (redis, clock) = (Redis::start(&[]), Moved::new());
    let server = slow_server(Duration::from_secs(1));
    let machine = Machine::new(&server, &redis.url(), &clock);
    let client = machine.client.clone();
    let asking = thread::spawn(move || client.token().map(|_| ()));
    while server.requests().is_empty() {
        thread::yield_now();
    }
    let lease = redis.say(&["--raw", "KEYS", "*:lease"]);
    let left: i64 = redis.say(&["PTTL", &lease]).parse().unwrap();
    assert!((1..=30_000).contains(&left), "{left}");
    redis.say(&["SET", &lease, "somebody else"]);
    asking.join().unwrap().unwrap();
    assert_eq!(redis.say(&["GET", &lease]), "somebody else");

    // A process that never returns the lease is not waited for.
    let impatient = Machine::new(&server, &redis.url(), &clock);
    unstable::invalidate(&impatient.client, Some(&machine.token()));
    let own = impatient.token();
    assert!((19.0..=20.0).contains(&clock.waited().as_secs_f64()));
    assert_eq!(unstable::stored(&machine.client).unwrap().unwrap().access_token(), own);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn damaged_content_is_ignored_and_replaced() {
    if !there_is_redis() {
        return;
    }
    let (redis, server, clock) = (Redis::start(&[]), server(), Moved::new());
    Machine::new(&server, &redis.url(), &clock).token();
    let key = key(&redis);
    let huge = "x".repeat(100_000);
    let hostile = r#"{"version":1,"access_token":"BQ\r\nX: y","scope":"","lifetime_s":3600,"expires_at_ms":1}"#;
    let later = r#"{"version":1,"access_token":"BQx","scope":"","lifetime_s":0,"expires_at_ms":1,"fence":1e300}"#;
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
        let stored = unstable::stored(&machine.client);
        assert_eq!(machine.warnings().len(), 1, "{:?}", machine.warnings());
        let stored = stored.unwrap_or_else(|error| panic!("{planting:?}: {error}, {:?}", machine.warnings()));
        assert_eq!(stored.unwrap().access_token(), token, "{planting:?}");
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
            assert!(left <= 600, "the server's clock counts");
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

#[test]
fn a_cluster_is_used_from_whatever_node_is_named() {
    if !there_is_redis() {
        return;
    }
    let (cluster, server, clock) = (Cluster::start(0), server(), Moved::new());
    for seed in 0..3 {
        // One node alone: it leads to the one that has the keys.
        let url = format!("redis://127.0.0.1:{}", cluster.nodes[seed].port);
        let machines = [(); 2].map(|()| Machine::new(&server, &url, &clock));
        let issued = machines[0].token();
        assert_eq!(machines[1].token(), issued);
        assert_eq!(server.requests().len(), 1 + seed * 2);
        unstable::invalidate(&machines[0].client, Some(&issued));
        let next = machines[0].token();
        assert_ne!(next, issued);
        assert_eq!(
            unstable::stored(&machines[1].client).unwrap().unwrap().access_token(),
            next
        );
        machines[1].client.clear().unwrap();
        assert!(unstable::stored(&machines[0].client).unwrap().is_none());
        for machine in &machines {
            assert_eq!(machine.warnings().len(), 0, "{:?}", machine.warnings());
        }
    }
    let url = format!("redis://127.0.0.1:{}/7", cluster.nodes[0].port);
    let machine = Machine::new(&server, &url, &clock);
    machine.token();
    assert!(
        machine.warnings()[0].contains("refused with ERR"),
        "{:?}",
        machine.warnings()
    );
}

#[test]
fn many_processes_that_use_a_cluster_make_one_request() {
    if !there_is_redis() {
        return;
    }
    let cluster = Cluster::start(0);
    let server = slow_server(Duration::from_millis(50));
    let commands = (0..30).map(|number| fleet::command(&server.token_url(), &cluster.url_from(number % 3)));
    let tokens = Fleet::start(commands).tokens();
    assert_eq!((tokens.len(), server.requests().len()), (1, 1));
    let keys = cluster.keys();
    assert_eq!(keys.len(), 2, "the token and the fence: {keys:?}");
    assert_eq!(cluster.owner(&keys[0]), cluster.owner(&keys[1]), "they are on one node");
}

#[test]
fn keys_that_a_cluster_moves_are_used_meanwhile() {
    if !there_is_redis() {
        return;
    }
    let (cluster, server, clock) = (Cluster::start(0), server(), Moved::new());
    let url = cluster.url_from(0);
    let mut machines = vec![Machine::new(&server, &url, &clock)];
    let first = machines[0].token();
    let keys = cluster.keys();
    let from = cluster.owner(&keys[0]);
    let to = (from + 1) % 3;
    let ids = [from, to].map(|at| cluster.nodes[at].say(&["CLUSTER", "MYID"]));
    let slot = cluster.nodes[0].say(&["CLUSTER", "KEYSLOT", &keys[0]]);
    assert_eq!(
        cluster.nodes[to].say(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &ids[0]]),
        "OK"
    );
    assert_eq!(
        cluster.nodes[from].say(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &ids[1]]),
        "OK"
    );

    // The token is still on the old node, and there is no refusal on either.
    machines.push(Machine::new(&server, &url, &clock));
    assert_eq!(machines[1].token(), first);
    // The next token goes to the new node. The fence counts on the old one.
    unstable::invalidate(&machines[1].client, Some(&first));
    let second = machines[1].token();
    machines.push(Machine::new(&server, &url, &clock));
    assert_eq!(machines[2].token(), second);
    assert_eq!(server.requests().len(), 2);
    assert_eq!(
        cluster.nodes[from]
            .say(&["EXISTS", &keys[0]])
            .lines()
            .next()
            .map(|line| line.starts_with("ASK")),
        Some(true)
    );

    // The rest follows, in the middle of a request.
    let port = cluster.nodes[to].port.to_string();
    for key in &keys {
        cluster.nodes[from].say(&["MIGRATE", "127.0.0.1", &port, key, "0", "5000"]);
    }
    machines.push(Machine::new(&server, &url, &clock));
    machines[3].client.clear().unwrap();
    let third = machines[3].token();
    for node in &cluster.nodes {
        assert_eq!(node.say(&["CLUSTER", "SETSLOT", &slot, "NODE", &ids[1]]), "OK");
    }
    machines.push(Machine::new(&server, &url, &clock));
    assert_eq!(machines[4].token(), third);
    machines[3].client.clear().unwrap();
    assert_ne!(machines[3].token(), third);
    assert_eq!(server.requests().len(), 4);
    for machine in &machines {
        assert_eq!(machine.warnings().len(), 0, "{:?}", machine.warnings());
    }
}

/// Processes that ask while a master dies: one has the lease and waits for the server, the others wait for it.
struct Failover {
    server: StandIn,
    fleet: Fleet,
}

impl Failover {
    /// Begins it, and returns when the server has the request and the others wait.
    fn begin(url: &str) -> Failover {
        let server = slow_server(Duration::from_secs(6));
        let command = || {
            let mut command = fleet::command(&server.token_url(), url);
            command.env("SPOTIFY_ATTEMPT_TIMEOUT_MS", "30000");
            command
        };
        let mut fleet = Fleet::start([command()]);
        wait_until("nobody asks the server", || !server.requests().is_empty());
        fleet.add((0..10).map(|_| command()));
        thread::sleep(Duration::from_secs(1));
        Failover { server, fleet }
    }

    /// Nobody has failed, all have the one token, and one who comes later finds it.
    fn check(self, url: &str) {
        let tokens = self.fleet.tokens();
        let later = fleet::token_of(&mut fleet::command(&self.server.token_url(), url));
        assert_eq!((tokens.len(), self.server.requests().len()), (1, 1));
        assert_eq!(tokens[0], later);
    }
}

#[test]
fn a_sentinel_leads_to_the_master() {
    if !there_is_redis() {
        return;
    }
    let (redis, server, clock) = (WithSentinel::start(None), server(), Moved::new());
    // The first of the Sentinels is not there.
    let urls = [
        redis.url(),
        format!(
            "redis+sentinel://127.0.0.1:9,127.0.0.1:{}/mymaster/0",
            redis.sentinel.port
        ),
    ];
    let machines = urls.map(|url| Machine::new(&server, &url, &clock));
    let issued = machines[0].token();
    assert_eq!(machines[1].token(), issued);
    assert_eq!(machines.each_ref().map(|machine| machine.warnings().len()), [0, 0]);
    let keys = redis.master.say(&["--raw", "KEYS", "*"]);
    assert!(keys.contains("spotify-token:{"), "{keys}");

    let wrong = redis.url().replace("mymaster", "nobody");
    let machine = Machine::new(&server, &wrong, &clock);
    machine.token();
    assert!(
        machine.warnings()[0].contains("knows no master named nobody"),
        "{:?}",
        machine.warnings()
    );
}

#[test]
fn sentinels_with_a_password() {
    if !there_is_redis() {
        return;
    }
    let (redis, server, clock) = (WithSentinel::start(Some("canary")), server(), Moved::new());
    let url = |login: &str| redis.url().replace("://", &format!("://{login}"));
    let machines = [(); 2].map(|()| Machine::new(&server, &url(":canary@"), &clock));
    assert_eq!(machines[0].token(), machines[1].token());
    for login in ["", ":wrong@"] {
        let machine = Machine::new(&server, &url(login), &clock);
        machine.token();
        let warnings = machine.warnings();
        assert!(
            warnings.len() == 1 && warnings[0].contains("refused with"),
            "{warnings:?}"
        );
        assert!(!warnings[0].contains("canary"), "{warnings:?}");
    }
    assert_eq!(server.requests().len(), 3);
    assert_eq!(machines.each_ref().map(|machine| machine.warnings().len()), [0, 0]);
}

#[test]
fn a_failover_of_sentinel_in_the_middle_of_a_lease_costs_no_token_and_no_request() {
    if !there_is_redis() {
        return;
    }
    let mut redis = WithSentinel::start(None);
    let failover = Failover::begin(&redis.url());
    redis.master.stop();
    wait_until("no failover", || redis.has_failed_over());
    assert_eq!(
        failover.server.requests().len(),
        1,
        "nobody else asks while the master is dead"
    );
    failover.check(&redis.url());
}

#[test]
fn a_failover_of_a_cluster_in_the_middle_of_a_lease_costs_no_token_and_no_request() {
    if !there_is_redis() {
        return;
    }
    let mut cluster = Cluster::start(1);
    let url = cluster.url_from(0);
    let failover = Failover::begin(&url);
    let lease = cluster.keys().into_iter().find(|key| key.ends_with(":lease")).unwrap();
    let owner = cluster.owner(&lease);
    cluster.nodes[owner].stop();
    failover.check(&url);
}

#[test]
fn a_token_is_stored_later_when_the_master_is_dead_in_the_moment_of_the_response() {
    if !there_is_redis() {
        return;
    }
    let mut redis = Redis::start(&[]);
    let server = slow_server(Duration::from_millis(300));
    let mut parts = parts(&server.token_url(), &[("cache", &redis.url())]);
    parts.clock = Some(Box::new(SystemClock));
    let client = unstable::client_from(parts);
    let asking = client.clone();
    let asking = thread::spawn(move || asking.token().map(|token| token.access_token().to_owned()));
    wait_until("nobody asks", || !server.requests().is_empty());
    redis.stop();
    let token = asking.join().unwrap().unwrap();
    redis.start_again();
    // By another client: this one does not use a store that failed just now.
    let other = Machine::new(&server, &redis.url(), &Moved::new());
    wait_until("the token is not stored", || {
        unstable::stored(&other.client).unwrap().is_some()
    });
    assert_eq!(other.token(), token);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_refresh_replaces_what_is_stored() {
    if !there_is_redis() {
        return;
    }
    let (redis, clock) = (Redis::start(&[]), Moved::new());
    let replies = [("BQa", 3600), ("BQb", 600), ("BQc", 3600)].map(|(token, lifetime)| Reply::token(token, lifetime));
    let server = StandIn::scripted(replies).unwrap();
    let machine = || Machine::new(&server, &redis.url(), &clock);
    assert_eq!(machine().token(), "BQa");
    for refreshed in ["BQb", "BQc"] {
        assert_eq!(machine().client.refresh().unwrap().access_token(), refreshed);
        assert_eq!(machine().token(), refreshed);
    }
}

#[test]
fn a_request_that_stalls_does_not_overwrite_a_refresh() {
    if !there_is_redis() {
        return;
    }
    let (redis, clock) = (Redis::start(&[]), Moved::new());
    let slow = Reply::token("BQolder", 3600).after(Duration::from_millis(1500));
    let server = StandIn::scripted([slow, Reply::token("BQnewer", 3600)]).unwrap();
    let stalled = Machine::new(&server, &redis.url(), &clock).client;
    let asking = thread::spawn(move || stalled.token().map(|token| token.access_token().to_owned()));
    wait_until("nobody asks", || !server.requests().is_empty());
    Machine::new(&server, &redis.url(), &clock).client.refresh().unwrap();
    assert_eq!(asking.join().unwrap().unwrap(), "BQolder");
    assert_eq!(Machine::new(&server, &redis.url(), &clock).token(), "BQnewer");
}

#[test]
fn machines_in_a_row_share_a_refusal() {
    if !there_is_redis() {
        return;
    }
    for (reply, code) in [
        (
            Reply::json(400, r#"{"error":"invalid_client"}"#),
            ErrorKind::InvalidClient,
        ),
        (Reply::empty(429).header("Retry-After", "50"), ErrorKind::RateLimited),
    ] {
        let (redis, clock) = (Redis::start(&[]), Moved::new());
        let server = StandIn::scripted([reply.clone(), reply, Reply::token("BQa", 3600)]).unwrap();
        let url = redis.url();
        let options = [("cache", url.as_str()), ("max_retries", "0")];
        let machine = || Machine::with(&server, &options, &clock);
        for _ in 0..5 {
            let refused = machine();
            assert_eq!(refused.client.token().unwrap_err().kind(), code);
            assert_eq!(refused.warnings().len(), 0, "{:?}", refused.warnings());
        }
        assert_eq!(server.requests().len(), 1);
        let keys = redis.say(&["--raw", "KEYS", "*:refusal"]);
        let left: i64 = redis.say(&["PTTL", &keys]).parse().unwrap();
        assert!((1..=60_000).contains(&left), "{left}");
        assert!(!redis.say(&["GET", &keys]).contains(SECRET));
        machine().client.clear().unwrap();
        assert_eq!(redis.say(&["EXISTS", &keys]), "0");
        machine().client.token().unwrap_err();
        assert_eq!(machine().client.refresh().unwrap().access_token(), "BQa");
        assert_eq!(machine().token(), "BQa");
        assert_eq!(server.requests().len(), 3);
    }
}
