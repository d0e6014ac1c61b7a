//! The store of one user on one machine: a file for each token and a lock for each lease, in a directory that is the user's
//! alone. Readers take no lock. `directory` has the checks, `bounded` the limit on time.

pub(crate) mod bounded;
pub(crate) mod bounded_place;
pub(crate) mod directory;
pub(crate) mod place;

use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{CacheKey, Fence, Lease, Refusal, Store, StoreError, Stored, record};
use crate::clock::Moment;
use crate::config::Environment;
use crate::platform::places;
use crate::protocol::token::Token;

use bounded_place::BoundedPlace;
use directory::Advice;
use place::Place;

static ADVICE: Advice = Advice {
    unnamed: "Set one of them, or the option \"cache\" to file:DIRECTORY or memory",
    directory: "Set the option \"cache\" to another directory",
    owner: "Set HOME to your own home, or the option \"cache\" to file:DIRECTORY or memory",
    file: "No action is needed: the next token replaces it",
    mode: "No action is needed: the next token replaces it",
    full: "Free some space there, or set the option \"cache\" to another directory",
};

/// Files in a directory.
pub(super) struct FileStore {
    place: BoundedPlace,
}

impl FileStore {
    /// In the user's directory for caches.
    pub(super) fn of_user(environment: &Environment, timeout: Duration) -> FileStore {
        FileStore::with(Place::of_user(environment, &places::CACHE, &ADVICE), timeout)
    }

    /// In this directory.
    pub(super) fn at(directory: &Path, timeout: Duration) -> FileStore {
        FileStore::with(Place::at(directory, &ADVICE), timeout)
    }

    fn with(place: Place, timeout: Duration) -> FileStore {
        FileStore {
            place: BoundedPlace::new(place, timeout),
        }
    }
}

impl Store for FileStore {
    fn name(&self) -> String {
        match self.place.path() {
            Some(path) => format!("the token cache in {}", path.display()),
            None => "the token cache".to_owned(),
        }
    }

    fn load(&self, key: &CacheKey, now: Moment) -> Result<Stored, StoreError> {
        let names = Names::new(key);
        self.place.run(move |place| load(place, &names, now))
    }

    fn save(&self, key: &CacheKey, token: &Token, _fence: Fence, now: Moment) -> Result<(), StoreError> {
        let (names, requested_at) = (Names::new(key), token.requested_at());
        let content = record::encode(token, None);
        self.place
            .run(move |place| save(place, &names, &content, requested_at, now))
    }

    fn save_refusal(&self, key: &CacheKey, refusal: &Refusal, _now: Moment) -> Result<(), StoreError> {
        let names = Names::new(key);
        let content = record::encode_refusal(refusal);
        self.place
            .run(move |place| place.create_directory()?.replace(&names.refusal, &content))
    }

    fn remove(&self, key: &CacheKey, rejected: Option<&str>) -> Result<(), StoreError> {
        let names = Names::new(key);
        let rejected = rejected.map(|token| Zeroizing::new(token.to_owned()));
        self.place
            .run(move |place| remove(place, &names, rejected.as_ref().map(|token| token.as_str())))
    }

    /// Files are ordered by the time of the request.
    fn next_fence(&self, _key: &CacheKey) -> Result<Fence, StoreError> {
        Ok(Fence::default())
    }

    fn try_lease(&self, key: &CacheKey) -> Result<Option<Lease>, StoreError> {
        let names = Names::new(key);
        let lock = self
            .place
            .run(move |place| place.create_directory()?.try_lock(&names.lock))?;
        Ok(lock.map(|lock| Lease::File(self.place.hold(lock))))
    }

    fn release(&self, _key: &CacheKey, lease: Lease) -> Result<(), StoreError> {
        drop(lease);
        Ok(())
    }
}

fn load(place: &Place, names: &Names, now: Moment) -> Result<Stored, StoreError> {
    let Some(directory) = place.directory()? else {
        return Ok(Stored::default());
    };
    let token = directory.read(&names.token, record::LIMIT)?;
    let refusal = directory.read(&names.refusal, record::LIMIT);
    let refusal = if token.is_some() {
        refusal.unwrap_or(None)
    } else {
        refusal?
    };
    Stored::from_records(
        token.as_deref().map(Vec::as_slice),
        refusal.as_deref().map(Vec::as_slice),
        now,
    )
}

fn save(place: &Place, names: &Names, content: &[u8], requested_at: Moment, now: Moment) -> Result<(), StoreError> {
    let directory = place.create_directory()?;
    // A process that stalls has an older token than the one that was stored meanwhile.
    if let Ok(Some(stored)) = directory.read(&names.token, record::LIMIT)
        && record::is_requested_after(&stored, requested_at, now)
    {
        return Ok(());
    }
    if content.len() > record::LIMIT {
        return Err(StoreError::transient("the token is too large to be stored"));
    }
    directory.replace(&names.token, content)?;
    directory.remove(&names.refusal)?;
    directory.sweep(now, Names::are_ours);
    Ok(())
}

fn remove(place: &Place, names: &Names, rejected: Option<&str>) -> Result<(), StoreError> {
    let Some(directory) = place.directory()? else {
        return Ok(());
    };
    match rejected {
        None => {
            directory.remove(&names.token)?;
            directory.remove(&names.refusal)?;
            Ok(())
        }
        Some(rejected) => {
            let is_rejected =
                |content: &[u8]| record::access_token(content).is_some_and(|token| token.expose() == rejected);
            directory.remove_if(&names.token, record::LIMIT, is_rejected)
        }
    }
}

/// The names of a token's files.
struct Names {
    token: String,
    refusal: String,
    lock: String,
}

impl Names {
    const TOKEN: &str = ".json";
    const REFUSAL: &str = ".refusal.json";

    fn new(key: &CacheKey) -> Names {
        let named = |end: &str| format!("{}{end}", key.as_str());
        Names {
            token: named(Names::TOKEN),
            refusal: named(Names::REFUSAL),
            lock: named(".lock"),
        }
    }

    /// Whether this is the name of a file that is written here.
    fn are_ours(name: &str) -> bool {
        [Names::TOKEN, Names::REFUSAL]
            .iter()
            .any(|end| name.strip_suffix(end).is_some_and(CacheKey::is_one))
    }
}

// They look at modes, owners and links.
#[cfg(all(test, unix))]
mod tests;
