//! A place whose file system may hang: every operation on it, and the end of every lock, is limited in time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::bounded::Bounded;
use super::place::Place;
use crate::platform::lock::Lock;
use crate::store::StoreError;

/// A directory, and the limit on what its file system may take of a caller's time.
pub(crate) struct BoundedPlace {
    place: Arc<Place>,
    bounded: Arc<Bounded>,
}

impl BoundedPlace {
    /// Limits this place, in calls that may take `timeout`.
    pub(crate) fn new(place: Place, timeout: Duration) -> BoundedPlace {
        BoundedPlace {
            place: Arc::new(place),
            bounded: Arc::new(Bounded::new(timeout)),
        }
    }

    /// Returns where the directory is, or will be; `None` where no variable names it.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.place.path()
    }

    /// Runs an operation, and waits for it until the limit.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Place) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = self.place.clone();
        self.bounded.run(move || operation(&place))
    }

    /// Keeps a file of this place locked for as long as the result exists.
    pub(crate) fn hold(&self, lock: Lock) -> HeldLock {
        HeldLock {
            lock: Some(Arc::new(lock)),
            bounded: self.bounded.clone(),
        }
    }
}

/// A locked file. It ends with its process. An operation that takes too long keeps it locked until it is done.
pub(crate) struct HeldLock {
    lock: Option<Arc<Lock>>,
    bounded: Arc<Bounded>,
}

impl HeldLock {
    /// Returns the lock, which an operation holds until it is done.
    pub(crate) fn shared(&self) -> Arc<Lock> {
        self.lock.clone().expect("taken by drop alone")
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        let lock = self.lock.take();
        self.bounded.run_always(|| drop(lock));
    }
}
