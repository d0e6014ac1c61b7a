//! Logins as a program sees them: their list, and the end of one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Listed, LoginKey, LoginStore, Record, failed, lock_until, open};
use crate::cancel::Cancel;
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::{Config, Environment, Settings};
use crate::credentials;
use crate::error::Error;
use crate::fetch;
use crate::secret::Secret;

/// The login of a user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// Its name: the option `account`.
    pub name: String,
    /// The client id of the app.
    pub client_id: String,
    /// The scopes that were granted, separated by spaces.
    pub scope: String,
    /// When the user logged in.
    pub logged_in_at: SystemTime,
    /// When Spotify ends the login: six months later. Refreshing does not prolong it.
    pub ends_at: SystemTime,
    /// When the server last refused to refresh it. `None` once a refresh has succeeded again.
    pub refused_at: Option<SystemTime>,
}

impl Account {
    fn of(record: &Record) -> Account {
        let time = |ms: i64| UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        Account {
            name: record.account.clone(),
            client_id: record.client_id.clone(),
            scope: record.scope.clone(),
            logged_in_at: time(record.logged_in_at_ms),
            ends_at: time(record.ends_at_ms()),
            refused_at: record.refused_at_ms.map(time),
        }
    }
}

/// Returns all logins, of every app, and an error for each that cannot be read.
pub(crate) fn accounts(config: &Config) -> Result<Vec<Result<Account, Error>>, Error> {
    let environment = Environment::from_process();
    let settings = Settings::resolve(config, &environment)?;
    let store = open(&settings, &environment);
    let listed = store.list(SystemClock.now());
    let listed = listed.map_err(|error| failed(&*store, &settings, &error))?;
    let account = |listed| match listed {
        Listed::Login(record) => Ok(Account::of(&record)),
        Listed::Unreadable(error) => Err(failed(&*store, &settings, &error)),
    };
    Ok(listed.into_iter().map(account).collect())
}

/// Returns the login of an account of this app, if there is one, and whether it could be locked. Then it is written as it is: a place
/// that cannot be written loses the login at a refresh that brings a new refresh token. For diagnosis.
pub(crate) fn examine(
    settings: &Settings,
    environment: &Environment,
    client_id: &Secret,
) -> Result<(Option<Account>, bool), Error> {
    let store = open(settings, environment);
    let key = LoginKey::new(&settings.token_url, client_id, &settings.account);
    let examined = || {
        let lock = store.try_lock(&key)?;
        let record = store.load(&key, SystemClock.now())?;
        if let (Some(lock), Some(record)) = (&lock, &record) {
            store.save(lock, record)?;
        }
        Ok((record.as_ref().map(Account::of), lock.is_some()))
    };
    examined().map_err(|error| failed(&*store, settings, &error))
}

/// Returns the login that the options name, if there is one.
pub(crate) fn account(config: &Config) -> Result<Option<Account>, Error> {
    Named::find(config)?.account()
}

/// Forgets the login of an account. Returns whether there was one.
pub(crate) fn logout(config: &Config) -> Result<bool, Error> {
    Named::find(config)?.remove()
}

/// The login that options name, and the place where it is kept.
struct Named {
    settings: Settings,
    store: Box<dyn LoginStore>,
    key: LoginKey,
    end: Moment,
}

impl Named {
    /// Finds the client id, in the time of a call.
    fn find(config: &Config) -> Result<Named, Error> {
        let environment = Environment::from_process();
        let settings = Settings::resolve(config, &environment)?;
        let allowed = fetch::working_time(settings.timeout);
        let end = SystemClock.now().plus(allowed);
        let client = credentials::find_client_id(&settings, &environment, allowed, &Cancel::new())?;
        Ok(Named {
            store: open(&settings, &environment),
            key: LoginKey::new(&settings.token_url, &client.client_id, &settings.account),
            settings,
            end,
        })
    }

    fn account(&self) -> Result<Option<Account>, Error> {
        let record = self.store.load(&self.key, SystemClock.now());
        let record = record.map_err(|error| failed(&*self.store, &self.settings, &error))?;
        Ok(record.as_ref().map(Account::of))
    }

    fn remove(&self) -> Result<bool, Error> {
        let lock = lock_until(&*self.store, &self.settings, &self.key, self.end, &Cancel::new())?;
        let removed = self.store.remove(&lock);
        removed.map_err(|error| failed(&*self.store, &self.settings, &error))
    }
}
