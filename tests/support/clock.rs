//! A clock that goes with the system's and can be moved: waits move it instead of taking time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use spotify_token::unstable::{Cancel, Clock, Moment, SystemClock};

/// Clones are the same clock.
#[derive(Clone, Default)]
pub struct Moved {
    wall_ms: Arc<AtomicI64>,
    steady_ms: Arc<AtomicI64>,
    waited_ms: Arc<AtomicI64>,
    waits: Arc<AtomicUsize>,
}

impl Moved {
    /// Goes with the system's clocks.
    pub fn new() -> Moved {
        Moved::default()
    }

    /// Both clocks go on by this much.
    pub fn advance(&self, duration: Duration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap();
        self.wall_ms.fetch_add(milliseconds, Ordering::SeqCst);
        self.steady_ms.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock.
    pub fn step_wall(&self, milliseconds: i64) {
        self.wall_ms.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// How often the code under test has waited.
    pub fn waits(&self) -> usize {
        self.waits.load(Ordering::SeqCst)
    }

    /// How long the code under test has waited in all.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms.load(Ordering::SeqCst).unsigned_abs())
    }
}

impl Clock for Moved {
    fn now(&self) -> Moment {
        let now = SystemClock.now();
        Moment {
            wall_ms: now.wall_ms + self.wall_ms.load(Ordering::SeqCst),
            steady_ms: now.steady_ms + self.steady_ms.load(Ordering::SeqCst),
        }
    }

    fn wait(&self, duration: Duration, cancel: &Cancel) {
        if !cancel.is_cancelled() {
            self.waits.fetch_add(1, Ordering::SeqCst);
            self.waited_ms
                .fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
            self.advance(duration);
        }
    }
}
