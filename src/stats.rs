//! Counters of what a client did, for dashboards and for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::sync::thread_number;

/// What is counted. The numbers are part of the ABI and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Stat {
    /// HTTP requests sent.
    Requests = 0,
    /// Calls answered from memory.
    Hits = 1,
    /// Calls that waited for a request started by another caller.
    Waits = 2,
    /// Attempts after the first of a request.
    Retries = 3,
    /// Attempts that failed.
    Failures = 4,
    /// Tokens taken from a store.
    StoreHits = 5,
    /// Refreshes in the background, before the token expired.
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

/// The counters of a client at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// HTTP requests sent.
    pub requests: u64,
    /// Calls answered from memory.
    pub hits: u64,
    /// Calls that waited for a request started by another caller.
    pub waits: u64,
    /// Attempts after the first of a request.
    pub retries: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Tokens taken from a store.
    pub store_hits: u64,
    /// Refreshes in the background, before the token expired.
    pub background_refreshes: u64,
}

/// One client's counters. Relaxed: each is right by itself, and no order between them is promised.
#[derive(Debug, Default)]
pub struct Counters {
    /// All but the hits.
    counters: [AtomicU64; Stat::ALL.len()],
    hits: ShardedCounter,
}

impl Counters {
    /// Adds one.
    pub fn count(&self, stat: Stat) {
        match stat {
            Stat::Hits => self.hits.add_one(),
            _ => _ = self.counters[stat as usize].fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Returns all counts so far.
    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            requests: self.get(Stat::Requests),
            hits: self.get(Stat::Hits),
            waits: self.get(Stat::Waits),
            retries: self.get(Stat::Retries),
            failures: self.get(Stat::Failures),
            store_hits: self.get(Stat::StoreHits),
            background_refreshes: self.get(Stat::BackgroundRefreshes),
        }
    }

    /// Returns the count so far.
    pub fn get(&self, stat: Stat) -> u64 {
        match stat {
            Stat::Hits => self.hits.sum(),
            _ => self.counters[stat as usize].load(Ordering::Relaxed),
        }
    }
}

/// A counter in two parts, so that threads that count at the same time rarely write the same cache line.
#[derive(Debug, Default)]
struct ShardedCounter([Shard; 2]);

#[derive(Debug, Default)]
#[repr(align(64))]
struct Shard(AtomicU64);

impl ShardedCounter {
    fn add_one(&self) {
        self.0[thread_number() % self.0.len()].0.fetch_add(1, Ordering::Relaxed);
    }

    fn sum(&self) -> u64 {
        self.0.iter().map(|shard| shard.0.load(Ordering::Relaxed)).sum()
    }
}
