//! The store of one user on one machine: a file for each token, a lock for each right to refresh, in a directory that is
//! the user's alone. Readers take no lock; a writer's file appears whole or not at all. `directory` has the checks.

mod directory;

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{CacheKey, Lease, Store, StoreError, record};
use crate::clock::Moment;
use crate::config::environment::Environment;
use crate::protocol::token::Token;

use directory::Directory;

/// Below the user's cache directory.
const NAME: &str = "spotify-token";

/// Files in a directory.
pub(super) struct FileStore {
    /// `None` where nothing says which.
    directory: Option<PathBuf>,
}

/// A lock that ends with whoever holds it.
pub(crate) struct Lock(File);

impl Drop for Lock {
    /// A child of `fork()` may have this file open as well, and closing ours alone would leave it locked.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl FileStore {
    /// In `$XDG_CACHE_HOME`, else in `$HOME/.cache`. A path that is not absolute says nothing (XDG Base Directory
    /// Specification).
    pub(super) fn of_user(environment: &Environment) -> FileStore {
        let absolute = |name: &str| {
            environment
                .get(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
        FileStore {
            directory: cache.map(|cache| cache.join(NAME)),
        }
    }

    /// In this directory.
    pub(super) fn at(directory: &Path) -> FileStore {
        FileStore {
            // Without what would lead through a link at its end: a slash, or a dot.
            directory: Some(directory.components().collect()),
        }
    }

    /// The directory, if it is there.
    fn directory(&self) -> Result<Option<Directory>, StoreError> {
        let path = self.directory.as_ref().ok_or_else(nowhere)?;
        Directory::open(path).map_err(StoreError::transient)
    }

    /// The directory, made if it is not there.
    fn made_directory(&self) -> Result<Directory, StoreError> {
        let path = self.directory.as_ref().ok_or_else(nowhere)?;
        Directory::open_or_make(path).map_err(StoreError::transient)
    }
}

fn nowhere() -> StoreError {
    StoreError::transient(
        "neither XDG_CACHE_HOME nor HOME names a directory for it. Set one, or the option cache to file:DIRECTORY or memory",
    )
}

impl Store for FileStore {
    fn name(&self) -> String {
        match &self.directory {
            Some(path) => format!("the token cache in {}", path.display()),
            None => "the token cache".to_owned(),
        }
    }

    fn load(&self, key: &CacheKey, now: Moment) -> Result<Option<Token>, StoreError> {
        match self.directory()? {
            Some(directory) => load(&directory, &file_of(key), now),
            None => Ok(None),
        }
    }

    fn save(&self, key: &CacheKey, token: &Token, _lease: Option<&Lease>, now: Moment) -> Result<(), StoreError> {
        let directory = self.made_directory()?;
        let name = file_of(key);
        // Who was stopped for a while, and comes late, has an older token than what rests there meanwhile.
        if let Ok(Some(resting)) = load(&directory, &name, now)
            && resting.end().wall_ms > token.end().wall_ms
        {
            return Ok(());
        }
        let bytes = record::encode(token, None);
        if bytes.len() > record::LIMIT {
            return Err(StoreError::transient("the token is too large to be stored"));
        }
        directory.replace(&name, &bytes).map_err(StoreError::transient)?;
        directory.sweep(now);
        Ok(())
    }

    fn forget(&self, key: &CacheKey, rejected: Option<&str>) -> Result<(), StoreError> {
        let Some(directory) = self.directory()? else {
            return Ok(());
        };
        let name = file_of(key);
        let Some(rejected) = rejected else {
            return directory.remove(&name).map_err(StoreError::transient);
        };
        let is_rejected = |bytes: &[u8]| record::access_token(bytes).is_some_and(|held| held.expose() == rejected);
        directory.remove_if(&name, is_rejected).map_err(StoreError::transient)
    }

    fn try_lease(&self, key: &CacheKey) -> Result<Option<Lease>, StoreError> {
        let directory = self.made_directory()?;
        let lock = directory.try_lock(&format!("{}.lock", key.as_str()));
        Ok(lock.map_err(StoreError::transient)?.map(|file| Lease::Lock(Lock(file))))
    }

    fn release(&self, _key: &CacheKey, lease: Lease) -> Result<(), StoreError> {
        match lease {
            Lease::Lock(lock) => drop(lock),
            #[cfg(feature = "redis")]
            Lease::Redis { .. } => unreachable!("another store's"),
        }
        Ok(())
    }
}

fn file_of(key: &CacheKey) -> String {
    format!("{}.json", key.as_str())
}

fn load(directory: &Directory, name: &str, now: Moment) -> Result<Option<Token>, StoreError> {
    match directory.read(name, record::LIMIT).map_err(StoreError::transient)? {
        Some(bytes) => record::decode(&bytes, now).map_err(StoreError::transient),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests;
