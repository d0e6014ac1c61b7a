//! Time, as this crate needs it: a wall clock, and a steady clock that counts suspended time. Tests replace the system's clock
//! by one that they move. How long a thread sleeps or blocks is measured elsewhere, by `Instant`.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::cancel::Cancel;

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
            wall_ms: milliseconds(WALL),
            steady_ms: milliseconds(STEADY),
        }
    }

    fn wait(&self, duration: Duration, cancel: &Cancel) {
        cancel.wait_for(duration);
    }
}

/// Linux's CLOCK_MONOTONIC, and with it `Instant`, stands still while a laptop sleeps; this one does not.
#[cfg(target_os = "linux")]
const STEADY: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const STEADY: ClockId = ClockId::Monotonic;

/// A few milliseconds behind, and four times as cheap to read.
#[cfg(target_os = "linux")]
const WALL: ClockId = ClockId::RealtimeCoarse;
#[cfg(not(target_os = "linux"))]
const WALL: ClockId = ClockId::Realtime;

fn milliseconds(clock: ClockId) -> i64 {
    let now = clock_gettime(clock);
    now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000)
}
