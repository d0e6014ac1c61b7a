//! Where logins are kept: one record and one lock for each. Unlike a cache, a login cannot be had again without its user, so a record
//! that cannot be read is an error and never a miss, and nothing is kept in another place than the one that was named.

pub(crate) mod account;
mod file;
#[cfg(feature = "keyring")]
mod keyring;
pub(crate) mod record;
#[cfg(feature = "redis")]
mod redis;

use std::time::Instant;

use crate::cancel::Cancel;
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::environment::Environment;
use crate::config::{Endpoint, Logins, Settings};
use crate::error::{Error, ErrorKind};
use crate::fork::ProcessId;
use crate::secret::Secret;
use crate::store::file::bounded_place::HeldLock;
use crate::store::key::digest_of;
use crate::store::{self, StoreError};

pub use record::Record;

/// Changes when what is hashed changes.
const DOMAIN: &str = "spotify-login 1";

/// A place for logins. It opens what it needs for each operation and keeps nothing open but locks. Every operation is limited in
/// time. An error says what is wrong with the place or with the record, and nothing of what the record contains.
pub trait LoginStore: Send + Sync {
    /// Names the place, for people.
    fn name(&self) -> String;

    /// Returns the record of a login, if there is one. Needs no lock.
    ///
    /// # Errors
    /// Why the record cannot be read.
    fn load(&self, key: &LoginKey, now: Moment) -> Result<Option<Record>, StoreError>;

    /// Takes the lock, which is the right to refresh and to write; `None` while another has it. Does not wait.
    ///
    /// # Errors
    /// Why it cannot be locked.
    fn try_lock(&self, key: &LoginKey) -> Result<Option<LoginLock>, StoreError>;

    /// Stores a record, whole or not at all. When this has returned, it outlives a power failure. One that the holder of a later lock
    /// has stored is not replaced.
    ///
    /// # Errors
    /// Why it could not be stored.
    fn save(&self, lock: &LoginLock, record: &Record) -> Result<(), StoreError>;

    /// Removes a record, also one that cannot be read. Returns whether there was one.
    ///
    /// # Errors
    /// Why it could not be removed.
    fn remove(&self, lock: &LoginLock) -> Result<bool, StoreError>;

    /// Returns all records of this place.
    ///
    /// # Errors
    /// Why the place cannot be read.
    fn list(&self, now: Moment) -> Result<Vec<Listed>, StoreError>;
}

/// What a place has under one name.
pub enum Listed {
    /// A login.
    Login(Record),
    /// What cannot be read, and why. The error says which it is.
    Unreadable(StoreError),
}

impl Listed {
    /// Reads what is stored under this name, which has this digest in it.
    fn new(name: &str, digest: &str, content: &[u8], now: Moment) -> Listed {
        match Record::decode_any(content, digest, now) {
            Ok(record) => Listed::Login(record),
            Err(error) => Listed::Unreadable(error.in_front(name)),
        }
    }
}

/// The name of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginKey {
    digest: String,
    pub(crate) token_url: String,
    pub(crate) client_id: Secret,
    pub(crate) account: String,
}

impl LoginKey {
    /// Names the login of an account of this app.
    pub fn new(token_url: &Endpoint, client_id: &Secret, account: &str) -> LoginKey {
        let token_url = token_url.to_string();
        LoginKey {
            digest: digest(&token_url, client_id.expose(), account),
            token_url,
            client_id: client_id.clone(),
            account: account.to_owned(),
        }
    }

    /// Returns SHA-256 of all parts, as hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// Computes what names a login.
pub(crate) fn digest(token_url: &str, client_id: &str, account: &str) -> String {
    digest_of([DOMAIN, token_url, client_id, account])
}

/// The lock of a login. It ends when it is dropped, and with its process.
pub struct LoginLock {
    key: LoginKey,
    /// A child of `fork()` has a copy of this, but not the lock.
    process: ProcessId,
    held: Held,
}

enum Held {
    File(HeldLock),
    #[cfg(feature = "redis")]
    Redis(redis::Lease),
}

impl LoginLock {
    fn new(key: &LoginKey, held: Held) -> LoginLock {
        LoginLock {
            key: key.clone(),
            process: ProcessId::current(),
            held,
        }
    }

