//! The cached token, in two copies: threads that ask at the same time rarely count references in the same memory.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};

use crate::outcome::Outcome;
use crate::sync::thread_number;

/// One copy, on a cache line of its own.
#[derive(Default)]
#[repr(align(64))]
struct Copy(ArcSwapOption<Outcome>);

/// The token that callers get. Read without a lock, so it can be read in a child of `fork()` too. Written under the lock of the
/// client's state.
#[derive(Default)]
pub(super) struct Cached([Copy; 2]);

impl Cached {
    /// Borrows this thread's copy.
    pub(super) fn load(&self) -> Guard<Option<Arc<Outcome>>> {
        self.0[thread_number() % self.0.len()].0.load()
    }

    /// Returns this thread's copy.
    pub(super) fn load_full(&self) -> Option<Arc<Outcome>> {
        Guard::into_inner(self.load())
    }

    /// Replaces all copies. Once this has returned, no thread reads the old token from here.
    pub(super) fn store(&self, outcome: Option<&Outcome>) {
        for copy in &self.0 {
            copy.0.store(outcome.cloned().map(Arc::new));
        }
    }
}
