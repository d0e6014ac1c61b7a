//! Time, as this crate needs it: a wall clock, and a steady clock that counts suspended time. Tests replace the system's clock
//! by one that they move. How long a thread sleeps or blocks is measured elsewhere, by `Instant`.

use std::time::Duration;

use crate::cancel::Cancel;
use crate::platform::clock;

/// One point in time, on both clocks. Seconds and nanoseconds are folded into milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970 by the wall clock. It can be wrong, and it can jump.
    pub wall_ms: i64,
    /// Milliseconds since some point by a clock that never jumps and goes on while the machine sleeps.
    pub steady_ms: i64,
}

impl Moment {
    /// Time that has passed since `earlier`, by the steady clock.
    pub fn since(self, earlier: Moment) -> Duration {
        let passed = self.steady_ms.saturating_sub(earlier.steady_ms);
        Duration::from_millis(u64::try_from(passed).unwrap_or(0))
    }

    /// Whether this is earlier than `other`, on both clocks.
    pub fn is_before(self, other: Moment) -> bool {
        self.wall_ms < other.wall_ms && self.steady_ms < other.steady_ms
    }

    /// This moment and a duration, on both clocks.
    pub fn plus(self, duration: Duration) -> Moment {
        let more = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Moment {
            wall_ms: self.wall_ms.saturating_add(more),
            steady_ms: self.steady_ms.saturating_add(more),
        }
    }

    /// This moment less a duration, on both clocks.
    pub fn minus(self, duration: Duration) -> Moment {
        let less = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Moment {
            wall_ms: self.wall_ms.saturating_sub(less),
            steady_ms: self.steady_ms.saturating_sub(less),
        }
    }
}

/// A source of time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Moment;

    /// Waits, and returns early when `cancel` is used.
    fn wait(&self, duration: Duration, cancel: &Cancel);
}

/// The system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment {
            wall_ms: clock::wall_ms(),
            steady_ms: clock::steady_ms(),
        }
    }

    fn wait(&self, duration: Duration, cancel: &Cancel) {
        cancel.wait_for(duration);
    }
}
