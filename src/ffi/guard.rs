//! What every exported function that may block, allocate or call back runs inside of: no panic leaves it, and no cancelled
//! thread (`pthread_cancel`) unwinds through it.

use std::ffi::c_int;

use crate::error::Error;
use crate::panics::{self, Boundary};

/// Runs the body of an exported function. A panic in it becomes what `broken` returns, and prints nothing.
pub(super) fn guard<T>(body: impl FnOnce() -> T, broken: impl FnOnce(Error) -> T) -> T {
    panics::keep_quiet();
    let _held = CancellationHeld::new();
    panics::catch(Boundary::Call, body).unwrap_or_else(broken)
}

unsafe extern "C" {
    fn pthread_setcancelstate(state: c_int, old_state: *mut c_int) -> c_int;
}

/// POSIX leaves the numbers open: this is glibc's, musl's and macOS's.
#[cfg(target_os = "linux")]
const PTHREAD_CANCEL_DISABLE: c_int = 1;
#[cfg(not(target_os = "linux"))]
const PTHREAD_CANCEL_DISABLE: c_int = 0;

/// Holds back the cancellation of this thread. A cancellation point inside of us, such as a read, would unwind through
/// frames of Rust, which ends the process.
struct CancellationHeld {
    old_state: c_int,
}

impl CancellationHeld {
    fn new() -> CancellationHeld {
        let mut old_state = 0;
        // SAFETY: the state is one that POSIX names, and `old_state` may be written.
        unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &raw mut old_state) };
        CancellationHeld { old_state }
    }
}

impl Drop for CancellationHeld {
    fn drop(&mut self) {
        // SAFETY: the state is one that the function itself returned; NULL is allowed.
        unsafe { pthread_setcancelstate(self.old_state, std::ptr::null_mut()) };
    }
}
