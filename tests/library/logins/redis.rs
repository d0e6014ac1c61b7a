//! Logins of several machines in real Redis servers.

use std::time::{Duration, Instant};

use spotify_token::unstable::logins::LoginLock;
use spotify_token::unstable::{Clock, SystemClock};

use super::{ROUNDS, key, kill_writer, listed, load, lock, lock_when_free, place, record, save, stored_number};
use crate::support::redis::{Cluster, Redis, WithSentinel, wait_until};
use crate::support::tools;

fn there_is_redis() -> bool {
    tools::require("redis-server") && tools::require("redis-cli")
}

/// For how long the lock is surely held.
fn time_left(lock: &LoginLock) -> Duration {
    lock.until().unwrap().saturating_duration_since(Instant::now())
}

fn record_key(account: &str) -> String {
    format!("spotify-token:login:{{{}}}", key(account).digest())
}

#[test]
fn two_machines_share_the_logins_in_redis() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let (one, two) = (place(&redis.url(), "30000"), place(&redis.url(), "30000"));
    assert_eq!(one.name(), format!("the logins in Redis at 127.0.0.1:{}", redis.port));
    assert_eq!(load(&*one, "bob"), None);
    let held = lock(&*one, "bob");
    assert!(two.try_lock(&key("bob")).unwrap().is_none(), "one machine at a time");
    let left = time_left(&held);
    assert!(
        left > Duration::from_secs(5) && left < Duration::from_secs(15),
        "{left:?}"
    );
    one.save(&held, &record("bob", "AQone")).unwrap();
    one.save(&held, &record("bob", "AQtwo")).unwrap();
    assert_eq!(load(&*two, "bob").as_deref(), Some("AQtwo"));
    drop(held);
    save(&*two, "bob", "AQthree");
    save(&*two, "eve", "AQeve");
    assert_eq!(load(&*one, "bob").as_deref(), Some("AQthree"));
    assert_eq!(listed(&*one), ["bob AQthree", "eve AQeve"]);
    assert_eq!(
        redis.say(&["PTTL", &record_key("bob")]),
        "-1",
        "a login does not expire"
    );

    let held = lock(&*one, "bob");
    assert_eq!((one.remove(&held), one.remove(&held)), (Ok(true), Ok(false)));
    drop(held);
    assert_eq!(
        (load(&*two, "bob"), listed(&*two)),
        (None, vec!["eve AQeve".to_owned()])
    );
    let left: i64 = redis.say(&["PTTL", &record_key("bob")]).parse().unwrap();
    assert!(left > 0, "what is left of it expires");
    save(&*two, "bob", "AQfour");
    assert_eq!(listed(&*one), ["bob AQfour", "eve AQeve"]);
}

#[test]
fn a_holder_that_stalls_loses_the_lease_and_replaces_no_later_login() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let (stalled, other) = (place(&redis.url(), "4000"), place(&redis.url(), "4000"));
    save(&*stalled, "bob", "AQfirst");
    let late = lock(&*stalled, "bob");
    let lease = format!("{}:lease", record_key("bob"));
    let (left_here, left_there) = (time_left(&late), redis.say(&["PTTL", &lease]));
    let left_there = Duration::from_millis(left_there.parse().unwrap());
    assert!(
        left_here < left_there,
        "it is not trusted until its last moment: {left_here:?}, {left_there:?}"
    );
    assert!(left_there <= Duration::from_secs(2));

    let held = lock_when_free(&*other, "bob");
    assert!(time_left(&late).is_zero());
    // Nobody has written since: what the late one has is worth keeping.
    stalled.save(&late, &record("bob", "AQlate")).unwrap();
    assert_eq!(load(&*other, "bob").as_deref(), Some("AQlate"));
    other.save(&held, &record("bob", "AQother")).unwrap();
    stalled.save(&late, &record("bob", "AQtoo late")).unwrap();
    assert_eq!(load(&*other, "bob").as_deref(), Some("AQother"));
    let error = stalled.remove(&late).unwrap_err();
    assert!(error.what.contains("another process has stored the login"), "{error:?}");
    drop(late);
    assert!(
        stalled.try_lock(&key("bob")).unwrap().is_none(),
        "its end returns no other's lease"
    );
    assert_eq!(other.remove(&held), Ok(true));
    drop(held);
    assert_eq!(load(&*other, "bob"), None);
}

