//! The store of many machines: a Redis server. It keeps the token for as long as that is valid, and a mark, for half a
//! minute at most, of who asks for the next one. What must not be torn apart is a script in the server; `connection` is the
//! way there.

mod connection;

use std::process;
use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, RedisResult};
use zeroize::Zeroizing;

use super::{CacheKey, Lease, Store, StoreError, record};
use crate::clock::Moment;
use crate::config::environment::Environment;
use crate::config::{RedisUrl, Settings};
use crate::protocol::token::Token;
use crate::random;

use connection::{Connection, Connector};

/// No operation takes longer, nor than a quarter of what a call may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// A holder that died loses the right to refresh after this time, or half of what a call may take.
const LONGEST_LEASE: Duration = Duration::from_secs(30);

/// Marks the key as ours, unless somebody has; gives the number of our turn. The counter outlives every token.
const TAKE: &str = "\
    if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then \
        local fence = redis.call('INCR', KEYS[2]) \
        redis.call('PEXPIRE', KEYS[2], 604800000) \
        return fence \
    end \
    return 0";

/// Removes the mark, if it is still ours.
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/// Lays a token down, unless there is one of a later turn: who was stopped for a while must not overwrite it, and no clock
/// tells who was first. A turn that was never given out does not count.
const SAVE: &str = "\
    local held = redis.pcall('GET', KEYS[1]) \
    local ok, record = pcall(cjson.decode, held) \
    local fence = ok and type(record) == 'table' and tonumber(record.fence) or -1 \
    if fence > tonumber(ARGV[2]) and fence <= (tonumber(redis.call('GET', KEYS[2]) or 0) or 0) then return 0 end \
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) \
    return 1";

/// Removes the token, if it is the one that was rejected.
const FORGET: &str = "\
    local ok, record = pcall(cjson.decode, redis.pcall('GET', KEYS[1])) \
    if ok and type(record) == 'table' and record.access_token == ARGV[1] then return redis.call('DEL', KEYS[1]) end \
    return 0";

/// A Redis server.
pub(super) struct RedisStore {
    door: Connector,
    lease: Duration,
}

impl RedisStore {
    pub(super) fn new(url: &RedisUrl, settings: &Settings, environment: Arc<Environment>) -> RedisStore {
        RedisStore {
            door: Connector {
                url: url.clone(),
                ca_file: settings.ca_file.clone(),
                environment,
                patience: PATIENCE.min(settings.timeout / 4),
            },
            lease: LONGEST_LEASE.min(settings.timeout / 2),
        }
    }

    /// Opens a connection, uses it and closes it: none is there to be shared with a child of `fork()`.
    fn with<T>(&self, talk: impl FnOnce(&mut Connection) -> RedisResult<T>) -> Result<T, StoreError> {
        let mut connection = self.door.open().map_err(StoreError::tripping)?;
        talk(&mut connection).map_err(|error| match connection::code(&error).as_deref() {
            Some("WRONGTYPE") => StoreError::transient("what is stored is no token"),
            _ => StoreError::tripping(connection::words(&error)),
        })
    }
}

impl Store for RedisStore {
    fn name(&self) -> String {
        format!("Redis at {}:{}", self.door.url.host(), self.door.url.port())
    }

    fn load(&self, key: &CacheKey, now: Moment) -> Result<Option<Token>, StoreError> {
        let name = name_of(key);
        // A range, so that nobody can make us read what is larger than any token.
        let (bytes, left_ms): (Vec<u8>, i64) = self.with(|connection| {
            redis::pipe()
                .atomic()
                .cmd("GETRANGE")
                .arg(&name)
                .arg(0)
                .arg(record::LIMIT)
                .cmd("PTTL")
                .arg(&name)
                .query(connection)
        })?;
        let bytes = Zeroizing::new(bytes);
        if bytes.is_empty() {
            return Ok(None);
        }
        let token = record::decode(&bytes, now).map_err(StoreError::transient)?;
        // The server's clock has a say as well: ours may be slow. Below zero there is no end, or no key any more.
        let left = u64::try_from(left_ms).map(Duration::from_millis);
        Ok(token.map(|token| match left {
            Ok(left) => token.capped_at(left, now),
            Err(_) => token,
        }))
    }

    fn save(&self, key: &CacheKey, token: &Token, lease: Option<&Lease>, now: Moment) -> Result<(), StoreError> {
        let fence = match lease {
            Some(Lease::Redis { fence, .. }) => *fence,
            // What was asked for without the right to it never replaces what was.
            _ => 0,
        };
        let bytes = record::encode(token, Some(fence));
        let left_ms = u64::try_from(token.time_left(now).as_millis()).unwrap_or(u64::MAX);
        if bytes.len() > record::LIMIT || left_ms == 0 {
            return Ok(());
        }
        let mut command = script(SAVE, &[&name_of(key), &turn_of(key)]);
        // Redis takes no more than it can add to its clock.
        command.arg(&*bytes).arg(fence).arg(left_ms.min(1 << 52));
        self.with(|connection| command.query(connection))
    }

    fn forget(&self, key: &CacheKey, rejected: Option<&str>) -> Result<(), StoreError> {
        let name = name_of(key);
        let mut command = match rejected {
            Some(_) => script(FORGET, &[&name]),
            None => redis::cmd("DEL"),
        };
        command.arg(rejected.unwrap_or(&name));
        self.with(|connection| command.query(connection))
    }

    fn try_lease(&self, key: &CacheKey) -> Result<Option<Lease>, StoreError> {
        let owner = format!("{}-{:032x}", process::id(), u128::from_ne_bytes(random::bytes()));
        let mut command = script(TAKE, &[&lease_of(key), &turn_of(key)]);
        command
            .arg(&owner)
            .arg(u64::try_from(self.lease.as_millis()).unwrap_or(1).max(1));
        let fence: u64 = self.with(|connection| command.query(connection))?;
        Ok((fence > 0).then_some(Lease::Redis { owner, fence }))
    }

    fn release(&self, key: &CacheKey, lease: Lease) -> Result<(), StoreError> {
        let Lease::Redis { owner, .. } = lease else {
            unreachable!("another store's")
        };
        let mut command = script(RELEASE, &[&lease_of(key)]);
        command.arg(owner);
        self.with(|connection| command.query(connection))
    }
}

fn script(code: &str, keys: &[&str]) -> Cmd {
    let mut command = redis::cmd("EVAL");
    command.arg(code).arg(keys.len()).arg(keys);
    command
}

fn name_of(key: &CacheKey) -> String {
    format!("spotify-token:{}", key.as_str())
}

fn lease_of(key: &CacheKey) -> String {
    format!("{}:lease", name_of(key))
}

fn turn_of(key: &CacheKey) -> String {
    format!("{}:fence", name_of(key))
}
