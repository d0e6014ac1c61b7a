//! The cancellation of one request: it can be waited on, and it can run a hook that unblocks a socket.

use std::time::Duration;

use crate::error::Error;
use crate::sync::{Condvar, Mutex, lock, wait_while};

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
    /// Makes one that is not cancelled.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Wakes the threads that wait and runs the hook, if there is one. Idempotent.
    pub fn cancel(&self) {
        let hook = {
            let mut state = lock(&self.state);
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
        lock(&self.state).cancelled
    }

    /// Fails when this was cancelled.
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

    /// Runs `hook` when this is cancelled; at once if it already was. A later hook replaces an earlier one.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) {
        let mut state = lock(&self.state);
        if state.cancelled {
            drop(state);
            hook();
        } else {
            state.hook = Some(Box::new(hook));
        }
    }

    /// Waits for a duration, or until this is cancelled.
    pub fn wait_for(&self, duration: Duration) {
        let state = lock(&self.state);
        drop(wait_while(&self.changed, state, duration, |state| !state.cancelled));
    }
}
