//! Every order in which threads can meet in a client, as far as shuttle gets to explore them: at each lock, wait and thread
//! start it decides anew who goes on. `RUSTFLAGS='--cfg shuttle' cargo test --lib interleavings`

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use shuttle::thread;
use zeroize::Zeroizing;

use super::{Client, Parts};
use crate::cancel::Cancel;
use crate::clock::{Clock, Moment};
use crate::config::environment::Environment;
use crate::config::{Config, Settings};
use crate::error::{Error, ErrorKind};
use crate::log::Logger;
use crate::protocol::request::Request;
use crate::protocol::response::Response;
use crate::stats::Stat;
use crate::transport::{Exchange, Progress, Transport};

const SCHEDULES: usize = 20_000;

/// Stands still until it is moved.
#[derive(Clone, Default)]
struct Still(Arc<AtomicI64>);

impl Still {
    fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for Still {
    fn now(&self) -> Moment {
        let now = self.0.load(Ordering::SeqCst);
        Moment {
            wall_ms: now,
            steady_ms: now,
        }
    }

    fn wait(&self, duration: Duration, _cancel: &Cancel) {
        self.0
            .fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
        thread::yield_now();
    }
}

/// Grants token after token, or refuses, or panics; others may go on while a request is under way.
#[derive(Clone, Default)]
struct Server {
    asked: Arc<AtomicUsize>,
    manner: Manner,
}

#[derive(Clone, Copy, Default)]
enum Manner {
    #[default]
    Grants,
    Refuses,
    Panics,
}

impl Transport for Server {
    fn send(&self, _request: &Request, _allowed: Duration, _cancel: &Cancel, _progress: &Progress) -> Exchange {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        thread::yield_now();
        let (status, body) = match self.manner {
            Manner::Grants => (
                200,
                format!(r#"{{"access_token":"BQ{number}","token_type":"Bearer","expires_in":3600}}"#),
            ),
            Manner::Refuses => (400, r#"{"error":"invalid_client"}"#.to_owned()),
            Manner::Panics => panic!("on purpose"),
        };
        Exchange {
            request_sent: true,
            result: Ok(Response {
                status,
                body: Zeroizing::new(body.into_bytes()),
                ..Response::default()
            }),
        }
    }
}

fn client(manner: Manner) -> (Client, Server, Still) {
    let server = Server {
        manner,
        ..Server::default()
    };
    let clock = Still::default();
    let mut config = Config::new();
    for (name, value) in [("client_id", "id"), ("client_secret", "secret")] {
        config.set(name, value).unwrap();
    }
    let environment = Environment::default();
    let client = Client::from_parts(Parts {
        settings: Settings::resolve(&config, &environment).unwrap(),
        environment,
        log: Logger::default(),
        transport: Some(Box::new(server.clone())),
        clock: Some(Box::new(clock.clone())),
    });
    (client, server, clock)
}

fn token(client: &Client) -> Result<String, Error> {
    client.token().map(|token| token.access_token().to_owned())
}

/// Runs this in three threads at once.
fn in_three<T: Send + 'static>(client: &Client, run: impl Fn(&Client) -> T + Clone + Send + 'static) -> Vec<T> {
    let start = |_| {
        let (client, run) = (client.clone(), run.clone());
        thread::spawn(move || run(&client))
    };
    let running: Vec<_> = (0..3).map(start).collect();
    running.into_iter().map(|thread| thread.join().unwrap()).collect()
}

fn explore(check: impl Fn() + Send + Sync + 'static) {
    crate::panics::keep_quiet();
    shuttle::check_random(check, SCHEDULES);
}

#[test]
fn a_cold_client_makes_one_request() {
    explore(|| {
        let (client, server, _) = client(Manner::Grants);
        let tokens = in_three(&client, |client| token(client).unwrap());
        assert_eq!(tokens, ["BQ0", "BQ0", "BQ0"]);
        assert_eq!(server.asked.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_storm_of_rejections_makes_one_request() {
    explore(|| {
        let (client, server, _) = client(Manner::Grants);
        assert_eq!(token(&client).unwrap(), "BQ0");
        let tokens = in_three(&client, |client| {
            client.invalidate_text(Some("BQ0"));
            token(client).unwrap()
        });
        assert_eq!(tokens, ["BQ1", "BQ1", "BQ1"]);
        assert_eq!(server.asked.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn a_renewal_is_one_request_and_nobody_waits_for_it() {
    explore(|| {
        let (client, server, clock) = client(Manner::Grants);
        token(&client).unwrap();
        clock.advance(3400);
        let tokens = in_three(&client, |client| token(client).unwrap());
        assert!(tokens.iter().all(|token| token == "BQ0" || token == "BQ1"));
        assert_eq!(client.stat(Stat::Waits), 0);
        clock.advance(1);
        while token(&client).unwrap() == "BQ0" {
            thread::yield_now();
        }
        assert_eq!(server.asked.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn a_refusal_is_one_request() {
    explore(|| {
        let (client, server, _) = client(Manner::Refuses);
        let codes = in_three(&client, |client| token(client).unwrap_err().kind());
        assert!(codes.iter().all(|code| *code == ErrorKind::InvalidClient));
        assert_eq!(server.asked.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_panic_wakes_everybody() {
    explore(|| {
        let (client, _, _) = client(Manner::Panics);
        let codes = in_three(&client, |client| token(client).unwrap_err().kind());
        assert!(codes.iter().all(|code| *code == ErrorKind::Internal));
    });
}

#[test]
fn cancelling_strands_nobody_and_loses_no_later_call() {
    explore(|| {
        let (client, _, _) = client(Manner::Grants);
        let cancelling = client.clone();
        let canceller = thread::spawn(move || cancelling.cancel());
        for outcome in in_three(&client, token) {
            assert!(outcome.is_ok() || outcome.unwrap_err().kind() == ErrorKind::Cancelled);
        }
        canceller.join().unwrap();
        assert!(token(&client).is_ok());
    });
}

#[test]
fn dropping_a_client_under_a_renewal_is_quiet() {
    explore(|| {
        let (client, _, clock) = client(Manner::Grants);
        token(&client).unwrap();
        clock.advance(3400);
        token(&client).unwrap();
        drop(client);
    });
}
