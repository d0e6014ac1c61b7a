//! The client's lock, across `fork()`. A lock that another thread held at the fork stays held in the child for ever,
//! and a request that was under way has no thread there: so each process gets a lock and a state of its own.

use std::process;
use std::sync::{Arc, PoisonError, Weak};

use arc_swap::ArcSwap;

use super::share::Share;
use super::state::State;
use crate::sync::{Mutex, MutexGuard};

/// The state as one process sees it.
pub(super) struct Epoch {
    process: u32,
    state: Mutex<State>,
    /// What threads hold of the cached token, for the hits that they have counted.
    shares: Mutex<Vec<Weak<Share>>>,
}

impl Epoch {
    fn here() -> Epoch {
        Epoch {
            process: process::id(),
            state: Mutex::default(),
            shares: Mutex::default(),
        }
    }

    /// Another thread's share.
    pub(super) fn add_share(&self, share: &Arc<Share>) {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.retain(|share| share.strong_count() > 0);
        shares.push(Arc::downgrade(share));
    }

    /// The hits that live shares have counted.
    pub(super) fn hits_of_shares(&self) -> u64 {
        let shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.iter().filter_map(Weak::upgrade).map(|share| share.hits()).sum()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds this process's epoch.
pub(super) struct Epochs(ArcSwap<Epoch>);

impl Epochs {
    pub(super) fn new() -> Epochs {
        Epochs(ArcSwap::from_pointee(Epoch::here()))
    }

    /// This process's epoch, begun now if this is the first call since the fork. What is under way and what is
    /// remembered stay with the parent; the cached token came along.
    pub(super) fn current(&self) -> Arc<Epoch> {
        let seen = self.0.load_full();
        if seen.process == process::id() {
            return seen;
        }
        // Without a lock: of several threads here, the first one's epoch is everybody's.
        self.0.compare_and_swap(&seen, Arc::new(Epoch::here()));
        self.0.load_full()
    }
}
