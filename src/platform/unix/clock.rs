//! The system's clocks.

use rustix::time::{ClockId, clock_gettime};

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

/// Returns the milliseconds since 1970 by the wall clock.
pub(crate) fn wall_ms() -> i64 {
    milliseconds(WALL)
}

/// Returns the milliseconds since some point, by a clock that never jumps and goes on while the machine sleeps.
pub(crate) fn steady_ms() -> i64 {
    milliseconds(STEADY)
}

fn milliseconds(clock: ClockId) -> i64 {
    let now = clock_gettime(clock);
    now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000)
}
