//! Where a token rests between processes: the interface that every store has, and the choice of one. Stores know tokens
//! and keys and nothing of HTTP, credentials or callers; what a failing store costs is decided in `outage`.

mod breaker;
mod file;
mod key;

pub(crate) mod record;
#[cfg(feature = "redis")]
mod redis;

use std::sync::Arc;

use crate::clock::Moment;
use crate::config::environment::Environment;
use crate::config::{Cache, Settings};
use crate::protocol::token::Token;

pub(crate) use breaker::{CircuitBreaker, Operation};
pub(crate) use key::CacheKey;

/// A place that several processes share. It opens what it needs for each operation and keeps nothing open, so a child of
/// `fork()` shares no connection and no lock with its parent.
pub(crate) trait Store: Send + Sync {
    /// What it is and where, for people.
    fn name(&self) -> String;

    /// The token that rests there, if it has time left.
    fn load(&self, key: &CacheKey, now: Moment) -> Result<Option<Token>, StoreError>;

    /// Lays a token down, unless a newer one rests there. `lease` is the right to refresh, where it was granted.
    fn save(&self, key: &CacheKey, token: &Token, lease: Option<&Lease>, now: Moment) -> Result<(), StoreError>;

    /// Removes the token if it is the one that was rejected; `None`: whichever it is.
    fn forget(&self, key: &CacheKey, rejected: Option<&str>) -> Result<(), StoreError>;

    /// The right to ask the server for the next token; `None` while somebody else has it. Does not wait.
    fn try_lease(&self, key: &CacheKey) -> Result<Option<Lease>, StoreError>;

    /// Gives that right back. A lease that is merely dropped, or whose holder dies, ends as well, if later.
    fn release(&self, key: &CacheKey, lease: Lease) -> Result<(), StoreError>;
}

/// The right to refresh.
pub(crate) enum Lease {
    /// A locked file.
    Lock(file::Lock),
    /// A mark with its random owner. Turns count up: who has a lower one is late.
    #[cfg(feature = "redis")]
    Redis {
        /// Proves who set the mark.
        owner: String,
        /// Which lease of this key it is.
        fence: u64,
    },
}

/// What went wrong in a store, in words that hold no secret and no token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoreError {
    pub(crate) words: String,
    /// Whether the store is better left alone for a while: asking again would take time again.
    pub(crate) rest: bool,
}

impl StoreError {
    /// Trying again costs nothing.
    pub(crate) fn transient(words: impl Into<String>) -> StoreError {
        StoreError {
            words: words.into(),
            rest: false,
        }
    }

    /// Trying again costs time.
    #[cfg(feature = "redis")]
    pub(crate) fn tripping(words: impl Into<String>) -> StoreError {
        StoreError {
            words: words.into(),
            rest: true,
        }
    }
}

/// The store that these settings name; none when tokens stay in memory. No I/O.
pub(crate) fn open(settings: &Settings, environment: &Arc<Environment>) -> Option<CircuitBreaker> {
    let store: Box<dyn Store> = match &settings.cache {
        Cache::Memory => return None,
        Cache::File => Box::new(file::FileStore::of_user(environment)),
        Cache::Directory(directory) => Box::new(file::FileStore::at(directory)),
        #[cfg(feature = "redis")]
        Cache::Redis(url) => Box::new(redis::RedisStore::new(url, settings, environment.clone())),
        #[cfg(not(feature = "redis"))]
        Cache::Redis(_) => return None, // no value gets here: see `config::values`
    };
    Some(CircuitBreaker::new(store))
}
