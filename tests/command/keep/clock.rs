//! Clocks that are set, and machines that are suspended, while a file is kept.

use std::time::{Duration, Instant};

use spotify_token::stand_in::{Reply, StandIn};
use tempfile::TempDir;

use crate::support::keeper::{Keeper, of_lifetime};
use crate::support::moved_clock::MovedClock;
use crate::support::outage::Front;
use crate::support::place::Place;
use crate::support::{eventually, server};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// As long as a keeper waits at most.
const LONG_STEP: Duration = Duration::from_secs(5);

#[test]
fn a_wall_clock_that_is_set_back_prolongs_no_token() {
    let directory = TempDir::new().unwrap();
    let Some(clock) = MovedClock::new(directory.path()) else {
        return;
    };
    let server = of_lifetime(2);
    let place = clock.in_place(Place::knowing(&server));
    let mut keeper = Keeper::start(&place, &[]);
    let mut token = keeper.content_after("");
    clock.set_back(DAY);
    for _ in 0..3 {
        let start = Instant::now();
        token = keeper.content_after(&token);
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    assert!(keeper.end("TERM").status.success());
}

/// Moves the clocks of a keeper by a day; its token has to be replaced.
fn replaced_after(move_clocks: impl Fn(&MovedClock)) {
    let directory = TempDir::new().unwrap();
    let Some(clock) = MovedClock::new(directory.path()) else {
        return;
    };
    let server = server();
    let place = clock.in_place(Place::knowing(&server));
    let mut keeper = Keeper::start(&place, &[]);
    let token = keeper.content_after("");
    move_clocks(&clock);
    let start = Instant::now();
    assert_ne!(keeper.content_after(&token), token);
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "it looks at the clock every five seconds"
    );
    assert!(keeper.end("TERM").status.success());
}

#[test]
fn a_token_that_expired_while_the_machine_was_suspended_is_replaced() {
    replaced_after(|clock| clock.suspend(DAY));
}

#[test]
fn a_token_that_expired_because_the_wall_clock_was_set_forward_is_replaced() {
    replaced_after(|clock| clock.set_forward(DAY));
}

#[test]
fn the_file_comes_back_with_the_server() {
    let directory = TempDir::new().unwrap();
    let Some(clock) = MovedClock::new(directory.path()) else {
        return;
    };
    let server = server();
    let front = Front::of(&server);
    let place = clock
        .in_place(Place::knowing(&server))
        .variable("SPOTIFY_TOKEN_URL", &front.token_url())
        .variable("SPOTIFY_MAX_RETRIES", "0");
    let mut keeper = Keeper::start(&place, &[]);
    keeper.content_after("");
    front.begin_outage();
    clock.run(LONG_STEP);
    eventually("three hours", || clock.passed() >= DAY / 8);
    clock.run(Duration::ZERO);
    assert!(!keeper.file.exists(), "its token has expired");
    front.lead_to(&server);
    clock.run(LONG_STEP);
    keeper.content_after("");
    let said = String::from_utf8(keeper.end("TERM").stderr).unwrap();
    assert_eq!(
        said.matches("warning: no new token: ").count(),
        1,
        "an outage is said once: {said}"
    );
}

#[test]
fn a_rate_limit_of_a_day_is_obeyed_and_ends_nothing() {
    let directory = TempDir::new().unwrap();
    let Some(clock) = MovedClock::new(directory.path()) else {
        return;
    };
    let limited = Reply::empty(429).header("retry-after", "86400");
    let server = StandIn::scripted([Reply::token("BQfirst", 3600), limited, Reply::token("BQsecond", 3600)]).unwrap();
    let place = clock.in_place(Place::knowing(&server));
    let mut keeper = Keeper::start(&place, &[]);
    assert_eq!(keeper.content_after(""), "BQfirst");
    clock.run(LONG_STEP);
    eventually("the end of the first token", || !keeper.file.exists());
    assert_eq!(keeper.content_after("BQfirst"), "BQsecond");
    clock.run(Duration::ZERO);
    assert!(clock.passed() >= DAY, "{:?}", clock.passed());
    assert_eq!(server.requests().len(), 3);
    let output = keeper.end("TERM");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && said.contains("no new token: the server is rate limiting requests"),
        "{said}"
    );
}
