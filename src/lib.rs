//! Spotify Web API tokens for every language: OAuth 2.0 client credentials (RFC 6749, section 4.4) against Spotify's
//! accounts service. In C it is `include/spotify_token.h`, in a shell the command `spotify-token`, and in Rust this:
//!
//! ```no_run
//! use spotify_token::{Client, Config, Logger};
//!
//! let client = Client::new(&Config::new(), Logger::default())?;   // once per app; keep it
//! let token = client.token()?;                                    // for every request to the Web API
//! println!("GET /v1/artists/... with Authorization: {} characters", token.authorization().len());
//! # Ok::<(), spotify_token::Error>(())
//! ```
//!
//! The way a token takes: [`Credentials`] and the options make a [`Request`]; a [`Transport`] brings a [`Response`];
//! that holds a [`Token`] or an [`Error`]; a [`Client`] keeps the token and gives it to whoever asks, until it is over
//! by the [`Clock`]; it may rest in a store that many processes share. Transport and clock can be replaced, which is how
//! this crate is tested.
//!
//! # Features
//! `cli` (default): the `spotify-token` command. `stand-in`: a local accounts service that answers like Spotify's.
//! `redis`: tokens shared between machines. With `default-features = false` none of them is built.
#![deny(unsafe_code, missing_docs)]
#![warn(clippy::pedantic)]
#![allow(
    clippy::module_name_repetitions,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::missing_panics_doc, // an expect() here states an invariant; it is no way to fail
    clippy::single_match_else,
    clippy::struct_field_names,
    clippy::doc_markdown // "RFC 6749", "NO_PROXY" and C names in prose read better without backticks
)]

/// The Rust of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod cancel;
mod client;
mod clock;
mod config;
mod credentials;
mod display;
mod error;
mod fetch;
pub mod ffi;
mod fork;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing;
mod log;
mod panics;
mod protocol;
mod secret;
#[cfg(feature = "stand-in")]
pub mod stand_in;
mod stats;
mod store;
mod sync;
mod transport;

pub use cancel::Cancel;
pub use client::{Client, Parts, SharedToken};
pub use clock::{Clock, Moment, SystemClock};
pub use config::{
    Cache, Config, Dotenv, Endpoint, Environment, OptionKey, Proxy, ProxyUrl, RedisUrl, Row as OptionRow, Settings,
    TABLE as OPTIONS, leads_to_secret,
};
pub use credentials::{
    Credentials, Found, find as find_credentials, find_any as find_any_credentials, read_credential,
    read_credential_file,
};
pub use display::{one_line, shortened};
pub use error::{Code, EXIT_STATUSES, Error, ExitStatus, Row as ErrorRow, TABLE as ERRORS};
pub use fetch::Fetch;
pub use log::{Level, LogFn, Logger};
pub use protocol::request::Request;
pub use protocol::response::Response;
pub use protocol::token::Token;
pub use secret::Secret;
pub use stats::{Stat, Stats};
pub use transport::{Exchange, Hop, HttpTransport, Stage, Trace, Transport};
