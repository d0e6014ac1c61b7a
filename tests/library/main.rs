//! The library from Rust: real sockets, TLS, files and Redis; clocks that are moved.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod host;
mod login;
mod logins;
mod secrets;
mod stats;
mod store_file;
#[cfg(feature = "redis")]
mod store_redis;
mod user;
#[cfg(feature = "redis")]
mod user_redis;
mod wire;