#[test]
fn a_login_that_was_removed_is_not_written_again_by_a_holder_that_stalled() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let (stalled, other) = (place(&redis.url(), "4000"), place(&redis.url(), "4000"));
    save(&*stalled, "bob", "AQfirst");
    let late = lock(&*stalled, "bob");
    assert_eq!(other.remove(&lock_when_free(&*other, "bob")), Ok(true));
    stalled.save(&late, &record("bob", "AQlate")).unwrap();
    assert_eq!(load(&*other, "bob"), None);
    assert!(listed(&*other).is_empty());
    save(&*other, "bob", "AQnew");
    assert_eq!(load(&*stalled, "bob").as_deref(), Some("AQnew"));
}

#[test]
fn a_killed_writer_leaves_the_old_login_or_the_new_one_in_redis() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let store = place(&redis.url(), "30000");
    for round in 0..ROUNDS {
        let written = kill_writer(&redis.url());
        let stored = stored_number(&*store);
        assert!(
            stored == written || stored == written + 1,
            "round {round}: {written}, {stored}"
        );
        // The dead writer's, which nobody wants to wait for.
        redis.say(&["DEL", &format!("{}:lease", record_key("bob"))]);
    }
    assert_eq!(store.list(SystemClock.now()).unwrap().len(), 1);
}

#[test]
fn a_server_that_lost_its_counters_takes_logins_all_the_same() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let store = place(&redis.url(), "30000");
    let counter = format!("{}:fence", record_key("bob"));
    for refresh_token in ["AQ1", "AQ2", "AQ3"] {
        save(&*store, "bob", refresh_token);
    }
    for lost in ["DEL", "SET"] {
        let arguments = [lost, &counter, "1"];
        redis.say(&arguments[..if lost == "DEL" { 2 } else { 3 }]);
        for refresh_token in ["AQ4", "AQ5"] {
            save(&*store, "bob", refresh_token);
            assert_eq!(load(&*store, "bob").as_deref(), Some(refresh_token), "{lost}");
        }
    }
    // Nor does a record that somebody made up last for ever.
    for fence in ["1e300", "-1", "\"x\"", "[]", "4503599627370495"] {
        redis.say(&[
            "SET",
            &record_key("bob"),
            &format!("{{\"version\":1,\"fence\":{fence}}}"),
        ]);
        save(&*store, "bob", "AQ6");
        assert_eq!(load(&*store, "bob").as_deref(), Some("AQ6"), "{fence}");
    }
}

