//! What a thread holds of an outcome, and what it remembers of its clients. Asking for a cached token is so common that it
//! must not touch memory that other threads write: each thread counts its references and its hits in a block of its own.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::outcome::Outcome;
use crate::stats::{Stat, Stats};

/// How many clients a thread remembers besides the one that it asked last; the oldest is forgotten first.
const REMEMBERED: usize = 7;

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
pub(super) struct Own {
    client: u64,
    /// The client's generation in which it was made: when the client has a newer token, its generation is another.
    generation: u64,
    share: Arc<Share>,
    /// A reference that was given and came back. The next caller gets this one, so that a thread that asks and clears in
    /// turn counts nothing up or down.
    spare: Option<Arc<Share>>,
}

impl Own {
    /// The share, to look at.
    pub(super) fn share(&self) -> &Share {
        &self.share
    }

    /// A reference for a caller.
    pub(super) fn reference(&mut self) -> Arc<Share> {
        self.spare.take().unwrap_or_else(|| self.share.clone())
    }

    fn is_of(&self, client: u64, generation: u64) -> bool {
        self.client == client && self.generation == generation
    }
}

/// What a thread remembers.
struct Memory {
    /// The client that was asked last.
    last: Option<Own>,
    /// Those before, the most recent at the end.
    others: Vec<Own>,
}

thread_local! {
    /// It goes with the thread.
    static MEMORY: RefCell<Memory> = const { RefCell::new(Memory { last: None, others: Vec::new() }) };
}

/// Hands to `take` what this thread holds of the client that it asked last, if that is this client in this generation and
/// `is_good`, and counts a hit. Nothing here allocates, and nothing can panic.
#[inline]
pub(super) fn with_last<T>(
    client: u64,
    generation: u64,
    is_good: impl FnOnce(&Outcome) -> bool,
    take: impl FnOnce(&mut Own) -> T,
) -> Option<T> {
    // A thread that is ending remembers nothing any more: its caller goes the long way.
    let taken = MEMORY.try_with(|memory| {
        let mut memory = memory.try_borrow_mut().ok()?;
        let own = memory.last.as_mut()?;
        if !own.is_of(client, generation) || !is_good(own.share.outcome()) {
            return None;
        }
        own.share.count_hit();
        Some(take(own))
    });
    taken.ok().flatten()
}

/// Makes this client's share the one that the thread asked last. Where the thread has none of this generation, `make` makes
/// one; an outdated one is released.
pub(super) fn bring_forward(client: u64, generation: u64, make: impl FnOnce() -> Option<Arc<Share>>) {
    let _ = MEMORY.try_with(|memory| {
        let mut memory = memory.try_borrow_mut().ok()?;
        if memory.last.as_ref().is_some_and(|own| own.is_of(client, generation)) {
            return Some(());
        }
        let at = memory.others.iter().position(|own| own.client == client);
        let before = memory.last.take_if(|own| own.client == client);
        let own = match at.map(|at| memory.others.remove(at)).or(before) {
            Some(own) if own.generation == generation => own,
            _ => Own {
                client,
                generation,
                share: make()?,
                spare: None,
            },
        };
        if let Some(last) = memory.last.replace(own) {
            if memory.others.len() == REMEMBERED {
                memory.others.remove(0);
            }
            memory.others.push(last);
        }
        Some(())
    });
}

/// A caller is done with a reference. The thread that asked for it last keeps it at hand for the next.
#[inline]
pub(crate) fn give_back(share: Arc<Share>) {
    let _ = MEMORY.try_with(|memory| {
        if let Ok(mut memory) = memory.try_borrow_mut()
            && let Some(own) = &mut memory.last
            && own.spare.is_none()
            && Arc::ptr_eq(&own.share, &share)
        {
            own.spare = Some(share);
        }
    });
}

/// Releases this thread's share of a client that is no more.
pub(super) fn forget(client: u64) {
    let _ = MEMORY.try_with(|memory| {
        if let Ok(mut memory) = memory.try_borrow_mut() {
            memory.last.take_if(|own| own.client == client);
            memory.others.retain(|own| own.client != client);
        }
    });
}
