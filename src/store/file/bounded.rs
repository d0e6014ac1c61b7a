//! Limits what a file system, or a keyring, may take of a caller's time. A call into one that hangs, such as a network mount without
//! its server, cannot be interrupted, so it is made in a thread of its own, which is left behind.

use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::detached::{self, Task, Unfinished};
use crate::panics::Boundary;
use crate::store::StoreError;

/// No operation takes longer, nor longer than a quarter of what a call may take. Writing to a busy disk takes seconds.
const LONGEST: Duration = Duration::from_secs(10);

/// Runs operations one after another, each for a limited time.
pub(crate) struct Bounded {
    limit: Duration,
    /// Who does the operations, and what to do if it takes too long.
    what: &'static str,
    advice: &'static str,
    /// The operation that exceeded the limit last. While it hangs, no other is begun: at most as many threads hang as callers
    /// came at the same time.
    exceeded: ArcSwapOption<Task>,
}

impl Bounded {
    /// Limits a file system, in calls that may take this long.
    pub(crate) fn new(timeout: Duration) -> Bounded {
        let advice = "Check the disk or the network mount, or choose another directory";
        Bounded::with(LONGEST.min(timeout / 4), "the file system", advice)
    }

    /// Limits something else.
    pub(crate) fn with(limit: Duration, what: &'static str, advice: &'static str) -> Bounded {
        Bounded {
            limit,
            what,
            advice,
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
        let result = detached::run_for(self.limit, Boundary::Store, operation);
        result.map_err(|unfinished| self.unfinished(unfinished))?
    }

    /// Runs what has to be done even while the file system hangs, and then waits for nothing.
    pub(crate) fn run_always(&self, operation: impl FnOnce() + Send + 'static) {
        let limit = if self.hangs() { Duration::ZERO } else { self.limit };
        if let Err(unfinished) = detached::run_for(limit, Boundary::Store, operation) {
            // Nobody is there who could use the error.
            self.unfinished(unfinished);
        }
    }

    fn unfinished(&self, unfinished: Unfinished) -> StoreError {
        match unfinished {
            Unfinished::Failed(error) => StoreError::transient(error.what()),
            Unfinished::Hangs(task) => {
                self.exceeded.store(Some(task));
                self.too_slow()
            }
        }
    }

    fn hangs(&self) -> bool {
        self.exceeded.load().as_ref().is_some_and(|task| task.hangs())
    }

    fn too_slow(&self) -> StoreError {
        let (what, limit) = (self.what, self.limit.as_millis());
        StoreError::tripping(format!("{what} has not responded within {limit} ms")).advise(self.advice)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Instant;

    use super::*;
    use crate::panics;

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
