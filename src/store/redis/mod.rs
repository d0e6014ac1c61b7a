//! The store of many machines: Redis. It keeps a token until that expires, and for half a minute at most a lease: which process is
//! requesting the next one.
//!
//! Each command and script uses one key, so that each works while a Cluster moves keys between its nodes: `TRYAGAIN` is the answer to
//! those with several. The keys of one token have a hash tag, so that one node has them all at other times.

pub(crate) mod connection;
pub(crate) mod session;

use std::process;
use std::sync::Arc;
use std::time::Duration;

use redis::Cmd;
use zeroize::Zeroizing;

use super::{CacheKey, Fence, Lease, Refusal, Store, StoreError, Stored, record};
use crate::clock::Moment;
use crate::config::{Environment, RedisUrl, Settings};
use crate::protocol::token::Token;
use crate::random;

use connection::{Advice, Connector};
use session::{Servers, Session};

/// No operation takes longer, nor longer than a quarter of what a call may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(1);
/// A holder that dies loses the lease after this time, or after half of what a call may take.
pub(crate) const LONGEST_LEASE: Duration = Duration::from_secs(30);
/// How long fences are remembered: longer than any token lives.
pub(crate) const FENCES_LIVE_MS: u32 = 7 * 24 * 3600 * 1000;
/// The longest time that Redis accepts.
const LONGEST_MS: u64 = 1 << 52;

static ADVICE: Advice = Advice {
    server: "Check that Redis is running and reachable, and the address in the option \"cache\"",
    login: "Set the user and the password in the option \"cache\"",
    master: "Check the name of the master in the option \"cache\"",
    full: "Give the server more memory, or an eviction policy such as volatile-ttl",
    replica: "This is a replica: set the option \"cache\" to the master, or to its Sentinels",
    wrong_type: (
        "the stored record is not a token",
        "No action is needed: the next token replaces it",
    ),
    other: "Check the option \"cache\" and the log of the server",
};

/// Returns a record and the time that it has left. Not more of it than a record can have, so that nobody can make us read it.
const LOAD: &str = "\
    local record = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[1]) \
    if type(record) == 'table' then return redis.error_reply('WRONGTYPE not a string') end \
    return {record, redis.call('PTTL', KEYS[1])}";

/// Stores a token and returns nothing, unless one with a higher fence is stored: then returns that fence. The caller may name a fence
/// that is replaced although it is higher.
const SAVE: &str = "\
    local ok, record = pcall(cjson.decode, redis.pcall('GET', KEYS[1])) \
    local fence = ok and type(record) == 'table' and tonumber(record.fence) or -1 \
    local text = string.format('%.0f', fence) \
    if fence > tonumber(ARGV[2]) and text ~= ARGV[4] then return text end \
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) \
    return false";

/// Removes the lease, if it is ours.
pub(crate) const RELEASE: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/// Removes the token, if it is the one that was rejected.
const REMOVE: &str = "\
    local ok, record = pcall(cjson.decode, redis.pcall('GET', KEYS[1])) \
    if ok and type(record) == 'table' and record.access_token == ARGV[1] then return redis.call('DEL', KEYS[1]) end \
    return 0";

/// Redis servers.
pub(super) struct RedisStore {
    servers: Servers,
    lease: Duration,
}

impl RedisStore {
    pub(super) fn new(url: &RedisUrl, settings: &Settings, environment: Arc<Environment>) -> RedisStore {
        let connector = Connector {
            url: url.clone(),
            ca_file: settings.ca_file.clone(),
            environment,
            advice: &ADVICE,
        };
        RedisStore {
            servers: Servers::new(connector, LIMIT.min(settings.timeout / 4)),
            lease: LONGEST_LEASE.min(settings.timeout / 2),
        }
    }
}

impl Store for RedisStore {
    fn name(&self) -> String {
        self.servers.connector.url.description()
    }

    fn load(&self, key: &CacheKey, now: Moment) -> Result<Stored, StoreError> {
        let keys = Keys::new(key);
        let mut session = self.servers.session();
        let token = load(&mut session, &keys.token)?;
        let refusal = load(&mut session, &keys.refusal)?;
        let stored = Stored::from_records(token.bytes(), refusal.bytes(), now)?;
        // The server's clock counts too: ours may be slow.
        Ok(Stored {
            token: stored.token.map(|it| it.capped_at(token.left, now)),
            refusal: stored.refusal.map(|it| it.capped_at(refusal.left, now)),
        })
    }

    fn save(&self, key: &CacheKey, token: &Token, fence: Fence, now: Moment) -> Result<(), StoreError> {
        let keys = Keys::new(key);
        let bytes = record::encode(token, Some(fence.0));
        let left_ms = milliseconds(token.time_left(now));
        if left_ms == 0 {
            return Ok(());
        }
        if bytes.len() > record::LIMIT {
            return Err(StoreError::transient("the token is too large to be stored"));
        }
        let save = |replaced: &str| {
            let mut command = script(SAVE, &keys.token);
            command.arg(&*bytes).arg(fence.0).arg(left_ms).arg(replaced);
            command
        };
        let mut session = self.servers.session();
        if let Some(higher) = session.query::<Option<String>>(&save(""))? {
            // A fence that was never given out does not count: the server lost its counter, or somebody made the record up.
            let given_out: Option<f64> = session.query(redis::cmd("GET").arg(&keys.fence))?;
            let is_newer = higher
                .parse()
                .is_ok_and(|higher: f64| higher <= given_out.unwrap_or(0.0));
            if is_newer || session.query::<Option<String>>(&save(&higher))?.is_some() {
                return Ok(());
            }
        }
        session.query(redis::cmd("DEL").arg(&keys.refusal))
    }

