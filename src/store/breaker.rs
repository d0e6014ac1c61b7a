//! Limits what a failing store costs: one warning for each outage, and no time while it is not used. Every use of a store goes
//! through here, so that an error in one, even a panic, is never the caller's.

use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use super::{Store, StoreError};
use crate::clock::Moment;
use crate::log::{Level, Logger};
use crate::panics::{self, Boundary};

/// How long a store is not used after an error that took time.
const OPEN_FOR: Duration = Duration::from_secs(30);

/// What can fail. Each fails, and recovers, by itself: a full disk can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Load = 1,
    Save = 2,
    Remove = 4,
    Lease = 8,
}

/// A store that is not used for a while after it failed.
pub(crate) struct CircuitBreaker {
    store: Box<dyn Store>,
    /// The operations whose last use failed.
    failing: AtomicU8,
    /// Steady time before which the store is not used.
    open_until_ms: AtomicI64,
}

impl CircuitBreaker {
    pub(super) fn new(store: Box<dyn Store>) -> CircuitBreaker {
        CircuitBreaker {
            store,
            failing: AtomicU8::new(0),
            open_until_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// Names the store and its place, for people.
    pub(crate) fn name(&self) -> String {
        self.store.name()
    }

    /// Runs an operation, unless the store is not to be used. Returns why there is no result.
    pub(crate) fn attempt<T>(
        &self,
        operation: Operation,
        now: Moment,
        log: &Logger,
        run: impl FnOnce(&dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if now.steady_ms < self.open_until_ms.load(Ordering::Relaxed) {
            return Err(StoreError::transient("skipped after a recent failure"));
        }
        self.insist(operation, now, log, run)
    }

    /// Runs an operation even if the store failed recently: for a request that has nothing better to do than to wait for it.
    pub(crate) fn insist<T>(
        &self,
        operation: Operation,
        now: Moment,
        log: &Logger,
        run: impl FnOnce(&dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = panics::catch(Boundary::Store, || run(&*self.store));
        match result.unwrap_or_else(|error| Err(StoreError::transient(error.what()))) {
            Ok(value) => {
                self.open_until_ms.store(i64::MIN, Ordering::Relaxed);
                self.note_success(operation, log);
                Ok(value)
            }
            Err(error) => {
                if error.trips {
                    self.open_until_ms
                        .store(now.plus(OPEN_FOR).steady_ms, Ordering::Relaxed);
                }
                self.note_failure(operation, &error, log);
                Err(error)
            }
        }
    }

    fn note_success(&self, operation: Operation, log: &Logger) {
        let before = self.failing.load(Ordering::Relaxed);
        if before & operation as u8 == 0 {
            return;
        }
        if self.failing.fetch_and(!(operation as u8), Ordering::Relaxed) == operation as u8 {
            log.log(Level::Info, || format!("{} works again", self.name()));
        }
    }

    fn note_failure(&self, operation: Operation, error: &StoreError, log: &Logger) {
        if self.failing.fetch_or(operation as u8, Ordering::Relaxed) == 0 {
            log.log(Level::Warning, || {
                let what = format!("{}: {}; falling back to the token server", self.name(), error.what);
                if error.advice.is_empty() {
                    what
                } else {
                    format!("{what}. {}", error.advice)
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::{CacheKey, Fence, Lease, Refusal, Stored};
    use super::*;
    use crate::protocol::token::Token;

    /// The test brings the operations.
    struct Nothing;

    impl Store for Nothing {
        fn name(&self) -> String {
            "the store".to_owned()
        }
        fn load(&self, _: &CacheKey, _: Moment) -> Result<Stored, StoreError> {
            Ok(Stored::default())
        }
        fn save(&self, _: &CacheKey, _: &Token, _: Fence, _: Moment) -> Result<(), StoreError> {
            Ok(())
        }
        fn save_refusal(&self, _: &CacheKey, _: &Refusal, _: Moment) -> Result<(), StoreError> {
            Ok(())
        }
        fn remove(&self, _: &CacheKey, _: Option<&str>) -> Result<(), StoreError> {
            Ok(())
        }
        fn next_fence(&self, _: &CacheKey) -> Result<Fence, StoreError> {
            Ok(Fence::default())
        }
        fn try_lease(&self, _: &CacheKey) -> Result<Option<Lease>, StoreError> {
            Ok(None)
        }
        fn release(&self, _: &CacheKey, _: Lease) -> Result<(), StoreError> {
            Ok(())
        }
    }

    struct Watched {
        store: CircuitBreaker,
        log: Logger,
        lines: Arc<Mutex<Vec<String>>>,
    }

    impl Watched {
        fn new() -> Watched {
            let lines = Arc::new(Mutex::new(Vec::new()));
            let seen = lines.clone();
            Watched {
                store: CircuitBreaker::new(Box::new(Nothing)),
                log: Logger::new(move |_, line| seen.lock().unwrap().push(line.to_owned())),
                lines,
            }
        }

        fn fails(&self, operation: Operation, seconds: i64, trips: bool) -> bool {
            let mut tried = false;
            let _ = self.store.attempt(operation, at(seconds), &self.log, |_| {
                tried = true;
                let error = if trips {
                    StoreError::tripping("down")
                } else {
                    StoreError::transient("down")
                };
                Err::<(), _>(error.advise("Start it"))
            });
            tried
        }

        fn works(&self, operation: Operation, seconds: i64) -> bool {
            self.store
                .attempt(operation, at(seconds), &self.log, |_| Ok(()))
                .is_ok()
        }

        fn lines(&self) -> Vec<String> {
            std::mem::take(&mut *self.lines.lock().unwrap())
        }
    }

    fn at(seconds: i64) -> Moment {
        Moment {
            wall_ms: 0,
            steady_ms: seconds * 1000,
        }
    }

    const WARNING: &str = "the store: down; falling back to the token server. Start it";

    #[test]
    fn a_store_that_took_time_to_fail_is_not_used_for_a_while_and_logged_once() {
        let watched = Watched::new();
        assert!(watched.fails(Operation::Load, 0, true));
        assert!(!watched.fails(Operation::Save, 29, true), "not used");
        assert!(watched.fails(Operation::Load, 30, true), "tried again");
        assert!(!watched.works(Operation::Load, 59));
        assert!(watched.works(Operation::Load, 60));
        assert_eq!(watched.lines(), [WARNING, "the store works again"]);
        assert!(watched.fails(Operation::Load, 61, false));
        assert_eq!(watched.lines(), [WARNING], "the next outage");
    }

    #[test]
    fn a_store_that_can_only_be_read_is_logged_once() {
        let watched = Watched::new();
        for second in 0..5 {
            assert!(watched.works(Operation::Load, second));
            assert!(watched.fails(Operation::Lease, second, false));
            assert!(watched.fails(Operation::Save, second, false));
        }
        assert_eq!(watched.lines(), [WARNING]);
        assert!(watched.works(Operation::Lease, 5));
        assert_eq!(watched.lines().len(), 0);
        assert!(watched.works(Operation::Save, 5));
        assert_eq!(watched.lines(), ["the store works again"]);
    }

    #[test]
    fn a_request_that_waits_may_use_a_store_that_failed_recently() {
        let watched = Watched::new();
        assert!(watched.fails(Operation::Load, 0, true));
        let insist = |result| watched.store.insist(Operation::Load, at(1), &watched.log, |_| result);
        assert!(insist(Err(StoreError::tripping("down"))).is_err());
        assert!(!watched.works(Operation::Load, 2));
        assert!(insist(Ok(())).is_ok());
        assert!(watched.works(Operation::Load, 2), "it is back");
        assert_eq!(watched.lines(), [WARNING, "the store works again"]);
    }

    #[test]
    fn a_panic_is_an_error_like_any_other() {
        panics::keep_quiet();
        let watched = Watched::new();
        let result = watched
            .store
            .attempt(Operation::Load, at(0), &watched.log, |_| -> Result<(), StoreError> {
                panic!("canary")
            });
        assert!(result.is_err());
        assert_eq!(watched.lines().len(), 1);
    }
}
