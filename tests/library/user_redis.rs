//! Tokens of a user whose login is kept in Redis: one refresh for several machines, and what happens when one of them or the server
//! fails.

use std::thread;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Accounts, Reply, Rotate, StandIn};
use spotify_token::unstable::logins::{LoginKey, Record, open};
use spotify_token::unstable::{self, Clock, Config, Endpoint, Environment, Secret, Settings, SystemClock};
use spotify_token::{Client, ErrorKind, Logins};
use tempfile::TempDir;

use crate::support::clock::Moved;
use crate::support::fleet::{self, Fleet};
use crate::support::redis::{Redis, wait_until};
use crate::support::{ID, logins, parts, tools};

fn there_is_redis() -> bool {
    tools::require("redis-server") && tools::require("redis-cli")
}

/// Keeps what it has when it is killed.
fn durable_redis() -> Redis {
    Redis::start(&["--appendonly", "yes"])
}

fn key(server: &StandIn) -> LoginKey {
    LoginKey::new(
        &Endpoint::parse(&server.token_url()).unwrap(),
        &Secret::new(ID),
        "default",
    )
}

fn record_key(server: &StandIn) -> String {
    format!("spotify-token:login:{{{}}}", key(server).digest())
}

fn log_in(server: &StandIn, redis: &Redis) {
    let place = Logins::Redis(redis.url().parse().unwrap());
    logins::log_in(server, logins::user(server).logins(place).scope("user-read-private"));
}

/// Stores a login with this server, whose access token has expired.
fn store_login(server: &StandIn, redis: &Redis) {
    let mut config = Config::new();
    config.set("logins", &redis.url()).unwrap();
    let environment = Environment::default();
    let store = open(&Settings::resolve(&config, &environment).unwrap(), &environment);
    let record = Record {
        token_url: server.token_url(),
        client_id: ID.to_owned(),
        account: "default".to_owned(),
        refresh_token: Secret::new("AQfirst"),
        previous_refresh_token: None,
        token: None,
        scope: String::new(),
        logged_in_at_ms: SystemClock.now().wall_ms,
        refused_at_ms: None,
    };
    let lock = store.try_lock(&key(server)).unwrap().unwrap();
    store.save(&lock, &record).unwrap();
}

fn stored(server: &StandIn, redis: &Redis) -> serde_json::Value {
    serde_json::from_str(&redis.say(&["--raw", "GET", &record_key(server)])).unwrap()
}

/// Makes the token in the record expire.
fn expire_record(server: &StandIn, redis: &Redis) {
    let mut json = stored(server, redis);
    json["token"]["expires_at_ms"] = 1.into();
    redis.say(&["SET", &record_key(server), &json.to_string()]);
}

/// A client on a machine of its own.
fn machine(server: &StandIn, redis: &Redis, timeout_ms: &str) -> (Client, Moved) {
    let url = redis.url();
    let options = [
        ("grant", "user"),
        ("logins", url.as_str()),
        ("max_retries", "0"),
        ("timeout_ms", timeout_ms),
    ];
    let mut parts = parts(&server.token_url(), &options);
    let clock = Moved::new();
    parts.clock = Some(Box::new(clock.clone()));
    (unstable::client_from(parts), clock)
}

fn token(client: &Client) -> String {
    client.token().unwrap().access_token().to_owned()
}

/// A response to a refresh.
fn refreshed(access_token: &str, refresh_token: &str) -> Reply {
    let body = format!(
        r#"{{"access_token":"{access_token}","token_type":"Bearer","expires_in":3600,"scope":"","refresh_token":"{refresh_token}"}}"#
    );
    Reply::json(200, &body)
}

fn wait_for_the_end_of_the_lease(server: &StandIn, redis: &Redis) {
    let lease = format!("{}:lease", record_key(server));
    wait_until("the lease does not expire", || redis.say(&["EXISTS", &lease]) == "0");
}

#[test]
fn many_processes_of_two_machines_make_one_refresh() {
    if !there_is_redis() {
        return;
    }
    let homes = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    for rotate in [Rotate::Always, Rotate::Never] {
        let redis = Redis::start(&[]);
        let server = StandIn::spotify(Accounts {
            rotate,
            delay: Duration::from_millis(20),
            ..Accounts::default()
        })
        .unwrap();
        log_in(&server, &redis);
        for round in 1..=5 {
            expire_record(&server, &redis);
            let commands = (0..64).map(|number| {
                let mut command = fleet::command(&server.token_url(), "memory");
                command
                    .env("HOME", homes[number % 2].path())
                    .env("SPOTIFY_GRANT", "user")
                    .env("SPOTIFY_LOGINS", redis.url())
                    .env_remove("CLIENT_SECRET");
                command
            });
            assert_eq!(Fleet::start(commands).tokens().len(), 1, "round {round}");
            assert_eq!(server.refreshes(), round);
        }
        assert_eq!(server.overlapping_refreshes(), 0);
    }
}

