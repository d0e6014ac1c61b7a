//! One request that any number of callers wait for. It belongs to none of them: each caller stops waiting at its own time.

use std::sync::Arc;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::sync::{Condvar, Mutex, lock, wait_while};
use crate::transport::Progress;

/// Why a request is made.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    /// A caller has no token and waits.
    OnDemand,
    /// The cached token is still valid and expires soon.
    Refresh,
}

#[derive(Default)]
struct Status {
    outcome: Option<Arc<Outcome>>,
    waiters: usize,
}

/// A request that is being made.
#[derive(Default)]
pub(super) struct Flight {
    status: Mutex<Status>,
    completed: Condvar,
    cancel: Cancel,
    progress: Progress,
}

impl Flight {
    /// Whether a caller waits for it. A background refresh has no waiters.
    pub(super) fn has_waiters(&self) -> bool {
        lock(&self.status).waiters > 0
    }

    /// Tells whether the request was cancelled.
    pub(super) fn cancelled(&self) -> &Cancel {
        &self.cancel
    }

    /// How far the request got.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Wakes all callers with `Cancelled` and stops the request.
    pub(super) fn cancel(&self) {
        self.complete(Arc::new(Outcome::new(Err(Error::cancelled()))));
        self.cancel.cancel();
    }

    /// Wakes all callers with the outcome. The first outcome stays.
    pub(super) fn complete(&self, outcome: Arc<Outcome>) {
        lock(&self.status).outcome.get_or_insert(outcome);
        self.completed.notify_all();
    }

    /// Registers a caller that is about to wait. Call this under the client's lock, so that a `cancel` that follows sees the
    /// caller.
    pub(super) fn join(self: &Arc<Flight>) -> Waiter {
        lock(&self.status).waiters += 1;
        Waiter(self.clone())
    }
}

/// A caller's place among those that wait.
pub(super) struct Waiter(Arc<Flight>);

impl Waiter {
    /// Waits for the outcome, for `timeout` at most.
    pub(super) fn wait_for(&self, timeout: Duration) -> Option<Arc<Outcome>> {
        let status = lock(&self.0.status);
        let status = wait_while(&self.0.completed, status, timeout, |status| status.outcome.is_none());
        status.outcome.clone()
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        lock(&self.0.status).waiters -= 1;
    }
}
