//! The system's clocks.

use std::time::{SystemTime, UNIX_EPOCH};

use windows_sys::Win32::System::SystemInformation::GetTickCount64;

/// Returns the milliseconds since 1970 by the wall clock.
pub(crate) fn wall_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

/// Returns the milliseconds since some point, by a clock that never jumps and goes on while the machine sleeps. All processes have the
/// same. It is up to 16 ms behind.
pub(crate) fn steady_ms() -> i64 {
    // SAFETY: takes nothing, and cannot fail.
    i64::try_from(unsafe { GetTickCount64() }).unwrap_or(i64::MAX)
}
