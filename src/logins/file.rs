//! Logins in files: one for each, and a lock file beside it, in a directory that is the user's alone.

use std::path::Path;
use std::time::Duration;

use super::{Held, Listed, LoginKey, LoginLock, LoginStore, Record};
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::environment::Environment;
use crate::platform::advice::forbid_reading;
use crate::platform::lock::Lock;
use crate::platform::places;
use crate::store::StoreError;
use crate::store::file::bounded_place::BoundedPlace;
use crate::store::file::directory::{Advice, Directory};
use crate::store::file::place::Place;
use crate::store::key::is_digest;
use crate::store::record::LIMIT;

const RECORD: &str = ".login.json";
const LOCK: &str = ".login.lock";

static ADVICE: Advice = Advice {
    unnamed: "Set one of them, or the option \"logins\" to file:DIRECTORY",
    directory: "Set the option \"logins\" to another directory",
    owner: "Set HOME to your own home, or the option \"logins\" to file:DIRECTORY",
    file: "Make it a regular file that this user alone can read, or log in again, which replaces it",
    mode: concat!(
        forbid_reading!(),
        ". Others may have read the login: end it on https://www.spotify.com/account/apps and log in again"
    ),
    full: "Free some space there: until the login is written, it is lost when this process ends",
};

/// Files in a directory.
pub(super) struct FileLogins {
    place: BoundedPlace,
}

impl FileLogins {
    /// In the user's directory for data that must be kept.
    pub(super) fn of_user(environment: &Environment, timeout: Duration) -> FileLogins {
        FileLogins::with(Place::of_user(environment, &places::STATE, &ADVICE), timeout)
    }

    /// In this directory.
    pub(super) fn at(directory: &Path, timeout: Duration) -> FileLogins {
        FileLogins::with(Place::at(directory, &ADVICE), timeout)
    }

    fn with(place: Place, timeout: Duration) -> FileLogins {
        FileLogins {
            place: BoundedPlace::new(place, timeout),
        }
    }

    /// Runs an operation that changes a login. The login stays locked until it is done, also when nobody waits for it any more:
    /// otherwise a write that hangs could replace what another process writes meanwhile.
    fn run_locked<T: Send + 'static>(
        &self,
        login: &LoginLock,
        operation: impl FnOnce(&Directory, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let lock = login.file()?.shared();
        let digest = login.key().digest().to_owned();
        self.place.run(move |place| {
            let directory = place.create_directory()?;
            let _again = relock(&directory, &lock_name(&digest), &lock)?;
            let result = operation(&directory, &record_name(&digest));
            drop(lock);
            result
        })
    }
}

#[cfg(feature = "keyring")]
impl FileLogins {
    /// Returns the digests of all logins that were ever locked here.
    pub(super) fn locked_once(&self) -> Result<Vec<String>, StoreError> {
        self.place.run(|place| {
            let Some(directory) = place.directory()? else {
                return Ok(Vec::new());
            };
            let names = directory.names(LOCK)?;
            let digests = names.iter().filter_map(|name| name.strip_suffix(LOCK));
            Ok(digests
                .filter(|digest| is_digest(digest))
                .map(ToOwned::to_owned)
                .collect())
        })
    }
}

/// Locks the file that has the name of the lock now, if somebody has removed the one that is locked.
fn relock(directory: &Directory, name: &str, lock: &Lock) -> Result<Option<Lock>, StoreError> {
    if directory.has_lock(name, lock) {
        return Ok(None);
    }
    let again = directory.try_lock(name)?;
    let taken = || {
        StoreError::transient(format!(
            "{name} was removed, and another process has locked the login since then"
        ))
        .advise("Leave that file where it is while programs run")
    };
    again.map(Some).ok_or_else(taken)
}

impl LoginStore for FileLogins {
    fn name(&self) -> String {
        match self.place.path() {
            Some(path) => format!("the logins in {}", path.display()),
            None => "the logins".to_owned(),
        }
    }

    fn load(&self, key: &LoginKey, now: Moment) -> Result<Option<Record>, StoreError> {
        let key = key.clone();
        self.place.run(move |place| {
            let Some(directory) = place.directory()? else {
                return Ok(None);
            };
            let name = record_name(key.digest());
            let content = directory.read(&name, LIMIT)?;
            let record = content.map(|content| Record::decode(&content, &key, now));
            record.transpose().map_err(|error| error.in_front(&name))
        })
    }

    fn try_lock(&self, key: &LoginKey) -> Result<Option<LoginLock>, StoreError> {
        let name = lock_name(key.digest());
        let lock = self.place.run(move |place| {
            let directory = place.create_directory()?;
            let lock = directory.try_lock(&name)?;
            // One that was removed in between is nobody's.
            Ok(lock.filter(|lock| directory.has_lock(&name, lock)))
        })?;
        Ok(lock.map(|lock| LoginLock::new(key, Held::File(self.place.hold(lock)))))
    }

    fn save(&self, lock: &LoginLock, record: &Record) -> Result<(), StoreError> {
        let content = record.encode(None)?;
        self.run_locked(lock, move |directory, name| {
            directory.replace(name, &content)?;
            directory.sync()?;
            directory.sweep(SystemClock.now(), is_record);
            Ok(())
        })
    }

    fn remove(&self, lock: &LoginLock) -> Result<bool, StoreError> {
        self.run_locked(lock, |directory, name| {
            let existed = directory.remove(name)?;
            directory.sync()?;
            // A killed writer may have left a copy.
            directory.sweep(SystemClock.now(), is_record);
            Ok(existed)
        })
    }

    fn list(&self, now: Moment) -> Result<Vec<Listed>, StoreError> {
        self.place.run(move |place| {
            let Some(directory) = place.directory()? else {
                return Ok(Vec::new());
            };
            let mut listed = Vec::new();
            for name in directory.names(RECORD)? {
                let Some(digest) = name.strip_suffix(RECORD).filter(|digest| is_digest(digest)) else {
                    continue;
                };
                match directory.read(&name, LIMIT) {
                    Ok(None) => {}
                    Ok(Some(content)) => listed.push(Listed::new(&name, digest, &content, now)),
                    Err(error) => listed.push(Listed::Unreadable(error)),
                }
            }
            Ok(listed)
        })
    }
}

fn record_name(digest: &str) -> String {
    format!("{digest}{RECORD}")
}

fn lock_name(digest: &str) -> String {
    format!("{digest}{LOCK}")
}

/// Whether this is the name of a record.
fn is_record(name: &str) -> bool {
    name.strip_suffix(RECORD).is_some_and(is_digest)
}

// They look at modes, owners and links.
#[cfg(all(test, unix))]
mod tests;
