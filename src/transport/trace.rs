//! How far a request got: an I/O error alone does not tell a dead proxy from a dead server. Those who wait for a
//! request in other threads can read it too.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::failure;
use crate::config::endpoint::{Endpoint, host_and_port};
use crate::error::Error;

/// Who we are talking to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// The proxy.
    Proxy,
    /// The token server.
    Server,
}

/// What we are doing with it, in the order of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Looking up its name.
    Lookup,
    /// Opening a connection.
    Connect,
    /// Agreeing on keys.
    Tls,
    /// Sending the request and reading the response.
    Exchange,
}

/// The way of one request.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// What was begun, and how long after the start.
    pub stages: Vec<(Hop, Stage, Duration)>,
    /// The addresses of the name that was looked up last.
    pub addresses: Vec<SocketAddr>,
    /// Host and port of the server.
    pub server: String,
    /// Host and port of the proxy, if there is one.
    pub proxy: Option<String>,
    /// Which CA certificates are trusted, if any are needed.
    pub roots: Option<String>,
}

impl Trace {
    /// Returns what was begun last. A request begins with looking up the server's name.
    pub fn reached(&self) -> (Hop, Stage) {
        let last = self.stages.last();
        last.map_or((Hop::Server, Stage::Lookup), |(hop, stage, _)| (*hop, *stage))
    }
}

/// The progress of a call: written by the thread that carries it out, read by those who wait for it.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Attempt>);

/// The last attempt of a call.
#[derive(Debug, Default)]
struct Attempt {
    started: Option<Instant>,
    trace: Trace,
    /// Why it failed, while nothing new has begun.
    failure: Option<Error>,
    /// Whether it waits for another process that makes the same request, while nothing new has begun.
    waits_for_other: bool,
}

impl Progress {
    /// Makes the progress of a call that has not begun.
    pub fn new() -> Progress {
        Progress::default()
    }

    /// Returns the way of the last attempt so far.
    pub fn trace(&self) -> Trace {
        self.lock().trace.clone()
    }

    /// Returns the error of a call whose time runs out now: that of the last attempt, or `Timeout` with what the
    /// attempt is waiting for. `None` when nothing has begun.
    pub fn timed_out(&self) -> Option<Error> {
        let attempt = self.lock();
        let timed_out = attempt.started.map(|_| failure::timed_out(&attempt.trace));
        attempt.failure.clone().or(timed_out)
    }

    /// Returns whether the call waits for another process that makes the same request.
    pub(crate) fn waits_for_other(&self) -> bool {
        self.lock().waits_for_other
    }

    /// Notes that it does.
    pub(crate) fn wait_for_other(&self) {
        self.update(|attempt| attempt.waits_for_other = true);
    }

    /// Notes that an attempt begins.
    pub(super) fn begin(&self, server: &Endpoint) {
        *self.lock() = Attempt {
            started: Some(Instant::now()),
            trace: Trace {
                server: host_and_port(server.host(), server.port()),
                ..Trace::default()
            },
            ..Attempt::default()
        };
    }

    /// Notes that a stage begins.
    pub(super) fn note(&self, hop: Hop, stage: Stage) {
        self.update(|attempt| {
            let since_start = attempt.started.map_or(Duration::ZERO, |started| started.elapsed());
            attempt.trace.stages.push((hop, stage, since_start));
        });
    }

    /// Notes more about the attempt.
    pub(super) fn describe(&self, describe: impl FnOnce(&mut Trace)) {
        self.update(|attempt| describe(&mut attempt.trace));
    }

    /// Notes that the attempt failed.
    pub(crate) fn fail(&self, error: &Error) {
        self.update(|attempt| attempt.failure = Some(error.clone()));
    }

    fn update(&self, change: impl FnOnce(&mut Attempt)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Attempt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
