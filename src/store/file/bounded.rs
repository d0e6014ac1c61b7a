//! Limits what a file system may take of a caller's time. A call into one that hangs, such as a network mount without its
//! server, cannot be interrupted, so it is made in a thread of its own, which is left behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::fork::ProcessId;
use crate::panics::{self, Boundary};
use crate::store::StoreError;

/// No operation takes longer, nor longer than a quarter of what a call may take. Writing to a busy disk takes seconds.
const LONGEST: Duration = Duration::from_secs(10);

/// Runs operations one after another, each for a limited time.
pub(crate) struct Bounded {
    limit: Duration,
    /// The operation that exceeded the limit last. While it hangs, no other is begun: at most as many threads hang as callers
    /// came at the same time.
    exceeded: ArcSwapOption<Running>,
}

/// An operation in its thread.
struct Running {
    /// A child of `fork()` does not have the thread, so nothing hangs there.
    process: ProcessId,
    done: AtomicBool,
}

impl Bounded {
    pub(crate) fn new(timeout: Duration) -> Bounded {
        Bounded {
            limit: LONGEST.min(timeout / 4),
            exceeded: ArcSwapOption::empty(),
        }
    }

    /// Runs an operation, and waits for it until the limit. What it returns after that is dropped in its own thread. Where no
    /// thread can be made, it runs in the caller's.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.hangs() {
            return Err(self.too_slow());
        }
        self.start_and_wait(operation, self.limit)
    }

    /// Runs what has to be done even while the file system hangs, and then waits for nothing.
    pub(crate) fn run_always(&self, operation: impl FnOnce() + Send + 'static) {
        let limit = if self.hangs() { Duration::ZERO } else { self.limit };
        let operation = || {
            operation();
            Ok(())
        };
        // Nobody is there who could use the error.
        let _ = self.start_and_wait(operation, limit);
    }

    fn start_and_wait<T: Send + 'static>(
        &self,
        operation: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
        limit: Duration,
    ) -> Result<T, StoreError> {
        let running = Arc::new(Running {
            process: ProcessId::current(),
            done: AtomicBool::new(false),
        });
        let (sender, receiver) = mpsc::sync_channel(1);
        let begun = running.clone();
        let work = move || {
            let result = panics::catch(Boundary::Store, operation);
            begun.done.store(true, Ordering::SeqCst);
            let _ = sender.send(result.unwrap_or_else(|error| Err(StoreError::transient(error.what()))));
        };
        if let Err(work) = spawn(work) {
            work();
        }
        receiver.recv_timeout(limit).unwrap_or_else(|_| {
            self.exceeded.store(Some(running));
            Err(self.too_slow())
        })
    }

    fn hangs(&self) -> bool {
        let exceeded = self.exceeded.load();
        exceeded
            .as_ref()
            .is_some_and(|running| !running.done.load(Ordering::SeqCst) && running.process == ProcessId::current())
    }

    fn too_slow(&self) -> StoreError {
        let limit = self.limit.as_millis();
        StoreError::tripping(format!("the file system has not responded within {limit} ms"))
            .advise("Check the disk or the network mount, or choose another directory")
    }
}

/// Runs this in a thread of its own, or returns it where no thread can be made.
fn spawn<F: FnOnce() + Send + 'static>(work: F) -> Result<(), F> {
    let shared = Arc::new(Mutex::new(Some(work)));
    let take = |shared: &Mutex<Option<F>>| shared.lock().unwrap_or_else(PoisonError::into_inner).take();
    let in_thread = shared.clone();
    let run = move || {
        if let Some(work) = take(&in_thread) {
            work();
        }
    };
    match thread::Builder::new().name("spotify-store".to_owned()).spawn(run) {
        Ok(_) => Ok(()),
        Err(_) => take(&shared).map_or(Ok(()), Err),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn bounded() -> Bounded {
        Bounded::new(Duration::from_millis(400))
    }

    #[test]
    fn an_operation_that_hangs_costs_its_time_once() {
        let bounded = bounded();
        assert_eq!(bounded.run(|| Ok(7)), Ok(7));
        let (go_on, hang) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel();
        let start = Instant::now();
        let result = bounded.run(move || {
            let _ = hang.recv();
            ended.send(()).unwrap();
            Ok(())
        });
        assert!(result.unwrap_err().trips && start.elapsed() >= Duration::from_millis(100));
        let ran = Arc::new(AtomicBool::new(false));
        let set_ran = ran.clone();
        let result = bounded.run(move || {
            set_ran.store(true, Ordering::SeqCst);
            Ok(())
        });
        assert!(result.is_err() && !ran.load(Ordering::SeqCst), "no second thread hangs");

        // The file system responds again.
        drop(go_on);
        has_ended.recv().unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        while bounded.hangs() && Instant::now() < end {
            thread::yield_now();
        }
        assert_eq!(bounded.run(|| Ok(8)), Ok(8));
    }

    #[test]
    fn what_must_be_done_is_done_while_another_operation_hangs() {
        let bounded = bounded();
        let (_go_on, hang) = mpsc::channel::<()>();
        assert!(bounded.run(move || Ok(hang.recv().is_ok())).is_err());
        let (done, is_done) = mpsc::channel();
        bounded.run_always(move || done.send(()).unwrap());
        is_done.recv().unwrap();
    }

    #[test]
    fn a_panic_in_an_operation_is_an_error() {
        panics::keep_quiet();
        assert!(
            bounded()
                .run(|| -> Result<(), StoreError> { panic!("canary") })
                .is_err()
        );
    }
}
