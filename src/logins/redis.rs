//! Logins of many machines: Redis. The keys of a login do not expire, so the server must not evict them: its `maxmemory-policy` is
//! `noeviction`, or one of those that begin with `volatile`. Nor must it lose them when it is started again: `appendonly yes`. What a
//! failover loses is lost: a refresh token that was written in the last moment before it, and the lease.
//!
//! As for tokens, each command and script uses one key, and the keys of one login have a hash tag.
//!
//! A holder of the lease that stalls for longer than the lease lasts may write when another has taken it. So locks are counted: a
//! record is not replaced by the holder of an earlier lock. Nor is a login that was removed: what has its place says so for a week.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Held, Listed, LoginKey, LoginLock, LoginStore, Record};
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::environment::Environment;
use crate::config::{RedisUrl, Settings};
use crate::fork::ProcessId;
use crate::panics::{self, Boundary};
use crate::store::StoreError;
use crate::store::key::is_digest;
use crate::store::record::LIMIT;
use crate::store::redis::connection::{Advice, Connector};
use crate::store::redis::session::{Servers, Session};
use crate::store::redis::{self as tokens, FENCES_LIVE_MS, LONGEST_LEASE, RELEASE, next_fence, script, take_lease};

/// The set of the digests of all logins.
const INDEX: &str = "spotify-token:logins";
/// How the record of a login begins that was removed.
const REMOVED: &str = "{\"removed\":true";

static ADVICE: Advice = Advice {
    server: "Check that Redis is running and reachable, and the address in the option \"logins\"",
    login: "Set the user and the password in the option \"logins\"",
    master: "Check the name of the master in the option \"logins\"",
    full: "Give the server more memory: logins must not be evicted",
    replica: "This is a replica: set the option \"logins\" to the master, or to its Sentinels",
    wrong_type: ("the stored record is not a login", "Log in again, which replaces it"),
    other: "Check the option \"logins\" and the log of the server",
};

/// Sets `text` to what is stored, and `fence` to the number of the lock that it was written with, or to -1.
macro_rules! read_fence {
    () => {
        "local text = redis.pcall('GET', KEYS[1]) \
         local ok, record = pcall(cjson.decode, text) \
         local fence = ok and type(record) == 'table' and tonumber(record.fence) or -1 \
         if not (fence >= 0 and fence < 2^52) then fence = -1 end "
    };
}

/// Returns a record. Not more of it than a record can have, so that nobody can make us read it.
const LOAD: &str = "\
    local record = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[1]) \
    if type(record) == 'table' then return redis.error_reply('WRONGTYPE not a string') end \
    return record";

/// Returns the number of the lock that the stored record was written with, or -1.
const STORED_FENCE: &str = concat!(read_fence!(), "return string.format('%.0f', fence)");

/// Stores a record, unless one of a later lock is stored.
const SAVE: &str = concat!(
    read_fence!(),
    "if fence > tonumber(ARGV[2]) then return 0 end \
     redis.call('SET', KEYS[1], ARGV[1]) \
     return 1"
);

/// Replaces a record by the mark that there is none. Returns 1, 0 where there was none, and -1 where one of a later lock is stored.
const REMOVE: &str = concat!(
    read_fence!(),
    "if fence > tonumber(ARGV[2]) then return -1 end \
     if text == false or ok and type(record) == 'table' and record.removed then return 0 end \
     redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) \
     return 1"
);

/// Redis servers.
pub(super) struct RedisLogins {
    servers: Arc<Servers>,
    lease: Duration,
}

/// The right to refresh a login: a key that expires.
pub(super) struct Lease {
    servers: Arc<Servers>,
    key: String,
    /// The value of the key, which proves whose it is.
    owner: String,
    /// The number of the lock.
    fence: u64,
    /// From before the key was set.
    taken_at: Moment,
    lasts: Duration,
    process: ProcessId,
}

impl Lease {
    /// Returns for how long nobody else can have the lock, less what it takes to store a record.
    pub(super) fn time_left(&self) -> Duration {
        let used = SystemClock.now().since(self.taken_at);
        self.lasts.saturating_sub(used).saturating_sub(self.servers.limit)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.process != ProcessId::current() || SystemClock.now().since(self.taken_at) >= self.lasts {
            return;
        }
        // One that cannot be returned expires.
        let _ = run(&self.servers, |session| {
            session.query::<()>(script(RELEASE, &self.key).arg(&self.owner))
        });
    }
}

impl RedisLogins {
    pub(super) fn new(url: &RedisUrl, settings: &Settings, environment: &Environment) -> RedisLogins {
        let connector = Connector {
            url: url.clone(),
            ca_file: settings.ca_file.clone(),
            environment: Arc::new(environment.clone()),
            advice: &ADVICE,
        };
        RedisLogins {
            servers: Arc::new(Servers::new(connector, tokens::LIMIT.min(settings.timeout / 4))),
            lease: LONGEST_LEASE.min(settings.timeout / 2),
        }
    }

