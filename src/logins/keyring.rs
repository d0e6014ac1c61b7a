//! Logins in the keyring of the desktop: the Secret Service of Linux (gnome-keyring, KWallet, KeePassXC), the Keychain of macOS, the
//! Credential Manager of Windows. An item has the service name `spotify-token`, the digest of the login as its user, and the record
//! as its secret. A keyring has no locks, so that of a login is a file where logins in files are: its name says which items there may
//! be.
//!
//! A locked keyring asks its user for the password. A call waits for that for two thirds of its time, and then is an error; meanwhile
//! the keyring goes on asking. Until it has an answer, further calls are errors at once, so that nobody is asked twice. A record that
//! waits to be written is written when the keyring is unlocked, and its login stays locked until then.

use std::time::Duration;

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use super::file::FileLogins;
use super::{Listed, LoginKey, LoginLock, LoginStore, Record};
use crate::clock::Moment;
use crate::config::environment::Environment;
use crate::display;
use crate::platform::advice::START_KEYRING;
use crate::platform::keyring::{NO_SESSION, has_session};
use crate::store::StoreError;
use crate::store::file::bounded::Bounded;

const SERVICE: &str = "spotify-token";
/// The longest text of a keyring that is shown, in characters.
const LONGEST_TEXT: usize = 200;

const UNLOCK: &str =
    "Unlock the keyring where it asks for its password, and try again; or set the option \"logins\" to file";

/// Items in a keyring.
pub(super) struct KeyringLogins {
    /// Has the locks.
    files: FileLogins,
    bounded: Bounded,
    /// Whether the environment names a session in which there may be a keyring.
    has_session: bool,
}

impl KeyringLogins {
    pub(super) fn new(environment: &Environment, timeout: Duration) -> KeyringLogins {
        KeyringLogins {
            files: FileLogins::of_user(environment, timeout),
            bounded: Bounded::with(timeout / 3 * 2, "the keyring", UNLOCK),
            has_session: has_session(|name| environment.get(name)),
        }
    }

    fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if !self.has_session {
            return Err(StoreError::tripping(NO_SESSION).advise(START_KEYRING));
        }
        self.bounded.run(operation)
    }

    /// Runs an operation that changes a login. The login stays locked until it is done, also when nobody waits for it any more.
    fn run_locked<T: Send + 'static>(
        &self,
        login: &LoginLock,
        operation: impl FnOnce(&str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let lock = login.file()?.shared();
        let digest = login.key().digest().to_owned();
        self.run(move || {
            let result = operation(&digest);
            drop(lock);
            result
        })
    }
}

impl LoginStore for KeyringLogins {
    fn name(&self) -> String {
        "the logins in the keyring".to_owned()
    }

    fn load(&self, key: &LoginKey, now: Moment) -> Result<Option<Record>, StoreError> {
        let key = key.clone();
        self.run(move || {
            let record = read(key.digest())?.map(|secret| Record::decode(&secret, &key, now));
            record.transpose().map_err(|error| error.in_front(&name(key.digest())))
        })
    }

    fn try_lock(&self, key: &LoginKey) -> Result<Option<LoginLock>, StoreError> {
        self.files.try_lock(key)
    }

    fn save(&self, lock: &LoginLock, record: &Record) -> Result<(), StoreError> {
        let secret = record.encode(None)?;
        self.run_locked(lock, move |digest| {
            let saved = entry(digest).and_then(|entry| entry.set_secret(&secret));
            saved.map_err(|error| explain(&error, digest))
        })
    }

    fn remove(&self, lock: &LoginLock) -> Result<bool, StoreError> {
        self.run_locked(lock, |digest| {
            match entry(digest).and_then(|entry| entry.delete_credential()) {
                Ok(()) => Ok(true),
                Err(Error::NoEntry) => Ok(false),
                Err(error) => Err(explain(&error, digest)),
            }
        })
    }

    fn list(&self, now: Moment) -> Result<Vec<Listed>, StoreError> {
        let digests = self.files.locked_once()?;
        self.run(move || {
            let mut listed = Vec::new();
            for digest in digests {
                match read(&digest) {
                    Ok(None) => {}
                    Ok(Some(secret)) => listed.push(Listed::new(&name(&digest), &digest, &secret, now)),
                    Err(error) if error.trips => return Err(error),
                    Err(error) => listed.push(Listed::Unreadable(error)),
                }
            }
            Ok(listed)
        })
    }
}

fn entry(digest: &str) -> Result<Entry, Error> {
    Entry::new(SERVICE, digest)
}

fn read(digest: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    match entry(digest).and_then(|entry| entry.get_secret()) {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(&error, digest)),
    }
}

/// Names an item, for people.
fn name(digest: &str) -> String {
    format!("item {digest}")
}

/// Says what went wrong. What an item contains is in none of it.
fn explain(error: &Error, digest: &str) -> StoreError {
    match error {
        Error::NoStorageAccess(_) => {
            StoreError::tripping("the keyring is locked, or there is no default one").advise(UNLOCK)
        }
        Error::PlatformFailure(reason) => {
            let reason = display::shortened(&display::one_line(&reason.to_string()), LONGEST_TEXT);
            StoreError::tripping(format!("the keyring cannot be used: {reason}")).advise(START_KEYRING)
        }
        Error::TooLong(..) => StoreError::transient("the login is too large for this keyring")
            .advise("Log in for fewer scopes, or set the option \"logins\" to file"),
        Error::Ambiguous(_) => StoreError::transient("the keyring has several items of this login")
            .in_front(&name(digest))
            .advise("Remove all of them, and log in again"),
        _ => StoreError::transient("the item of the login cannot be used")
            .in_front(&name(digest))
            .advise("Log in again"),
    }
}
