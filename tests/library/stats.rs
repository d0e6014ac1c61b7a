//! The figures of a client: why attempts failed, until when its token and its login are good, and when it last got a token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use spotify_token::Client;
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::unstable::{self, Stat};
use tempfile::TempDir;

use crate::support::clock::Moved;
use crate::support::{NOWHERE, client, parts, server};
use crate::user::{User, log_in};

/// Makes a client ask for a token and fail; returns the attempts that failed, and those for each reason.
fn failures(client: &Client) -> [u64; 6] {
    client.token().unwrap_err();
    let stats = client.stats();
    let reasons = [
        stats.refused,
        stats.rate_limited,
        stats.server_failures,
        stats.network_failures,
        stats.timeouts,
    ];
    let [a, b, c, d, e] = reasons;
    [stats.failures, a, b, c, d, e]
}

/// The same with this reply of the server to each attempt.
fn failures_of(reply: Reply) -> [u64; 6] {
    let server = StandIn::scripted([reply.clone(), reply]).unwrap();
    failures(&client(&server.token_url(), &[("max_retries", "1")]))
}

#[test]
fn failures_are_counted_by_their_reason() {
    let oauth = |status, error: &str| Reply::json(status, format!("{{\"error\":\"{error}\"}}"));
    for (reply, expected) in [
        (oauth(400, "invalid_client"), [1, 1, 0, 0, 0, 0]),
        (oauth(400, "brand_new"), [1, 1, 0, 0, 0, 0]),
        (Reply::empty(429), [2, 0, 2, 0, 0, 0]),
        (Reply::empty(503), [2, 0, 0, 2, 0, 0]),
        (Reply::empty(302), [1, 0, 0, 1, 0, 0]),
        (Reply::json(200, "{}"), [1, 0, 0, 1, 0, 0]),
    ] {
        assert_eq!(failures_of(reply.clone()), expected, "{reply:?}");
    }
    let nowhere = client(&format!("https://{NOWHERE}/"), &[("max_retries", "0")]);
    assert_eq!(failures(&nowhere), [1, 0, 0, 0, 1, 0]);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let late = client(&url, &[("max_retries", "0"), ("attempt_timeout_ms", "50")]);
    assert_eq!(failures(&late), [1, 0, 0, 0, 0, 1]);
}

/// The whole seconds between 1970 and this time.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn the_token_has_so_many_seconds_and_came_at_that_time() {
    let server = server();
    let clock = Moved::new();
    let mut parts = parts(&server.token_url(), &[]);
    parts.clock = Some(Box::new(clock.clone()));
    let client = unstable::client_from(parts);
    let times = |client: &Client| {
        [Stat::TokenSeconds, Stat::LoginSeconds, Stat::LastSuccess].map(|stat| unstable::stat(client, stat))
    };
    let stats = client.stats();
    assert_eq!((stats.token_expires_at, stats.login_ends_at), (None, None));
    assert_eq!((stats.last_success_at, times(&client)), (None, [0, 0, 0]));

    let before = seconds(SystemTime::now());
    let token = client.token().unwrap();
    let [left, login, success] = times(&client);
    assert!((3590..=3600).contains(&left) && login == 0, "{left} {login}");
    assert!((before..before + 10).contains(&success), "{success} after {before}");
    let stats = client.stats();
    assert_eq!(stats.token_expires_at, Some(token.expires_at()));
    assert_eq!(stats.last_success_at.map(seconds), Some(success));

    clock.advance(Duration::from_secs(1000));
    server.advance(Duration::from_secs(1000));
    assert!((2590..=2600).contains(&times(&client)[0]));
    assert_eq!(times(&client)[2], success, "a token from memory is no news");
    clock.advance(Duration::from_secs(2600));
    assert_eq!(times(&client)[0], 0, "it has expired");
    client.refresh().unwrap();
    assert!(times(&client)[2] >= success + 3600);
}

#[test]
fn a_token_from_the_store_is_a_success() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    let cache = format!("file:{}", directory.path().display());
    let client = || client(&server.token_url(), &[("cache", &cache)]);
    client().token().unwrap();
    let second = client();
    second.token().unwrap();
    assert_eq!((second.stats().store_hits, second.stats().requests), (1, 0));
    assert!(second.stats().last_success_at.is_some());
}

#[test]
fn the_login_ends_in_so_many_seconds() {
    let (server, directory) = (server(), TempDir::new().unwrap());
    log_in(&server, directory.path());
    let user = User::new(&server, directory.path(), &[]);
    let left = || unstable::stat(&user.client, Stat::LoginSeconds);
    assert_eq!(
        (left(), user.client.stats().login_ends_at),
        (0, None),
        "nobody has looked"
    );
    user.token();
    let day = 24 * 3600;
    let first = left();
    assert!((180 * day..=185 * day).contains(&first), "six months: {first}");
    let ends_at = user.client.stats().login_ends_at.unwrap();
    let until = ends_at.duration_since(SystemTime::now()).unwrap();
    assert!(first.abs_diff(until.as_secs()) < 10);
    user.clock.advance(Duration::from_secs(day));
    assert!(left() + day <= first && left() + day + 10 > first);
    user.clock.advance(Duration::from_secs(200 * day));
    assert_eq!(left(), 0, "it has ended");
}