    /// Returns what is held, if this process holds it.
    fn held(&self) -> Result<&Held, StoreError> {
        if self.process == ProcessId::current() {
            return Ok(&self.held);
        }
        Err(StoreError::transient(
            "the lock of the login belongs to the parent of this process",
        ))
    }

    fn file(&self) -> Result<&HeldLock, StoreError> {
        match self.held()? {
            Held::File(lock) => Ok(lock),
            #[cfg(feature = "redis")]
            Held::Redis(_) => unreachable!("a lock of another place"),
        }
    }

    #[cfg(feature = "redis")]
    fn lease(&self) -> Result<&redis::Lease, StoreError> {
        match self.held()? {
            Held::File(_) => unreachable!("a lock of another place"),
            Held::Redis(lease) => Ok(lease),
        }
    }

    /// Returns the name of the login.
    pub fn key(&self) -> &LoginKey {
        &self.key
    }

    /// Returns until when the lock is surely held, and a record can be written; `None` for as long as it exists. No request must take
    /// longer.
    pub fn until(&self) -> Option<Instant> {
        match &self.held {
            Held::File(_) => None,
            #[cfg(feature = "redis")]
            Held::Redis(lease) => Some(Instant::now() + lease.time_left()),
        }
    }

    /// Returns whether another may have the lock.
    pub(crate) fn has_expired(&self) -> bool {
        self.until().is_some_and(|until| until <= Instant::now())
    }
}

/// Opens the place that these settings name. No I/O.
pub fn open(settings: &Settings, environment: &Environment) -> Box<dyn LoginStore> {
    match &settings.logins {
        Logins::File => Box::new(file::FileLogins::of_user(environment, settings.timeout)),
        Logins::Directory(directory) => Box::new(file::FileLogins::at(directory, settings.timeout)),
        #[cfg(feature = "redis")]
        Logins::Redis(url) => Box::new(redis::RedisLogins::new(url, settings, environment)),
        #[cfg(feature = "keyring")]
        Logins::Keyring => Box::new(keyring::KeyringLogins::new(environment, settings.timeout)),
        #[allow(unreachable_patterns, reason = "with all features")]
        Logins::Keyring | Logins::Redis(_) => unreachable!("config accepts no place that this build does not have"),
    }
}

/// Takes the lock of a login, and waits for another holder until `end`.
///
/// # Errors
/// `Timeout`, `Cancelled`, or that of the store.
pub(crate) fn lock_until(
    store: &dyn LoginStore,
    settings: &Settings,
    key: &LoginKey,
    end: Moment,
    cancel: &Cancel,
) -> Result<LoginLock, Error> {
    for looks in 1.. {
        let lock = store.try_lock(key).map_err(|error| failed(store, settings, &error))?;
        if let Some(lock) = lock {
            return Ok(lock);
        }
        let left = end.since(SystemClock.now());
        if left.is_zero() {
            break;
        }
        cancel.wait_for(store::before_look(looks).min(left));
        cancel.check()?;
    }
    Err(locked_for_too_long(store, key))
}

/// The error of a call that waited for the lock.
pub(crate) fn locked_for_too_long(store: &dyn LoginStore, key: &LoginKey) -> Error {
    let (store, account) = (store.name(), &key.account);
    let what = format!("{store}: another process has had the login of account {account} locked for too long");
    Error::new(ErrorKind::Timeout, what).advise("Try again; if it persists, end the process that hangs")
}

/// The error of a call that needs a login which cannot be read or written.
pub(crate) fn failed(store: &dyn LoginStore, settings: &Settings, error: &StoreError) -> Error {
    error.of(&store.name(), matches!(settings.logins, Logins::Redis(_)))
}