#[test]
fn a_killed_process_costs_the_others_the_rest_of_its_lease() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let server = StandIn::scripted([Reply::hang(), refreshed("BQabc", "AQabc")]).unwrap();
    store_login(&server, &redis);
    let commands = (0..32).map(|_| {
        let mut command = fleet::command(&server.token_url(), "memory");
        command
            .env("SPOTIFY_GRANT", "user")
            .env("SPOTIFY_LOGINS", redis.url())
            // A dead process keeps the lease for half of it.
            .env("SPOTIFY_TIMEOUT_MS", "10000")
            .env_remove("CLIENT_SECRET");
        command
    });
    let fleet = Fleet::start_and_kill(commands, &server, 1);
    assert_eq!(fleet.tokens(), ["BQabc"]);
    assert_eq!(server.requests().len(), 2);
    assert_eq!(stored(&server, &redis)["refresh_token"], "AQabc");
}

#[test]
fn a_request_ends_before_the_lease_does() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let server = StandIn::scripted([Reply::hang(), refreshed("BQabc", "AQabc")]).unwrap();
    store_login(&server, &redis);
    let (client, _) = machine(&server, &redis, "6000");
    let waiting = thread::spawn(move || client.token().map(|_| ()));
    wait_until("no request", || !server.requests().is_empty());
    let lease = format!("{}:lease", record_key(&server));
    let start = Instant::now();
    assert!(waiting.join().unwrap().is_err());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(redis.say(&["EXISTS", &lease]), "0", "returned");
    let (other, _) = machine(&server, &redis, "6000");
    assert_eq!(token(&other), "BQabc");
}

#[test]
fn a_login_that_could_not_be_written_before_its_lease_ended_is_written_before_the_next_refresh() {
    if !there_is_redis() {
        return;
    }
    let mut redis = durable_redis();
    let slow = refreshed("BQone", "AQone").after(Duration::from_millis(300));
    let server = StandIn::scripted([slow, refreshed("BQtwo", "AQtwo")]).unwrap();
    store_login(&server, &redis);
    let (client, clock) = machine(&server, &redis, "4000");
    let waiting = thread::spawn({
        let client = client.clone();
        move || token(&client)
    });
    wait_until("no request", || !server.requests().is_empty());
    redis.stop();
    assert_eq!(waiting.join().unwrap(), "BQone", "the token is handed out");
    assert_eq!(token(&client), "BQone");
    // Real time, as Redis counts it.
    thread::sleep(Duration::from_millis(2000));
    clock.advance(Duration::from_secs(3600));
    let error = client.token().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert_eq!(server.requests().len(), 1, "nobody refreshes without the lease");

    redis.start_again();
    assert_eq!(stored(&server, &redis)["refresh_token"], "AQfirst");
    wait_for_the_end_of_the_lease(&server, &redis);
    assert_eq!(token(&client), "BQtwo");
    let record = stored(&server, &redis);
    assert_eq!(
        (&record["refresh_token"], &record["previous_refresh_token"]),
        (&"AQtwo".into(), &"AQone".into())
    );
}

#[test]
fn a_login_that_another_machine_has_refreshed_meanwhile_is_not_replaced() {
    if !there_is_redis() {
        return;
    }
    let mut redis = durable_redis();
    let slow = refreshed("BQone", "AQone").after(Duration::from_millis(300));
    let replies = [slow, refreshed("BQother", "AQother"), refreshed("BQthree", "AQthree")];
    let server = StandIn::scripted(replies).unwrap();
    store_login(&server, &redis);
    let (client, clock) = machine(&server, &redis, "4000");
    let waiting = thread::spawn({
        let client = client.clone();
        move || token(&client)
    });
    wait_until("no request", || !server.requests().is_empty());
    redis.stop();
    assert_eq!(waiting.join().unwrap(), "BQone");
    redis.start_again();
    wait_for_the_end_of_the_lease(&server, &redis);
    let (other, _) = machine(&server, &redis, "4000");
    assert_eq!(token(&other), "BQother");

    clock.advance(Duration::from_secs(3600));
    assert_eq!(token(&client), "BQthree");
    let record = stored(&server, &redis);
    assert_eq!(
        (&record["refresh_token"], &record["previous_refresh_token"]),
        (&"AQthree".into(), &"AQother".into())
    );
}
