//! What a thread holds of an outcome, and what it remembers of its clients. Asking for a cached token is so common that it
//! must not touch memory that other threads write: each thread counts its references and its hits in a block of its own.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::outcome::Outcome;
use crate::stats::{Stat, Stats};

/// How many clients a thread remembers; the one that it asked least recently is forgotten first.
const REMEMBERED: usize = 8;

/// One thread's reference to an outcome: what it gives to callers, who may clear it anywhere.
#[derive(Debug)]
pub(crate) struct Share {
    outcome: Arc<Outcome>,
    /// Tokens given from this share. Written by the thread that made it alone.
    hits: AtomicU64,
    /// Where the hits go in the end.
    stats: Option<Arc<Stats>>,
}

impl Share {
    /// A share that counts no hits.
    pub(crate) fn of(outcome: Arc<Outcome>) -> Arc<Share> {
        Arc::new(Share {
            outcome,
            hits: AtomicU64::new(0),
            stats: None,
        })
    }

    /// A share whose hits are added to these statistics when it goes.
    pub(super) fn counting(outcome: Arc<Outcome>, stats: Arc<Stats>) -> Arc<Share> {
        Arc::new(Share {
            outcome,
            hits: AtomicU64::new(0),
            stats: Some(stats),
        })
    }

    /// What is shared.
    pub(crate) fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Hits that the statistics do not have yet.
    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// One more. To be called by the thread that made the share; so it needs no locked instruction.
    fn count_hit(&self) {
        self.hits.store(self.hits() + 1, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(stats) = &self.stats {
            stats.add(Stat::Hits, self.hits());
        }
    }
}

/// A share that this thread remembers.
struct Seen {
    client: u64,
    /// The client's generation in which it was made: when the client has a newer token, its generation is another.
    generation: u64,
    share: Arc<Share>,
}

thread_local! {
    /// The most recently asked client last. It goes with the thread.
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// Hands this thread's share of a client's token to `take`, if the token `is_good`, and counts a hit. Where the thread
/// has none of this generation, `make` makes one; an outdated one is released.
pub(super) fn with_own<T>(
    client: u64,
    generation: u64,
    make: impl FnOnce() -> Option<Arc<Share>>,
    is_good: impl FnOnce(&Outcome) -> bool,
    take: impl FnOnce(&Arc<Share>) -> T,
) -> Option<T> {
    // A thread that is ending remembers nothing any more: its caller goes the long way.
    let taken = SEEN.try_with(|seen| {
        let mut seen = seen.try_borrow_mut().ok()?;
        let current = seen
            .last()
            .is_some_and(|last| last.client == client && last.generation == generation);
        if !current {
            refresh(&mut seen, client, generation, make)?;
        }
        let share = &seen.last()?.share;
        if !is_good(share.outcome()) {
            return None;
        }
        share.count_hit();
        Some(take(share))
    });
    taken.ok().flatten()
}

/// Puts a share of this generation to the end.
fn refresh(
    seen: &mut Vec<Seen>,
    client: u64,
    generation: u64,
    make: impl FnOnce() -> Option<Arc<Share>>,
) -> Option<()> {
    let known = seen
        .iter()
        .position(|entry| entry.client == client)
        .map(|at| seen.remove(at));
    let entry = match known {
        Some(entry) if entry.generation == generation => entry,
        _ => Seen {
            client,
            generation,
            share: make()?,
        },
    };
    if seen.len() == REMEMBERED {
        seen.remove(0);
    }
    seen.push(entry);
    Some(())
}

/// Releases this thread's share of a client that is no more.
pub(super) fn forget(client: u64) {
    let _ = SEEN.try_with(|seen| {
        if let Ok(mut seen) = seen.try_borrow_mut() {
            seen.retain(|entry| entry.client != client);
        }
    });
}