    fn save_refusal(&self, key: &CacheKey, refusal: &Refusal, now: Moment) -> Result<(), StoreError> {
        let left_ms = milliseconds(refusal.time_left(now));
        if left_ms == 0 {
            return Ok(());
        }
        let mut command = redis::cmd("SET");
        command
            .arg(Keys::new(key).refusal)
            .arg(record::encode_refusal(refusal))
            .arg("PX")
            .arg(left_ms);
        self.servers.session().query(&command)
    }

    fn remove(&self, key: &CacheKey, rejected: Option<&str>) -> Result<(), StoreError> {
        let keys = Keys::new(key);
        let mut session = self.servers.session();
        if let Some(rejected) = rejected {
            return session.query(script(REMOVE, &keys.token).arg(rejected));
        }
        session.query::<()>(redis::cmd("DEL").arg(&keys.token))?;
        session.query(redis::cmd("DEL").arg(&keys.refusal))
    }

    fn next_fence(&self, key: &CacheKey) -> Result<Fence, StoreError> {
        next_fence(&mut self.servers.session(), &Keys::new(key).fence).map(Fence)
    }

    fn try_lease(&self, key: &CacheKey) -> Result<Option<Lease>, StoreError> {
        let keys = Keys::new(key);
        let owner = owner();
        let mut session = self.servers.session();
        if !take_lease(&mut session, &keys.lease, &owner, self.lease)? {
            return Ok(None);
        }
        // After the lease, and before the request: so fences are in the order of the requests.
        let fence = Fence(next_fence(&mut session, &keys.fence)?);
        Ok(Some(Lease::Redis { owner, fence }))
    }

    fn release(&self, key: &CacheKey, lease: Lease) -> Result<(), StoreError> {
        let Lease::Redis { owner, .. } = lease else {
            unreachable!("a lease of another store")
        };
        let mut command = script(RELEASE, &Keys::new(key).lease);
        self.servers.session().query(command.arg(owner))
    }
}

/// The names of a token's keys. What is in the braces decides which node of a Cluster has them.
struct Keys {
    token: String,
    refusal: String,
    lease: String,
    fence: String,
}

impl Keys {
    fn new(key: &CacheKey) -> Keys {
        let token = format!("spotify-token:{{{}}}", key.as_str());
        let beside = |what: &str| format!("{token}:{what}");
        Keys {
            refusal: beside("refusal"),
            lease: beside("lease"),
            fence: beside("fence"),
            token,
        }
    }
}

pub(crate) fn script(code: &str, key: &str) -> Cmd {
    let mut command = redis::cmd("EVAL");
    command.arg(code).arg(1).arg(key);
    command
}

/// A stored record, empty where there is none, and the time after which the server removes it.
struct Loaded {
    record: Zeroizing<Vec<u8>>,
    left: Duration,
}

impl Loaded {
    fn bytes(&self) -> Option<&[u8]> {
        (!self.record.is_empty()).then_some(&self.record)
    }
}

fn load(session: &mut Session<'_>, key: &str) -> Result<Loaded, StoreError> {
    let (record, left_ms): (Vec<u8>, i64) = session.query(script(LOAD, key).arg(record::LIMIT))?;
    Ok(Loaded {
        record: Zeroizing::new(record),
        // Below zero it does not end.
        left: u64::try_from(left_ms).map_or(Duration::MAX, Duration::from_millis),
    })
}

/// Makes the value of a lease, which proves whose it is.
pub(crate) fn owner() -> String {
    format!("{}-{:032x}", process::id(), u128::from_ne_bytes(random::bytes()))
}

/// Takes a lease for this time. Returns whether nobody had it.
pub(crate) fn take_lease(
    session: &mut Session<'_>,
    key: &str,
    owner: &str,
    lasts: Duration,
) -> Result<bool, StoreError> {
    let mut command = redis::cmd("SET");
    command
        .arg(key)
        .arg(owner)
        .arg("NX")
        .arg("PX")
        .arg(milliseconds(lasts).max(1));
    let taken: Option<String> = session.query(&command)?;
    Ok(taken.is_some())
}

/// Counts a request.
pub(crate) fn next_fence(session: &mut Session<'_>, key: &str) -> Result<u64, StoreError> {
    let fence = session.query(redis::cmd("INCR").arg(key))?;
    session.query::<()>(redis::cmd("PEXPIRE").arg(key).arg(FENCES_LIVE_MS))?;
    Ok(fence)
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).map_or(LONGEST_MS, |ms| ms.min(LONGEST_MS))
}