    /// Returns the record in this key, if there is one.
    fn read(&self, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let content = run(&self.servers, |session| session.query(script(LOAD, key).arg(LIMIT)));
        let content: Vec<u8> = content.map_err(|error| if error.trips { error } else { error.in_front(key) })?;
        let content = Zeroizing::new(content);
        let is_there = !content.is_empty() && !content.starts_with(REMOVED.as_bytes());
        Ok(is_there.then_some(content))
    }
}

/// Runs an operation, for a limited time.
fn run<T>(
    servers: &Servers,
    operation: impl FnOnce(&mut Session<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let result = panics::catch(Boundary::Store, || operation(&mut servers.session()));
    result.unwrap_or_else(|error| Err(StoreError::transient(error.what())))
}

impl LoginStore for RedisLogins {
    fn name(&self) -> String {
        format!("the logins in {}", self.servers.connector.url.description())
    }

    fn load(&self, key: &LoginKey, now: Moment) -> Result<Option<Record>, StoreError> {
        let name = record_key(key.digest());
        let content = self.read(&name)?;
        let record = content.map(|content| Record::decode(&content, key, now));
        record.transpose().map_err(|error| error.in_front(&name))
    }

    fn try_lock(&self, key: &LoginKey) -> Result<Option<LoginLock>, StoreError> {
        let record_key = record_key(key.digest());
        let mut lease = Lease {
            servers: self.servers.clone(),
            key: format!("{record_key}:lease"),
            owner: tokens::owner(),
            fence: 0,
            taken_at: SystemClock.now(),
            lasts: Duration::ZERO,
            process: ProcessId::current(),
        };
        run(&self.servers, |session| {
            if !take_lease(session, &lease.key, &lease.owner, self.lease)? {
                return Ok(None);
            }
            // From here on it is returned when it is dropped.
            lease.lasts = self.lease;
            lease.fence = next_lock(session, &record_key)?;
            Ok(Some(LoginLock::new(key, Held::Redis(lease))))
        })
    }

    fn save(&self, lock: &LoginLock, record: &Record) -> Result<(), StoreError> {
        let (lease, digest) = (lock.lease()?, lock.key().digest());
        let content = record.encode(Some(lease.fence))?;
        run(&self.servers, |session| {
            // First, so that no record is without its entry.
            session.query::<()>(redis::cmd("SADD").arg(INDEX).arg(digest))?;
            let mut save = script(SAVE, &record_key(digest));
            session.query::<()>(save.arg(&**content).arg(lease.fence))
        })
    }

    fn remove(&self, lock: &LoginLock) -> Result<bool, StoreError> {
        let (lease, digest) = (lock.lease()?, lock.key().digest());
        let mut remove = script(REMOVE, &record_key(digest));
        let mark = format!("{REMOVED},\"fence\":{}}}", lease.fence);
        remove.arg(mark).arg(lease.fence).arg(FENCES_LIVE_MS);
        let removed = run(&self.servers, |session| {
            let removed: i64 = session.query(&remove)?;
            if removed >= 0 {
                session.query::<()>(redis::cmd("SREM").arg(INDEX).arg(digest))?;
            }
            Ok(removed)
        })?;
        if removed < 0 {
            let error = StoreError::transient("another process has stored the login meanwhile");
            return Err(error.advise("Log out again"));
        }
        Ok(removed == 1)
    }

    fn list(&self, now: Moment) -> Result<Vec<Listed>, StoreError> {
        let mut digests = Vec::new();
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = redis::cmd("SSCAN");
            scan.arg(INDEX).arg(&cursor).arg("COUNT").arg(100);
            let (next, some): (String, Vec<String>) = run(&self.servers, |session| session.query(&scan))?;
            digests.extend(some);
            if next == "0" {
                break;
            }
            cursor = next;
        }
        // A set that is scanned may give an element twice.
        digests.sort();
        digests.dedup();
        let mut listed = Vec::new();
        for digest in digests.iter().filter(|digest| is_digest(digest)) {
            let name = record_key(digest);
            match self.read(&name) {
                Ok(None) => {}
                Ok(Some(content)) => listed.push(Listed::new(&name, digest, &content, now)),
                Err(error) if error.trips => return Err(error),
                Err(error) => listed.push(Listed::Unreadable(error)),
            }
        }
        Ok(listed)
    }
}

/// What is in the braces decides which node of a Cluster has the key.
fn record_key(digest: &str) -> String {
    format!("spotify-token:login:{{{digest}}}")
}

/// Returns the number of a lock: higher than those of all before, and than that of the stored record. A server may have lost its
/// counter.
fn next_lock(session: &mut Session<'_>, record_key: &str) -> Result<u64, StoreError> {
    let counter = format!("{record_key}:fence");
    let stored: String = session.query(&script(STORED_FENCE, record_key))?;
    let stored = stored.parse().unwrap_or(0);
    let next = next_fence(session, &counter)?;
    if next > stored {
        return Ok(next);
    }
    session.query(redis::cmd("INCRBY").arg(&counter).arg(stored - next + 1))
}
