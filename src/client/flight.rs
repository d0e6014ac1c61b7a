//! One request for any number of callers. It belongs to nobody: callers come and go, and each gives up at its own
//! time.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::outcome::Outcome;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::sync::{Condvar, Mutex, MutexGuard};

#[derive(Default)]
struct Progress {
    outcome: Option<Arc<Outcome>>,
    waiters: usize,
}

/// A request under way.
#[derive(Default)]
pub(super) struct Flight {
    progress: Mutex<Progress>,
    landed: Condvar,
    cancel: Cancel,
}

impl Flight {
    /// Whether a caller waits for it. One that only renews ahead of time has none.
    pub(super) fn has_waiters(&self) -> bool {
        self.lock().waiters > 0
    }

    /// For whoever carries the request out.
    pub(super) fn cancelled(&self) -> &Cancel {
        &self.cancel
    }

    /// Wakes everybody with `Cancelled` and stops the request.
    pub(super) fn cancel(&self) {
        self.complete(Arc::new(Outcome::new(Err(Error::cancelled()))));
        self.cancel.cancel();
    }

    /// Wakes everybody with what came. The first outcome stays.
    pub(super) fn complete(&self, outcome: Arc<Outcome>) {
        self.lock().outcome.get_or_insert(outcome);
        self.landed.notify_all();
    }

    /// A caller is about to wait. To be called where the flight is found, under the client's lock, so that whoever
    /// cancels next knows.
    pub(super) fn join(self: &Arc<Flight>) -> Waiter {
        self.lock().waiters += 1;
        Waiter(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller who waits.
pub(super) struct Waiter(Arc<Flight>);

impl Waiter {
    /// What came, or nothing when `end` came first.
    pub(super) fn wait_until(&self, end: Instant) -> Option<Arc<Outcome>> {
        let mut progress = self.0.lock();
        while progress.outcome.is_none() {
            let left: Duration = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let (woken, _) = self
                .0
                .landed
                .wait_timeout(progress, left)
                .unwrap_or_else(PoisonError::into_inner);
            progress = woken;
        }
        progress.outcome.clone()
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.lock().waiters -= 1;
    }
}
