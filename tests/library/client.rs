//! A client that always has a token: cached, renewed ahead of its end, one request for everybody. Clocks are moved.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use crate::support::clock::Moved;
use crate::support::{client, eventually, parts, server};
use spotify_token::stand_in::{Accounts, Reply, StandIn};
use spotify_token::unstable::{self, Logger};
use spotify_token::{Client, ErrorKind};

/// A client whose clock the test moves.
fn timed(server: &StandIn, options: &[(&str, &str)]) -> (Client, Moved) {
    let clock = Moved::new();
    let mut parts = parts(&server.token_url(), options);
    parts.clock = Some(Box::new(clock.clone()));
    (unstable::client_from(parts), clock)
}

fn text(client: &Client) -> String {
    client.token().unwrap().access_token().to_owned()
}

/// Runs this in so many threads at once; gives the results.
fn together<T: Send + 'static>(threads: usize, run: impl Fn() -> T + Send + Sync + 'static) -> Vec<T> {
    let (run, barrier) = (Arc::new(run), Arc::new(Barrier::new(threads)));
    let start = |_| {
        let (run, barrier) = (run.clone(), barrier.clone());
        thread::spawn(move || {
            barrier.wait();
            run()
        })
    };
    let running: Vec<_> = (0..threads).map(start).collect();
    running.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn sixty_four_threads_on_a_cold_client_make_one_request() {
    let server = StandIn::spotify(Accounts {
        delay: Duration::from_millis(50),
        ..Accounts::default()
    })
    .unwrap();
    let client = client(&server.token_url(), &[]);
    let asking = client.clone();
    let tokens = together(64, move || text(&asking));
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!((server.requests().len(), client.stats().requests), (1, 1));
    assert_eq!(client.stats().waits + client.stats().hits, 63);
}

#[test]
fn sixty_four_threads_whose_token_was_rejected_make_one_request() {
    let server = server();
    let client = client(&server.token_url(), &[]);
    let rejected = text(&client);
    let (asking, old) = (client.clone(), rejected.clone());
    let tokens = together(64, move || {
        unstable::invalidate(&asking, Some(&old));
        text(&asking)
    });
    assert!(tokens.iter().all(|token| *token == tokens[0] && *token != rejected));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn waiting_callers_share_an_error_too() {
    let server =
        StandIn::scripted([Reply::json(400, r#"{"error":"invalid_client"}"#).after(Duration::from_millis(50))])
            .unwrap();
    let client = client(&server.token_url(), &[]);
    let asking = client.clone();
    let codes = together(16, move || asking.token().unwrap_err().kind());
    assert!(codes.iter().all(|code| *code == ErrorKind::InvalidClient));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_hundred_calls_with_a_refused_secret_make_one_request_a_minute() {
    let server = StandIn::scripted([Reply::json(400, r#"{"error":"invalid_client"}"#)]).unwrap();
    let (client, clock) = timed(&server, &[]);
    for _ in 0..100 {
        let error = client.token().unwrap_err();
        assert_eq!(
            (error.kind(), error.http_status()),
            (ErrorKind::InvalidClient, Some(400))
        );
    }
    assert_eq!(server.requests().len(), 1);
    clock.advance(Duration::from_secs(61));
    client.token().unwrap_err();
    assert_eq!(server.requests().len(), 2);
    unstable::invalidate(&client, Some("not NULL: the refusal stays"));
    client.token().unwrap_err();
    assert_eq!(server.requests().len(), 2);
    unstable::invalidate(&client, None);
    client.token().unwrap_err();
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_rate_limit_is_remembered_for_as_long_as_it_says() {
    let limited = Reply::empty(429).header("retry-after", "3600");
    let server = StandIn::scripted([limited, Reply::token("BQok", 60)]).unwrap();
    let (client, clock) = timed(&server, &[]);
    for _ in 0..10 {
        assert_eq!(client.token().unwrap_err().kind(), ErrorKind::RateLimited);
    }
    assert_eq!(server.requests().len(), 1);
    clock.advance(Duration::from_secs(3601));
    assert_eq!(text(&client), "BQok");
}

#[test]
fn a_token_is_renewed_ahead_while_callers_go_on_getting_it() {
    let server = StandIn::scripted([Reply::token("first", 3600), Reply::token("second", 3600)]).unwrap();
    let (client, clock) = timed(&server, &[]);
    assert_eq!(text(&client), "first");
    clock.advance(Duration::from_secs(3299));
    assert_eq!(
        (text(&client), client.stats().background_refreshes),
        ("first".to_owned(), 0)
    );
    clock.advance(Duration::from_secs(2));
    assert_eq!(text(&client), "first", "the caller at hand does not wait");
    eventually("the renewal", || text(&client) == "second");
    assert_eq!((server.requests().len(), client.stats().background_refreshes), (2, 1));
    assert_eq!(client.stats().waits, 0);
}

#[test]
fn a_failed_renewal_leaves_the_token_and_backs_off() {
    let server = StandIn::scripted([Reply::token("first", 3600), Reply::empty(404)]).unwrap();
    let (client, clock) = timed(&server, &[]);
    assert_eq!(text(&client), "first");
    clock.advance(Duration::from_secs(3400));
    for renewals in 1..=3 {
        for _ in 0..100 {
            assert_eq!(text(&client), "first");
        }
        eventually("the failed renewal", || client.stats().failures == renewals);
        assert_eq!(client.stats().background_refreshes, renewals);
        // Until the renewal's thread has noted its failure, no caller starts another.
        eventually("the next renewal", || {
            clock.advance(Duration::from_secs(1));
            text(&client);
            client.stats().background_refreshes == renewals + 1
        });
    }
    clock.advance(Duration::from_secs(3600));
    assert_eq!(
        client.token().unwrap_err().kind(),
        ErrorKind::Http,
        "used up: now the caller sees why"
    );
}

#[test]
fn neither_a_suspend_nor_a_step_of_the_clock_serves_a_dead_token() {
    let server = server();
    let (client, clock) = timed(&server, &[]);
    let first = text(&client);
    clock.step_wall(-7_200_000);
    assert_eq!(text(&client), first, "a clock set back changes nothing yet");
    clock.advance(Duration::from_secs(3600));
    let second = text(&client);
    assert_ne!(second, first, "and revives nothing");
    clock.step_wall(7_200_000);
    let third = text(&client);
    assert_ne!(third, second, "a clock set forward costs one request");
    for _ in 0..10 {
        assert_eq!(text(&client), third, "and no storm");
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_life_of_a_second_is_served_and_ends() {
    let server = StandIn::scripted([Reply::token("a", 1), Reply::token("b", 1)]).unwrap();
    let (client, clock) = timed(&server, &[("refresh_before_s", "86400")]);
    assert_eq!(text(&client), "a");
    clock.advance(Duration::from_secs(1));
    assert_eq!(text(&client), "b");
    assert_eq!(client.stats().background_refreshes, 0);
}

#[test]
fn the_cache_alone_never_asks() {
    let server = server();
    let (client, clock) = timed(&server, &[]);
    assert!(client.cached().is_none());
    assert_eq!(server.requests().len(), 0);
    let token = text(&client);
    clock.advance(Duration::from_secs(3500));
    assert_eq!(client.cached().unwrap().access_token(), token, "due, and still good");
    clock.advance(Duration::from_secs(100));
    assert!(client.cached().is_none());
    assert_eq!((server.requests().len(), client.stats().background_refreshes), (1, 0));
}

#[test]
fn cancel_wakes_who_blocks_and_ends_the_request() {
    let server = StandIn::scripted([Reply::hang(), Reply::token("later", 60)]).unwrap();
    let client = client(&server.token_url(), &[]);
    client.cancel();
    let asking = client.clone();
    let blocked = thread::spawn(move || together(8, move || asking.token().unwrap_err().kind()));
    eventually("the request and eight callers", || {
        server.requests().len() == 1 && client.stats().waits == 7
    });
    client.cancel();
    let codes = blocked.join().unwrap();
    assert!(codes.iter().all(|code| *code == ErrorKind::Cancelled));
    assert_eq!(text(&client), "later");
}

#[test]
fn cancel_ends_a_wait_between_attempts() {
    let server = StandIn::scripted([Reply::empty(503).header("retry-after", "20")]).unwrap();
    let mut waiting = parts(&server.token_url(), &[]);
    waiting.clock = None;
    let client = unstable::client_from(waiting);
    let asking = client.clone();
    let blocked = thread::spawn(move || asking.token().unwrap_err().kind());
    eventually("the failure", || client.stats().failures == 1);
    client.cancel();
    assert_eq!(blocked.join().unwrap(), ErrorKind::Cancelled);
}

#[test]
fn each_caller_waits_no_longer_than_its_time() {
    let server = StandIn::scripted([Reply::hang()]).unwrap();
    let options = [("timeout_ms", "300"), ("attempt_timeout_ms", "60000")];
    let error = client(&server.token_url(), &options).token().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[test]
fn a_token_outlives_its_client_and_freeing_waits_for_nothing() {
    let server = StandIn::scripted([Reply::token("kept", 60), Reply::hang()]).unwrap();
    let client = client(&server.token_url(), &[]);
    let token = client.token().unwrap();
    unstable::invalidate(&client, None);
    let asking = client.clone();
    let blocked = thread::spawn(move || asking.token().unwrap_err().kind());
    eventually("the second request", || server.requests().len() == 2);
    client.cancel();
    assert_eq!(blocked.join().unwrap(), ErrorKind::Cancelled);
    drop(client);
    assert_eq!(token.access_token(), "kept");
}

#[test]
fn log_lines_come_under_no_lock_and_hold_no_secret() {
    let server = StandIn::scripted([Reply::empty(503), Reply::token("canaryTOKEN", 60)]).unwrap();
    let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
    let slot: Arc<std::sync::OnceLock<Client>> = Arc::default();
    let (log, itself) = (lines.clone(), slot.clone());
    let mut logging = parts(&server.token_url(), &[]);
    logging.log = Logger::new(move |level, line: &str| {
        // A logger may call the client it belongs to.
        if let Some(client) = itself.get() {
            let _ = client.cached();
        }
        log.lock().unwrap().push(format!("{level:?} {line}"));
    });
    let client = unstable::client_from(logging);
    slot.set(client.clone()).unwrap_or_else(|_| unreachable!("set once"));
    client.token().unwrap();
    let lines = lines.lock().unwrap().join("\n");
    for part in [
        "Debug POST http://127.0.0.1",
        "Info attempt 1 failed",
        "Info a token from 127.0.0.1",
    ] {
        assert!(lines.contains(part), "{lines}");
    }
    assert!(
        !lines.contains("canary") && !lines.contains(crate::support::SECRET),
        "{lines}"
    );
}
