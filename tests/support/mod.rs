//! What the integration tests share. Each test program uses a part of it.
#![allow(dead_code)] // the parts that a test program does not use

pub mod clock;
pub mod fleet;
pub mod installed;
pub mod keeper;
pub mod logins;
pub mod markdown;
pub mod moved_clock;
pub mod network;
pub mod outage;
pub mod place;
pub mod proxy;
pub mod redis;
pub mod running;
pub mod terminal;
pub mod tls;
pub mod tools;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::Client;
use spotify_token::stand_in::{Accounts, StandIn};
use spotify_token::unstable::{self, Config, Environment, Logger, Parts, Settings};

/// The credentials that the stand-in knows.
pub const ID: &str = Accounts::CLIENT_ID;
/// And the secret.
pub const SECRET: &str = Accounts::CLIENT_SECRET;

/// A host that does not exist. Its first label has 64 characters, so that the resolver refuses it without asking anybody.
pub const NOWHERE: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";

/// The stand-in as Spotify, responding at once.
pub fn server() -> StandIn {
    slow_server(Duration::ZERO)
}

/// The stand-in as Spotify, taking a moment for each response.
pub fn slow_server(delay: Duration) -> StandIn {
    StandIn::spotify(Accounts {
        delay,
        ..Accounts::default()
    })
    .unwrap()
}

/// Whether a text shows a token or a code of the stand-in, or its start. The random names of temporary directories do not count.
pub fn shows_a_token(text: &str) -> bool {
    let is_of_a_token = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let mut words = text.split(|character| !is_of_a_token(character));
    words.any(|word| !word.starts_with("tmp") && (word.contains("BQ") || word.contains("AQ")))
}

/// Waits for what another thread or process is about to do.
pub fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen within 30 s");
        thread::sleep(Duration::from_millis(1));
    }
}

/// The command, told of the server and of credentials with this secret.
pub fn told<'c>(command: &'c mut Command, token_url: &str, secret: &str) -> &'c mut Command {
    command
        .env("SPOTIFY_TOKEN_URL", token_url)
        .env("CLIENT_ID", ID)
        .env("CLIENT_SECRET", secret)
}

/// A client of the server at this address, with these options and nothing from the environment.
pub fn client(token_url: &str, options: &[(&str, &str)]) -> Client {
    unstable::client_from(parts(token_url, options))
}

/// The parts of such a client, for a test that replaces one.
pub fn parts(token_url: &str, options: &[(&str, &str)]) -> Parts {
    let mut config = Config::new();
    let defaults = [("client_id", ID), ("client_secret", SECRET), ("token_url", token_url)];
    for (name, value) in defaults.iter().chain(options) {
        config.set(name, value).unwrap();
    }
    let environment = Environment::default();
    Parts {
        settings: Settings::resolve(&config, &environment).unwrap(),
        environment,
        log: Logger::default(),
        transport: None,
        clock: Some(Box::new(clock::Moved::new())),
    }
}
