//! Access tokens for the Spotify Web API, for an app (OAuth 2.0 client credentials, RFC 6749, section 4.4) or for a user who logs in
//! once (authorization code with PKCE, RFC 7636): cached, and refreshed before they expire.
//!
//! ```no_run
//! use spotify_token::Client;
//!
//! let client = Client::from_env()?;           // once per program; finds CLIENT_ID and CLIENT_SECRET
//! let token = client.token()?;                // before every request to the Web API
//! let artist = ureq::get("https://api.spotify.com/v1/artists/0TnOYISbd1XYRBk9myaseg")
//!     .header("Authorization", token.authorization())
//!     .call()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Add the crate without the command, which is a default feature: `cargo add spotify-token --no-default-features`.
//!
//! # Options
//!
//! Options that are not set come from the environment. See [`ClientBuilder`] for all of them.
//!
//! ```no_run
//! use std::time::Duration;
//! use spotify_token::{Cache, Client};
//!
//! let client = Client::builder()
//!     .credentials("my client id", "my client secret")
//!     .timeout(Duration::from_secs(5))
//!     .cache(Cache::File)
//!     .logger(|level, message| eprintln!("{level:?}: {message}"))
//!     .build()?;
//! # Ok::<(), spotify_token::Error>(())
//! ```
//!
//! # Tokens of users
//!
//! A user logs in once, in a browser. From then on every process of the user has a fresh token. The client id is enough.
//!
//! ```no_run
//! use spotify_token::{Client, Grant};
//!
//! let options = Client::builder().grant(Grant::User).client_id("my client id").scope("playlist-read-private");
//! let login = options.clone().login()?;
//! println!("Open {}", login.url());
//! login.wait(None)?;                          // until the browser comes back
//! let token = options.build()?.token()?;      // here, and in every other process
//! # Ok::<(), spotify_token::Error>(())
//! ```
//!
//! # Errors
//!
//! An [`Error`] says what went wrong ([`Display`](std::fmt::Display)) and what to do ([`advice`](Error::advice)). A program
//! decides by its [`kind`](Error::kind), and by [`is_retryable`](Error::is_retryable).
//!
//! # Async
//!
//! Calls block. In async code, ask [`Client::cached`] first, which never does, and otherwise call [`Client::token`] in
//! `spawn_blocking`.
//!
//! # Tests
//!
//! With the feature `stand-in`, the module `stand_in` has a local server that responds like Spotify's.
//!
//! # Features
//!
//! - `cli` (default): the `spotify-token` command.
//! - `stand-in`: the local server for tests.
//! - `redis`: a cache and logins that several machines share.
//! - `keyring`: logins in the keyring of the desktop.
#![deny(unsafe_code, missing_docs)]
#![warn(clippy::pedantic)]
#![allow(
    clippy::module_name_repetitions,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::missing_panics_doc, // an expect() states an invariant
    clippy::single_match_else,
    clippy::struct_field_names,
    clippy::doc_markdown // "RFC 6749", "NO_PROXY" and C names in prose read better without backticks
)]

/// The Rust of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod builder;
mod calendar;
mod cancel;
mod client;
mod clock;
mod config;
mod credentials;
mod detached;
mod display;
mod error;
mod fetch;
mod ffi;
mod fork;
#[cfg(any(test, feature = "fuzzing"))]
#[allow(missing_docs)]
mod fuzzing;
mod gate;
mod json;
mod log;
mod login;
mod logins;
mod outcome;
mod panics;
#[allow(unsafe_code)]
mod platform;
mod protocol;
mod random;
mod secret;
#[cfg(feature = "stand-in")]
pub mod stand_in;
mod stats;
mod store;
mod sync;
mod token;
mod transport;
#[doc(hidden)]
pub mod unstable;

pub use builder::ClientBuilder;
pub use client::Client;
pub use config::{Cache, Grant, Logins, Proxy, ProxyUrl, RedisUrl};
pub use error::{Error, ErrorKind};
pub use fetch::fetch;
pub use log::Level;
pub use login::Login;
pub use logins::account::Account;
pub use stats::Stats;
pub use token::Token;

const _: () = {
    const fn is_shared_between_threads<T: Send + Sync + std::fmt::Debug>() {}
    is_shared_between_threads::<Client>();
    is_shared_between_threads::<Login>();
    is_shared_between_threads::<Token>();
    is_shared_between_threads::<Error>();
};
