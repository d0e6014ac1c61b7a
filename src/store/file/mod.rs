//! The store of one user on one machine: a file for each token and a lock for each lease, in a directory that is the user's
//! alone. Readers take no lock. `directory` has the checks, `bounded` the limit on time.

pub(crate) mod bounded;
pub(crate) mod directory;
pub(crate) mod lock;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{CacheKey, Fence, Lease, Refusal, Store, StoreError, Stored, record};
use crate::clock::Moment;
use crate::config::Environment;
use crate::protocol::token::Token;

use bounded::Bounded;
use directory::{Advice, Directory};
use lock::Lock;

/// Below the user's cache directory.
const NAME: &str = "spotify-token";

static ADVICE: Advice = Advice {
    directory: "Set the option \"cache\" to another directory",
    owner: "Set HOME to your own home, or the option \"cache\" to file:DIRECTORY or memory",
    file: "No action is needed: the next token replaces it",
    mode: "No action is needed: the next token replaces it",
    full: "Free some space there, or set the option \"cache\" to another directory",
};

/// Files in a directory.
pub(super) struct FileStore {
    files: Arc<Files>,
    bounded: Arc<Bounded>,
}

/// What an operation needs in its thread.
#[derive(Default)]
struct Files {
    /// `None` where no variable names it.
    directory: Option<PathBuf>,
    /// The directory is the user's by default, so nothing is created in directories of another user: this one, and what is
    /// above the directory.
    home: Option<PathBuf>,
}

/// The right to request a token: a locked file. It ends with its holder.
pub(crate) struct FileLease {
    lock: Option<Lock>,
    bounded: Arc<Bounded>,
}

impl Drop for FileLease {
    fn drop(&mut self) {
        let lock = self.lock.take();
        self.bounded.run_always(|| drop(lock));
    }
}

impl FileStore {
    /// In `$XDG_CACHE_HOME`, otherwise in `$HOME/.cache`. A path that is not absolute is ignored (XDG Base Directory
    /// Specification).
    pub(super) fn of_user(environment: &Environment, timeout: Duration) -> FileStore {
        let absolute = |name: &str| {
            environment
                .get(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let files = match absolute("XDG_CACHE_HOME") {
            Some(cache) => Files {
                directory: Some(cache.join(NAME)),
                home: Some(cache),
            },
            None => match absolute("HOME") {
                Some(home) => Files {
                    directory: Some(home.join(".cache").join(NAME)),
                    home: Some(home),
                },
                None => Files::default(),
            },
        };
        FileStore::with(files, timeout)
    }

    /// In this directory.
    pub(super) fn at(directory: &Path, timeout: Duration) -> FileStore {
        let files = Files {
            // Without a slash or a dot at its end, which would lead through a symbolic link.
            directory: Some(directory.components().collect()),
            home: None,
        };
        FileStore::with(files, timeout)
    }

    fn with(files: Files, timeout: Duration) -> FileStore {
        FileStore {
            files: Arc::new(files),
            bounded: Arc::new(Bounded::new(timeout)),
        }
    }

    fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Files) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let files = self.files.clone();
        self.bounded.run(move || operation(&files))
    }
}

impl Store for FileStore {
    fn name(&self) -> String {
        match &self.files.directory {
            Some(path) => format!("the token cache in {}", path.display()),
            None => "the token cache".to_owned(),
        }
    }

    fn load(&self, key: &CacheKey, now: Moment) -> Result<Stored, StoreError> {
        let names = Names::new(key);
        self.run(move |files| files.load(&names, now))
    }

    fn save(&self, key: &CacheKey, token: &Token, _fence: Fence, now: Moment) -> Result<(), StoreError> {
        let (names, requested_at) = (Names::new(key), token.requested_at());
        let content = record::encode(token, None);
        self.run(move |files| files.save(&names, &content, requested_at, now))
    }

    fn save_refusal(&self, key: &CacheKey, refusal: &Refusal, _now: Moment) -> Result<(), StoreError> {
        let names = Names::new(key);
        let content = record::encode_refusal(refusal);
        self.run(move |files| files.create_directory()?.replace(&names.refusal, &content))
    }

    fn remove(&self, key: &CacheKey, rejected: Option<&str>) -> Result<(), StoreError> {
        let names = Names::new(key);
        let rejected = rejected.map(|token| Zeroizing::new(token.to_owned()));
        self.run(move |files| files.remove(&names, rejected.as_ref().map(|token| token.as_str())))
    }

    /// Files are ordered by the time of the request.
    fn next_fence(&self, _key: &CacheKey) -> Result<Fence, StoreError> {
        Ok(Fence::default())
    }

    fn try_lease(&self, key: &CacheKey) -> Result<Option<Lease>, StoreError> {
        let names = Names::new(key);
        let bounded = self.bounded.clone();
        let lock = self.run(move |files| files.create_directory()?.try_lock(&names.lock))?;
        Ok(lock.map(|lock| {
            Lease::File(FileLease {
                lock: Some(lock),
                bounded,
            })
        }))
    }

    fn release(&self, _key: &CacheKey, lease: Lease) -> Result<(), StoreError> {
        drop(lease);
        Ok(())
    }
}

impl Files {
    fn path(&self) -> Result<&Path, StoreError> {
        self.directory.as_deref().ok_or_else(|| {
            StoreError::transient("neither XDG_CACHE_HOME nor HOME names a directory for it")
                .advise("Set one of them, or the option \"cache\" to file:DIRECTORY or memory")
        })
    }

    /// Opens the directory, if it exists.
    fn directory(&self) -> Result<Option<Directory>, StoreError> {
        Directory::open(self.path()?, &ADVICE)
    }

    /// Opens the directory. If it does not exist, it is created.
    fn create_directory(&self) -> Result<Directory, StoreError> {
        let path = self.path()?;
        if let Some(home) = &self.home
            && !path.exists()
        {
            directory::check_owner_above(home, &ADVICE)?;
            directory::check_owner_above(path, &ADVICE)?;
        }
        Directory::open_or_create(path, &ADVICE)
    }

    fn load(&self, names: &Names, now: Moment) -> Result<Stored, StoreError> {
        let Some(directory) = self.directory()? else {
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

    fn save(&self, names: &Names, content: &[u8], requested_at: Moment, now: Moment) -> Result<(), StoreError> {
        let directory = self.create_directory()?;
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

    fn remove(&self, names: &Names, rejected: Option<&str>) -> Result<(), StoreError> {
        let Some(directory) = self.directory()? else {
            return Ok(());
        };
        match rejected {
            None => {
                directory.remove(&names.token)?;
                directory.remove(&names.refusal)
            }
            Some(rejected) => {
                let is_rejected =
                    |content: &[u8]| record::access_token(content).is_some_and(|token| token.expose() == rejected);
                directory.remove_if(&names.token, record::LIMIT, is_rejected)
            }
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

#[cfg(test)]
mod tests;
