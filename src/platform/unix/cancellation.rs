//! The cancellation of a thread (`pthread_cancel`).

use std::ffi::c_int;

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
pub(crate) struct CancellationHeld {
    old_state: c_int,
}

impl CancellationHeld {
    /// Holds it back until this is dropped.
    pub(crate) fn new() -> CancellationHeld {
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
