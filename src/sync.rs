//! The locks this crate waits on and the threads it makes: std's; or shuttle's when `--cfg shuttle` explores the
//! interleavings; or `parking_lot`'s when `--cfg thread_sanitizer` looks for races, since the standard library comes
//! compiled, and what its locks do is hidden from the sanitizer.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[cfg(shuttle)]
pub use shuttle::{
    sync::{Condvar, Mutex, MutexGuard},
    thread::Builder,
};
#[cfg(not(any(shuttle, thread_sanitizer)))]
pub use std::{
    sync::{Condvar, Mutex, MutexGuard},
    thread::Builder,
};
#[cfg(thread_sanitizer)]
pub use {
    std::thread::Builder,
    visible::{Condvar, Mutex, MutexGuard},
};

/// The stack of each thread that this crate makes. Without a size, std reads the variable RUST_MIN_STACK, in a thread in
/// which the host does not expect anybody to read its environment.
pub const STACK_SIZE: usize = 2 * 1024 * 1024;

/// Returns a small number that is this thread's own, for what is kept in several copies.
pub fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.try_with(|number| *number).unwrap_or(0)
}

/// Locks a mutex. A panic of another thread that held it changes nothing: what our locks protect is whole at every step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits on `changed` while `condition` holds, for `timeout` at most.
pub fn wait_while<'g, T>(
    changed: &Condvar,
    mut guard: MutexGuard<'g, T>,
    timeout: Duration,
    condition: impl Fn(&T) -> bool,
) -> MutexGuard<'g, T> {
    let end = Instant::now() + timeout;
    while condition(&guard) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let woken = changed.wait_timeout(guard, left);
        guard = woken.unwrap_or_else(PoisonError::into_inner).0;
    }
    guard
}

#[cfg(thread_sanitizer)]
mod visible {
    //! `parking_lot` with the signatures of std.

    use std::convert::Infallible;
    use std::sync::PoisonError;
    use std::time::Duration;

    pub use parking_lot::MutexGuard;

    #[derive(Default)]
    pub struct Mutex<T>(parking_lot::Mutex<T>);

    impl<T> Mutex<T> {
        pub fn lock(&self) -> Result<MutexGuard<'_, T>, PoisonError<MutexGuard<'_, T>>> {
            Ok(self.0.lock())
        }
    }

    #[derive(Default)]
    pub struct Condvar(parking_lot::Condvar);

    type Waited<'g, T> = (MutexGuard<'g, T>, Option<Infallible>);

    impl Condvar {
        pub fn notify_all(&self) {
            self.0.notify_all();
        }

        pub fn wait_timeout<'g, T>(
            &self,
            mut guard: MutexGuard<'g, T>,
            time: Duration,
        ) -> Result<Waited<'g, T>, PoisonError<Waited<'g, T>>> {
            self.0.wait_for(&mut guard, time);
            Ok((guard, None))
        }
    }
}
