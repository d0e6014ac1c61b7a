//! The state machine, step by step, on a clock that the tests move.

use super::*;
use crate::error::{Error, ErrorKind};
use crate::protocol::token::TokenResponse;
use crate::secret::Secret;

const POLICY: Policy = Policy {
    refresh_before: Duration::from_secs(300),
    min_ttl: Duration::from_secs(30),
};

fn at(seconds: i64) -> Moment {
    Moment {
        wall_ms: 1_700_000_000_000 + seconds * 1000,
        steady_ms: seconds * 1000,
    }
}

fn token(name: &str, lifetime: u64, requested_at: i64) -> Arc<Outcome> {
    let token_response = TokenResponse {
        access_token: Secret::new(name),
        scope: String::new(),
        lifetime: Duration::from_secs(lifetime),
    };
    Arc::new(Outcome::new(Ok(Token::new(&token_response, at(requested_at)))))
}

fn failure(error: Error) -> Arc<Outcome> {
    Arc::new(Outcome::new(Err(error)))
}

/// What a caller would do, in a word.
fn step(state: &State, cached: Option<&Arc<Outcome>>, now: i64) -> &'static str {
    match state.step(cached.cloned(), &POLICY, at(now)) {
        Step::Serve { refresh: false, .. } => "serve",
        Step::Serve { refresh: true, .. } => "refresh",
        Step::Refuse(_) => "refuse",
        Step::Wait(_) => "wait",
        Step::Start => "start",
    }
}

#[test]
fn cold_then_fresh_then_due_then_expired() {
    let mut state = State::default();
    assert_eq!(step(&state, None, 0), "start");
    let flight = state.begin();
    assert_eq!(step(&state, None, 0), "wait");
    let outcome = token("a", 3600, 0);
    let cached = state.end(&flight, &outcome, None, at(1)).unwrap();
    for (now, expected) in [
        (1, "serve"),
        (3299, "serve"),
        (3300, "refresh"),
        (3570, "refresh"),
        (3571, "start"),
        (9999, "start"),
    ] {
        assert_eq!(step(&state, Some(&cached), now), expected, "{now} s");
    }
}

#[test]
fn short_lifetimes_shrink_the_margins() {
    let state = State::default();
    let cached = token("a", 10, 0);
    for (now, expected) in [(4, "serve"), (5, "refresh"), (9, "refresh"), (10, "start")] {
        assert_eq!(step(&state, Some(&cached), now), expected, "{now} s");
    }
    assert_eq!(step(&state, Some(&token("b", 1, 0)), 0), "serve");
}

#[test]
fn callers_are_served_while_one_request_refreshes() {
    let mut state = State::default();
    let cached = token("a", 3600, 0);
    state.begin();
    assert_eq!(step(&state, Some(&cached), 3400), "serve");
    assert_eq!(step(&state, Some(&cached), 3600), "wait");
}

#[test]
fn a_failed_refresh_backs_off_and_the_token_is_still_served() {
    let mut state = State::default();
    let cached = token("a", 3600, 0);
    let fault = failure(Error::new(ErrorKind::Server, "503"));
    let mut now = 3300;
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(step(&state, Some(&cached), now), "refresh", "{now} s");
        let flight = state.begin();
        assert!(state.end(&flight, &fault, cached.token(), at(now)).is_none());
        assert_eq!(step(&state, Some(&cached), now + wait - 1), "serve", "{now} s");
        now += wait;
    }
    assert_eq!(
        step(&state, Some(&cached), 3600),
        "start",
        "used up: now a caller asks, whatever the wait"
    );
}

#[test]
fn the_wait_after_a_failed_refresh_is_short_for_a_short_lifetime() {
    let mut state = State::default();
    let cached = token("a", 4, 0);
    let flight = state.begin();
    state.end(
        &flight,
        &failure(Error::new(ErrorKind::Server, "503")),
        cached.token(),
        at(2),
    );
    assert_eq!(step(&state, Some(&cached), 3), "refresh");
}

#[test]
fn a_refusal_is_returned_again_for_a_minute() {
    let mut state = State::default();
    let flight = state.begin();
    state.end(
        &flight,
        &failure(Error::new(ErrorKind::InvalidClient, "no")),
        None,
        at(0),
    );
    assert_eq!(step(&state, None, 59), "refuse");
    assert_eq!(step(&state, None, 60), "start");
    state.forget_failures();
    assert_eq!(step(&state, None, 1), "start");
}

#[test]
fn a_rate_limit_is_returned_again_for_as_long_as_the_server_says() {
    let mut state = State::default();
    let limited = |wait| failure(Error::new(ErrorKind::RateLimited, "429").with_retry_after(wait));
    let flight = state.begin();
    state.end(&flight, &limited(Some(Duration::from_secs(19056))), None, at(0));
    assert_eq!(step(&state, None, 19055), "refuse");
    assert_eq!(step(&state, None, 19056), "start");
    let flight = state.begin();
    state.end(&flight, &limited(None), None, at(0));
    assert_eq!(step(&state, None, 0), "start");
}

#[test]
fn a_rate_limited_refresh_does_not_take_the_token_away() {
    let mut state = State::default();
    let cached = token("a", 3600, 0);
    let flight = state.begin();
    let limited = Error::new(ErrorKind::RateLimited, "429").with_retry_after(Some(Duration::from_secs(100)));
    state.end(&flight, &failure(limited), cached.token(), at(3300));
    assert_eq!(step(&state, Some(&cached), 3399), "serve");
    assert_eq!(step(&state, Some(&cached), 3400), "refresh");
}

#[test]
fn other_failures_are_not_remembered() {
    let mut state = State::default();
    let flight = state.begin();
    state.end(
        &flight,
        &failure(Error::new(ErrorKind::Connect, "refused")),
        None,
        at(0),
    );
    assert_eq!(step(&state, None, 0), "start");
}

#[test]
fn an_abandoned_request_changes_nothing() {
    let mut state = State::default();
    let abandoned = state.begin();
    assert!(state.take_flight_if(|_| true).is_some());
    let current = state.begin();
    assert!(state.end(&abandoned, &token("late", 3600, 0), None, at(5)).is_none());
    assert_eq!(step(&state, None, 5), "wait");
    assert!(state.end(&current, &token("new", 3600, 5), None, at(6)).is_some());
}

#[test]
fn a_late_response_never_replaces_a_newer_token() {
    let mut state = State::default();
    let newer = token("newer", 3600, 10);
    let flight = state.begin();
    assert!(
        state
            .end(&flight, &token("older", 3600, 5), newer.token(), at(11))
            .is_none()
    );
}
