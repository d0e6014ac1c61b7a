//! The command as people use it: the real binary, a real server, and what is on stdout, on stderr and in `$?`. One file a
//! verb, and one for what all verbs share.

#[path = "../support/mod.rs"]
mod support;

mod completions;
mod cookbook;
mod demo;
mod doctor;
mod env;
mod exec;
mod flags;
mod get;
mod man;
mod mock_server;
mod output;
mod terminal;
mod token;

/// Every verb.
const VERBS: [&str; 12] = [
    "token",
    "json",
    "header",
    "env",
    "exec",
    "get",
    "reset",
    "doctor",
    "demo",
    "mock-server",
    "completions",
    "man",
];
