//! How far a call got. Those who wait for it in other threads can read it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::failure;
use super::trace::{Hop, Stage, Trace};
use crate::config::endpoint::{Endpoint, host_and_port};
use crate::error::Error;

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
