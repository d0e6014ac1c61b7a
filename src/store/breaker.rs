//! What a failing store costs: one warning for each outage, and no time while it is left alone. Every use of a store goes
//! through here, so that a fault in one, a panic even, never becomes the caller's.

use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use super::{Store, StoreError};
use crate::clock::Moment;
use crate::log::{Level, Logger};
use crate::panics::{self, Boundary};

/// How long a store is left alone that took time to fail.
const REST: Duration = Duration::from_secs(30);

/// What was tried. Each fails, and gets well, by itself: a full disk can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Load = 1,
    Save = 2,
    Forget = 4,
    Lease = 8,
}

/// A store behind its outages.
pub(crate) struct CircuitBreaker {
    store: Box<dyn Store>,
    /// The operations that failed when they were tried last.
    failing: AtomicU8,
    /// Steady time before which nothing is tried.
    rests_until_ms: AtomicI64,
}

impl CircuitBreaker {
    pub(super) fn new(store: Box<dyn Store>) -> CircuitBreaker {
        CircuitBreaker {
            store,
            failing: AtomicU8::new(0),
            rests_until_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// What it is and where, for people.
    pub(crate) fn name(&self) -> String {
        self.store.name()
    }

    /// Tries something, unless the store is being left alone; says why it brought nothing.
    pub(crate) fn attempt<T>(
        &self,
        operation: Operation,
        now: Moment,
        log: &Logger,
        run: impl FnOnce(&dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, String> {
        if now.steady_ms < self.rests_until_ms.load(Ordering::Relaxed) {
            return Err("it failed just now and is left alone for a while".to_owned());
        }
        let result = panics::catch(Boundary::Store, || run(&*self.store));
        match result.unwrap_or_else(|fault| Err(StoreError::transient(fault.message()))) {
            Ok(value) => {
                self.note_success(operation, log);
                Ok(value)
            }
            Err(fault) => {
                if fault.rest {
                    self.rests_until_ms.store(now.plus(REST).steady_ms, Ordering::Relaxed);
                }
                self.note_failure(operation, &fault, log);
                Err(fault.words)
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

    fn note_failure(&self, operation: Operation, fault: &StoreError, log: &Logger) {
        if self.failing.fetch_or(operation as u8, Ordering::Relaxed) == 0 {
            log.log(Level::Warning, || {
                format!(
                    "{}: {}. Tokens come from the server meanwhile",
                    self.name(),
                    fault.words
                )
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::{CacheKey, Lease};
    use super::*;
    use crate::protocol::token::Token;

    /// The operations are the test's.
    struct Nothing;

    impl Store for Nothing {
        fn name(&self) -> String {
            "the store".to_owned()
        }
        fn load(&self, _: &CacheKey, _: Moment) -> Result<Option<Token>, StoreError> {
            Ok(None)
        }
        fn save(&self, _: &CacheKey, _: &Token, _: Option<&Lease>, _: Moment) -> Result<(), StoreError> {
            Ok(())
        }
        fn forget(&self, _: &CacheKey, _: Option<&str>) -> Result<(), StoreError> {
            Ok(())
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

        fn fails(&self, operation: Operation, seconds: i64, rest: bool) -> bool {
            let mut tried = false;
            let _ = self.store.attempt(operation, at(seconds), &self.log, |_| {
                tried = true;
                Err::<(), _>(StoreError {
                    words: "down".to_owned(),
                    rest,
                })
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

    const WARNING: &str = "the store: down. Tokens come from the server meanwhile";

    #[test]
    fn a_slow_failure_is_left_alone_for_a_while_and_told_once() {
        let watched = Watched::new();
        assert!(watched.fails(Operation::Load, 0, true));
        assert!(!watched.fails(Operation::Save, 29, true), "left alone");
        assert!(watched.fails(Operation::Load, 30, true), "tried again");
        assert!(!watched.works(Operation::Load, 59));
        assert!(watched.works(Operation::Load, 60));
        assert_eq!(watched.lines(), [WARNING, "the store works again"]);
        assert!(watched.fails(Operation::Load, 61, false));
        assert_eq!(watched.lines(), [WARNING], "the next outage");
    }

    #[test]
    fn what_cannot_be_written_can_be_read_without_a_line_for_each_time() {
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
    fn a_panic_is_a_failure_like_any_other() {
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
