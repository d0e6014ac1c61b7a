//! Figures of what a client did and has, for dashboards and for tests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::ErrorKind;
use crate::sync::thread_number;

/// What is counted, and the times that are known. The numbers are part of the ABI and never change.
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
    /// Attempts that failed because the server refused the credentials, the login or the request.
    Refused = 7,
    /// Attempts that failed because the server is rate limiting.
    RateLimited = 8,
    /// Attempts that failed because the server failed, or because its response is no token response.
    ServerFailures = 9,
    /// Attempts that failed on the way to the server.
    NetworkFailures = 10,
    /// Attempts that failed because they took too long.
    Timeouts = 11,
    /// The time until the token in memory expires.
    TokenSeconds = 12,
    /// The time until the login ends.
    LoginSeconds = 13,
    /// When a token last came from the server or from a store.
    LastSuccess = 14,
}

impl Stat {
    /// Every one, in the order of the numbers.
    pub const ALL: [Stat; 15] = [
        Stat::Requests,
        Stat::Hits,
        Stat::Waits,
        Stat::Retries,
        Stat::Failures,
        Stat::StoreHits,
        Stat::BackgroundRefreshes,
        Stat::Refused,
        Stat::RateLimited,
        Stat::ServerFailures,
        Stat::NetworkFailures,
        Stat::Timeouts,
        Stat::TokenSeconds,
        Stat::LoginSeconds,
        Stat::LastSuccess,
    ];

    /// Returns what counts the attempts that failed with such an error. None for one that is neither the server's nor the network's.
    fn of_failure(kind: ErrorKind) -> Option<Stat> {
        match kind {
            ErrorKind::InvalidClient | ErrorKind::Oauth => Some(Stat::Refused),
            ErrorKind::RateLimited => Some(Stat::RateLimited),
            ErrorKind::Server | ErrorKind::Http | ErrorKind::BadResponse | ErrorKind::ResponseTooLarge => {
                Some(Stat::ServerFailures)
            }
            ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Proxy | ErrorKind::Network => {
                Some(Stat::NetworkFailures)
            }
            ErrorKind::Timeout => Some(Stat::Timeouts),
            _ => None,
        }
    }
}

/// The figures of a client at one moment. A child of `fork()` starts with those of its parent, and goes on by itself.
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
    /// Attempts that failed, for the reasons that follow or because they were cancelled.
    pub failures: u64,
    /// Tokens taken from a store.
    pub store_hits: u64,
    /// Refreshes in the background, before the token expired.
    pub background_refreshes: u64,
    /// Attempts that failed because the server refused the credentials, the login or the request.
    pub refused: u64,
    /// Attempts that failed because the server is rate limiting (HTTP 429).
    pub rate_limited: u64,
    /// Attempts that failed because the server failed, or because its response is no token response.
    pub server_failures: u64,
    /// Attempts that failed on the way to the server: name lookup, connection, TLS, proxy.
    pub network_failures: u64,
    /// Attempts that failed because they took too long.
    pub timeouts: u64,
    /// When the token in memory expires. `None` if there is none.
    pub token_expires_at: Option<SystemTime>,
    /// When Spotify ends the login that the tokens come from. `None` for the tokens of an app, for a refresh token that the program
    /// keeps, and before the first token.
    pub login_ends_at: Option<SystemTime>,
    /// When a token last came from the server or from a store. `None` if none has come so far.
    pub last_success_at: Option<SystemTime>,
}

/// One client's figures. Relaxed: each is right by itself, and no order between them is promised.
#[derive(Debug, Default)]
pub struct Counters {
    /// All but the hits. Times are Unix milliseconds, or 0 if they are unknown.
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

    /// Counts an attempt that failed.
    pub(crate) fn count_failure(&self, kind: ErrorKind) {
        self.count(Stat::Failures);
        if let Some(reason) = Stat::of_failure(kind) {
            self.count(reason);
        }
    }

    /// Notes a time, in Unix milliseconds; 0 if it is unknown.
    pub(crate) fn set_time(&self, stat: Stat, unix_ms: i64) {
        let unix_ms = u64::try_from(unix_ms).unwrap_or(0);
        self.counters[stat as usize].store(unix_ms, Ordering::Relaxed);
    }

    /// Returns all figures that are kept here.
    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            requests: self.get(Stat::Requests),
            hits: self.get(Stat::Hits),
            waits: self.get(Stat::Waits),
            retries: self.get(Stat::Retries),
            failures: self.get(Stat::Failures),
            store_hits: self.get(Stat::StoreHits),
            background_refreshes: self.get(Stat::BackgroundRefreshes),
            refused: self.get(Stat::Refused),
            rate_limited: self.get(Stat::RateLimited),
            server_failures: self.get(Stat::ServerFailures),
            network_failures: self.get(Stat::NetworkFailures),
            timeouts: self.get(Stat::Timeouts),
            token_expires_at: None,
            login_ends_at: self.time(Stat::LoginSeconds),
            last_success_at: self.time(Stat::LastSuccess),
        }
    }

    fn time(&self, stat: Stat) -> Option<SystemTime> {
        let unix_ms = self.get(stat);
        (unix_ms > 0).then(|| UNIX_EPOCH + Duration::from_millis(unix_ms))
    }

    /// Returns the count so far, or a time in Unix milliseconds.
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