#[test]
fn a_bad_record_in_redis_is_an_error_until_the_user_logs_in_again() {
    if !there_is_redis() {
        return;
    }
    let redis = Redis::start(&[]);
    let store = place(&redis.url(), "30000");
    save(&*store, "bob", "AQcanary");
    let good = redis.say(&["--raw", "GET", &record_key("bob")]);
    let set = |text: &str| {
        redis.say(&["SET", &record_key("bob"), text]);
    };
    let huge = " ".repeat(100_000);
    let cases: [(&dyn Fn(), &str, &str); 6] = [
        (&|| set(&good[..good.len() / 2]), "damaged", "Log in again"),
        (&|| set("[[["), "damaged", "Log in again"),
        (&|| set(&huge), "larger", "Log in again"),
        (
            &|| set(&good.replace("\"version\":1", "\"version\":2")),
            "newer version",
            "Update",
        ),
        (
            &|| set(&good.replace("bob", "eve")),
            "another app or account",
            "Log in again",
        ),
        (
            &|| {
                redis.say(&["DEL", &record_key("bob")]);
                redis.say(&["LPUSH", &record_key("bob"), "x"]);
            },
            "not a login",
            "Log in again",
        ),
    ];
    for (spoil, what, advice) in cases {
        save(&*store, "bob", "AQold");
        spoil();
        let error = store.load(&key("bob"), SystemClock.now()).unwrap_err();
        assert!(error.what.contains(what) && error.advice.contains(advice), "{error:?}");
        assert!(error.what.contains(&record_key("bob")), "says which: {error:?}");
        assert!(!format!("{error:?}").contains("canary"));
        assert_eq!(listed(&*store), [format!("unreadable: {}", error.what)]);
        save(&*store, "bob", "AQnew");
        assert_eq!(load(&*store, "bob").as_deref(), Some("AQnew"));
        spoil();
        assert_eq!(store.remove(&lock(&*store, "bob")), Ok(true));
        assert_eq!(load(&*store, "bob"), None);
    }
}

#[test]
fn a_server_that_cannot_be_used_is_an_error_and_costs_a_limited_time() {
    if !there_is_redis() {
        return;
    }
    let mut redis = Redis::start(&[]);
    let store = place(&redis.url(), "8000");
    save(&*store, "bob", "AQone");
    let held = lock(&*store, "bob");
    redis.signal("-STOP");
    let start = Instant::now();
    let hangs = store.save(&held, &record("bob", "AQtwo")).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(hangs.what.contains("no response in time") && hangs.trips, "{hangs:?}");
    redis.signal("-CONT");
    store.save(&held, &record("bob", "AQtwo")).unwrap();
    redis.stop();
    for error in [
        store.load(&key("bob"), SystemClock.now()).err(),
        store.try_lock(&key("bob")).err(),
        store.save(&held, &record("bob", "AQthree")).err(),
        store.remove(&held).err(),
        store.list(SystemClock.now()).err(),
    ] {
        let error = error.expect("no server");
        assert!(
            error.what.contains("cannot connect") && error.advice.contains("\"logins\""),
            "{error:?}"
        );
    }
    redis.start_again();
    store.save(&held, &record("bob", "AQthree")).unwrap();
    assert_eq!(load(&*store, "bob").as_deref(), Some("AQthree"));
    redis.say(&["CONFIG", "SET", "requirepass", "word"]);
    let error = store.load(&key("bob"), SystemClock.now()).unwrap_err();
    assert!(
        error.what.contains("NOAUTH") && error.advice.contains("\"logins\""),
        "{error:?}"
    );
}

#[test]
fn logins_in_a_cluster_and_behind_sentinels() {
    if !there_is_redis() {
        return;
    }
    let cluster = Cluster::start(0);
    let store = place(&cluster.url_from(0), "30000");
    let accounts: Vec<String> = (0..8).map(|number| format!("user{number}")).collect();
    for account in &accounts {
        save(&*store, account, "AQabc");
    }
    assert_eq!(listed(&*place(&cluster.url_from(2), "30000")).len(), accounts.len());
    assert_eq!(store.remove(&lock(&*store, "user0")), Ok(true));
    assert_eq!(listed(&*store).len(), accounts.len() - 1);
    drop(cluster);

    let mut redis = WithSentinel::start(None);
    let store = place(&redis.url(), "30000");
    save(&*store, "bob", "AQone");
    let held = lock(&*store, "bob");
    wait_until("the replica does not follow", || {
        let counter = format!("{}:fence", record_key("bob"));
        redis.replica.say(&["GET", &counter]) == redis.master.say(&["GET", &counter])
    });
    redis.master.stop();
    wait_until("no failover", || redis.has_failed_over());
    wait_until("the next master does not take it", || {
        store.save(&held, &record("bob", "AQtwo")).is_ok()
    });
    assert_eq!(load(&*store, "bob").as_deref(), Some("AQtwo"));
}
