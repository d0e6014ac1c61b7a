//! Where a token is stored between processes: the interface of every store, and the choice of one. What a store that fails
//! costs is decided in `breaker`.

mod breaker;
pub(crate) mod file;
pub(crate) mod key;

pub(crate) mod record;
#[cfg(feature = "redis")]
pub(crate) mod redis;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::config::environment::Environment;
use crate::config::{Cache, Settings};
use crate::error::{Error, ErrorKind};
use crate::protocol::retry::Backoff;
use crate::protocol::token::Token;
use crate::random;

pub(crate) use breaker::{CircuitBreaker, Operation};
pub(crate) use key::CacheKey;

/// A place that several processes share. It opens what it needs for each operation and keeps nothing open, so a child of
/// `fork()` shares no connection and no lock with its parent. Every operation is limited in time.
pub(crate) trait Store: Send + Sync {
    /// Names the store and its place, for people.
    fn name(&self) -> String;

    /// Returns what is stored and has not expired.
    fn load(&self, key: &CacheKey, now: Moment) -> Result<Stored, StoreError>;

    /// Stores a token, unless a newer one is stored, and removes a refusal. The fence is the one of the token's request.
    fn save(&self, key: &CacheKey, token: &Token, fence: Fence, now: Moment) -> Result<(), StoreError>;

    /// Stores a refusal, beside the token.
    fn save_refusal(&self, key: &CacheKey, refusal: &Refusal, now: Moment) -> Result<(), StoreError>;

    /// Removes the token if it is the one that was rejected; `None` removes whichever it is, and a refusal.
    fn remove(&self, key: &CacheKey, rejected: Option<&str>) -> Result<(), StoreError>;

    /// Returns the fence of a request that is made without the lease.
    fn next_fence(&self, key: &CacheKey) -> Result<Fence, StoreError>;

    /// Takes the lease, which is the right to request the next token; `None` while another process has it. Does not wait.
    fn try_lease(&self, key: &CacheKey) -> Result<Option<Lease>, StoreError>;

    /// Returns the lease. A lease that is dropped instead, or whose holder dies, ends too, if later.
    fn release(&self, key: &CacheKey, lease: Lease) -> Result<(), StoreError>;
}

/// What is stored under a key.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) token: Option<Token>,
    pub(crate) refusal: Option<Refusal>,
}

impl Stored {
    /// Reads the records that are there. A refusal that cannot be read is no reason to give up the token.
    fn from_records(token: Option<&[u8]>, refusal: Option<&[u8]>, now: Moment) -> Result<Stored, StoreError> {
        let token = token.map_or(Ok(None), |bytes| record::decode(bytes, now))?;
        let refusal = match refusal.map_or(Ok(None), |bytes| record::decode_refusal(bytes, now)) {
            Err(error) if token.is_none() => return Err(error),
            refusal => refusal.unwrap_or(None),
        };
        Ok(Stored { token, refusal })
    }
}

/// An error of the server that is repeated until a moment, instead of asking again.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) error: Error,
    pub(crate) since: Moment,
    pub(crate) until: Moment,
}

impl Refusal {
    /// Makes a refusal that lasts for this time from now on.
    pub(crate) fn new(error: Error, lasts: Duration, now: Moment) -> Refusal {
        Refusal {
            error,
            since: now,
            until: now.plus(lasts),
        }
    }

    /// Returns the time for which it is repeated, by the clock that says less.
    pub(crate) fn time_left(&self, now: Moment) -> Duration {
        let by_wall = self.until.wall_ms.saturating_sub(now.wall_ms);
        let by_steady = self.until.steady_ms.saturating_sub(now.steady_ms);
        Duration::from_millis(u64::try_from(by_wall.min(by_steady)).unwrap_or(0))
    }

    /// Ends the refusal after `left` at the latest.
    #[cfg(feature = "redis")]
    fn capped_at(mut self, left: Duration, now: Moment) -> Refusal {
        if left < self.time_left(now) {
            self.until = now.plus(left);
        }
        self
    }
}

/// A fencing token: the number of a request. A store that counts them does not replace the token of a later request. 0 is before all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fence(u64);

/// The right to request the next token.
pub(crate) enum Lease {
    /// A locked file. It is only dropped.
    File(#[expect(dead_code, reason = "dropped, never read")] file::bounded_place::HeldLock),
    /// A key in Redis.
    #[cfg(feature = "redis")]
    Redis {
        /// The value of the key, which proves whose it is.
        owner: String,
        /// The number of the request.
        fence: Fence,
    },
}

impl Lease {
    /// Returns the fence of the request that is made with it.
    pub(crate) fn fence(&self) -> Fence {
        match self {
            Lease::File(_) => Fence::default(),
            #[cfg(feature = "redis")]
            Lease::Redis { fence, .. } => *fence,
        }
    }
}

/// What went wrong in a store, and what to do. It holds no secret and no token.
#[derive(Debug, PartialEq, Eq)]
pub struct StoreError {
    /// What went wrong, without a full stop at its end.
    pub what: String,
    /// What a person can do about it; empty if there is nothing to do.
    pub advice: &'static str,
    /// Whether the store should not be used for a while, because trying again would take time again.
    pub trips: bool,
}

impl StoreError {
    /// Trying again takes no time.
    pub(crate) fn transient(what: impl Into<String>) -> StoreError {
        StoreError {
            what: what.into(),
            advice: "",
            trips: false,
        }
    }

    /// Trying again takes time.
    pub(crate) fn tripping(what: impl Into<String>) -> StoreError {
        StoreError {
            trips: true,
            ..StoreError::transient(what)
        }
    }

    /// Names what the error is about.
    pub(crate) fn in_front(self, name: &str) -> StoreError {
        StoreError {
            what: format!("{name}: {}", self.what),
            ..self
        }
    }

    /// Returns the error of a call that cannot do without this store, which has this name.
    pub(crate) fn of(&self, store: &str, is_remote: bool) -> Error {
        let kind = if is_remote { ErrorKind::Connect } else { ErrorKind::File };
        Error::new(kind, format!("{store}: {}", self.what)).advise(self.advice)
    }

    /// Adds what a person can do: a sentence without its full stop.
    pub(crate) fn advise(self, advice: &'static str) -> StoreError {
        StoreError { advice, ..self }
    }
}

/// Between looks while another process has the lease or the lock.
const LOOKS: Backoff = Backoff {
    first: Duration::from_millis(5),
    max: Duration::from_millis(250),
};

/// Returns how long to wait before the next look. Random, so that processes that began together do not come back together.
pub(crate) fn before_look(looks: u32) -> Duration {
    LOOKS.after(looks).mul_f64(0.5 + random::fraction() / 2.0)
}

/// Opens the store that these settings name; `None` when tokens are kept in memory only. No I/O.
pub(crate) fn open(settings: &Settings, environment: &Arc<Environment>) -> Option<CircuitBreaker> {
    let store: Box<dyn Store> = match &settings.cache {
        Cache::Memory => return None,
        Cache::File => Box::new(file::FileStore::of_user(environment, settings.timeout)),
        Cache::Directory(directory) => Box::new(file::FileStore::at(directory, settings.timeout)),
        #[cfg(feature = "redis")]
        Cache::Redis(url) => Box::new(redis::RedisStore::new(url, settings, environment.clone())),
        #[cfg(not(feature = "redis"))]
        Cache::Redis(_) => return None, // `config::values` accepts no such value
    };
    Some(CircuitBreaker::new(store))
}
