//! One request's cancellation: whoever holds it can wait on it, and can leave a hook that stops a blocked socket.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::sync::{Condvar, Mutex, MutexGuard};

type Hook = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    cancelled: bool,
    hook: Option<Hook>,
}

/// Can be cancelled once, from any thread.
#[derive(Default)]
pub struct Cancel {
    state: Mutex<State>,
    changed: Condvar,
}

impl Cancel {
    /// Not cancelled.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Wakes who waits and runs the hook, if there is one. Idempotent.
    pub fn cancel(&self) {
        let hook = {
            let mut state = self.lock();
            state.cancelled = true;
            state.hook.take()
        };
        self.changed.notify_all();
        if let Some(hook) = hook {
            hook();
        }
    }

    /// Whether [`cancel`](Cancel::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// Goes on only while this is not cancelled.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }

    /// Runs `hook` when this is cancelled, at once when it already is. A later hook replaces an earlier one.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        if state.cancelled {
            drop(state);
            hook();
        } else {
            state.hook = Some(Box::new(hook));
        }
    }

    /// Waits for a duration, or until this is cancelled.
    pub fn wait_for(&self, duration: Duration) {
        let end = Instant::now() + duration;
        let mut state = self.lock();
        while !state.cancelled {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let (woken, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            state = woken;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
