//! Counters of what a client did, for dashboards and for tests.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted. The numbers are part of the ABI and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Stat {
    /// HTTP requests sent.
    Requests = 0,
    /// Tokens given from memory.
    Hits = 1,
    /// Callers who waited for somebody else's request.
    Waits = 2,
    /// Attempts after the first of a request.
    Retries = 3,
    /// Attempts that brought no token.
    Failures = 4,
    /// Tokens taken from a store.
    StoreHits = 5,
    /// Renewals ahead of time, in the background.
    BackgroundRefreshes = 6,
}

impl Stat {
    /// Every counter, in the order of the numbers.
    pub const ALL: [Stat; 7] = [
        Stat::Requests,
        Stat::Hits,
        Stat::Waits,
        Stat::Retries,
        Stat::Failures,
        Stat::StoreHits,
        Stat::BackgroundRefreshes,
    ];
}

/// One client's counters. Relaxed: each is right by itself, and no order between them is promised.
#[derive(Debug, Default)]
pub struct Stats([AtomicU64; Stat::ALL.len()]);

impl Stats {
    /// One more.
    pub fn count(&self, stat: Stat) {
        self.0[stat as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// So many more.
    pub(crate) fn add(&self, stat: Stat, more: u64) {
        self.0[stat as usize].fetch_add(more, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self, stat: Stat) -> u64 {
        self.0[stat as usize].load(Ordering::Relaxed)
    }
}
