//! No panic leaves this crate. Where a panic must end, it ends here, as an `Internal` error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind};

thread_local! {
    /// How many `catch`es this thread is inside of.
    static CATCHING: Cell<u32> = const { Cell::new(0) };
}

/// Where panics end.
#[derive(Clone, Copy, Debug)]
pub enum Boundary {
    /// A function of the C ABI.
    Call,
    /// The request that callers wait for.
    Request,
    /// A store.
    Store,
}

/// Runs a closure; its panic becomes an error.
pub fn catch<T>(place: Boundary, run: impl FnOnce() -> T) -> Result<T, Error> {
    let run = || {
        inject(place);
        run()
    };
    let result = CATCHING.with(|depth| {
        depth.set(depth.get() + 1);
        let result = panic::catch_unwind(AssertUnwindSafe(run));
        depth.set(depth.get() - 1);
        result
    });
    result.map_err(|payload| {
        // Dropping a payload can panic again.
        std::mem::forget(payload);
        Error::new(ErrorKind::Internal, "internal error in spotify-token")
            .advise("Please report it with the steps to reproduce it")
    })
}

/// Panics where a test asks for it: in the place that SPOTIFY_TOKEN_PANIC names.
#[cfg(feature = "panic-injection")]
fn inject(place: Boundary) {
    let wanted = std::env::var("SPOTIFY_TOKEN_PANIC").unwrap_or_default();
    assert!(
        !wanted.eq_ignore_ascii_case(&format!("{place:?}")),
        "a test asked for this"
    );
}

#[cfg(not(feature = "panic-injection"))]
fn inject(_place: Boundary) {}

/// Keeps panics that are caught here off the host's stderr. For the C ABI alone: an ordinary Rust program decides that itself.
/// Other panics are reported as before. It waits for nobody: a child of `fork()` must not wait for a thread of its parent.
pub fn keep_quiet() {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if INSTALLED.load(Ordering::Relaxed) || INSTALLED.swap(true, Ordering::Relaxed) {
        return;
    }
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let ours = CATCHING.try_with(|depth| depth.get() > 0).unwrap_or(false);
        if !ours {
            previous(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        keep_quiet();
        assert_eq!(catch(Boundary::Call, || 7).unwrap(), 7);
        let error = catch(Boundary::Call, || -> u8 { panic!("canary") }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(!error.message().contains("canary"));
    }
}
