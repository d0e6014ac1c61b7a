//! What every exported function that may block, allocate or call back runs inside of: no panic leaves it, and no cancelled
//! thread (`pthread_cancel`) unwinds through it.

use crate::error::Error;
use crate::panics::{self, Boundary};
use crate::platform::cancellation::CancellationHeld;

/// Runs the body of an exported function. A panic in it becomes what `broken` returns, and prints nothing.
pub(super) fn guard<T>(body: impl FnOnce() -> T, broken: impl FnOnce(Error) -> T) -> T {
    panics::keep_quiet();
    let _held = CancellationHeld::new();
    panics::catch(Boundary::Call, body).unwrap_or_else(broken)
}
