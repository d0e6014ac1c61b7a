//! Logins in files: one for each, and a lock file beside it, in a directory that is the user's alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Held, Listed, LoginKey, LoginLock, LoginStore, Record};
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::environment::Environment;
use crate::store::StoreError;
use crate::store::file::bounded::Bounded;
use crate::store::file::directory::{self, Advice, Directory};
use crate::store::file::lock::Lock;
use crate::store::key::is_digest;
use crate::store::record::LIMIT;

/// Below the user's state directory.
const NAME: &str = "spotify-token";
const RECORD: &str = ".login.json";
const LOCK: &str = ".login.lock";

static ADVICE: Advice = Advice {
    directory: "Set the option \"logins\" to another directory",
    owner: "Set HOME to your own home, or the option \"logins\" to file:DIRECTORY",
    file: "Make it readable for this user, or log in again",
    mode: "Remove that permission with chmod 600. Others may have read the login: end it on https://www.spotify.com/account/apps \
           and log in again",
    full: "Free some space there: until the login is written, it is lost when this process ends",
};

/// Files in a directory.
pub(super) struct FileLogins {
    place: Arc<Place>,
    bounded: Arc<Bounded>,
}

/// What an operation needs in its thread.
#[derive(Default)]
struct Place {
    /// `None` where no variable names it.
    directory: Option<PathBuf>,
    /// The directory is the user's by default, so nothing is created in directories of another user.
    home: Option<PathBuf>,
}

/// A locked file.
pub(super) struct FileLock {
    lock: Option<Lock>,
    bounded: Arc<Bounded>,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        let lock = self.lock.take();
        self.bounded.run_always(|| drop(lock));
    }
}

impl FileLogins {
    /// In `$XDG_STATE_HOME`, otherwise in `$HOME/.local/state`. A path that is not absolute is ignored (XDG Base Directory
    /// Specification).
    pub(super) fn of_user(environment: &Environment, timeout: Duration) -> FileLogins {
        let absolute = |name: &str| {
            let path = environment.get(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let place = match (absolute("XDG_STATE_HOME"), absolute("HOME")) {
            (Some(state), _) => Place {
                directory: Some(state.join(NAME)),
                home: Some(state),
            },
            (None, Some(home)) => Place {
                directory: Some(home.join(".local/state").join(NAME)),
                home: Some(home),
            },
            (None, None) => Place::default(),
        };
        FileLogins::with(place, timeout)
    }

    /// In this directory.
    pub(super) fn at(directory: &Path, timeout: Duration) -> FileLogins {
        let place = Place {
            // Without a slash or a dot at its end, which would lead through a symbolic link.
            directory: Some(directory.components().collect()),
            home: None,
        };
        FileLogins::with(place, timeout)
    }

    fn with(place: Place, timeout: Duration) -> FileLogins {
        FileLogins {
            place: Arc::new(place),
            bounded: Arc::new(Bounded::new(timeout)),
        }
    }

    fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Place) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = self.place.clone();
        self.bounded.run(move || operation(&place))
    }
}

impl LoginStore for FileLogins {
    fn name(&self) -> String {
        match &self.place.directory {
            Some(path) => format!("the logins in {}", path.display()),
            None => "the logins".to_owned(),
        }
    }

    fn load(&self, key: &LoginKey, now: Moment) -> Result<Option<Record>, StoreError> {
        let key = key.clone();
        self.run(move |place| {
            let Some(directory) = place.directory()? else {
                return Ok(None);
            };
            let content = directory.read(&format!("{}{RECORD}", key.digest()), LIMIT)?;
            content.map(|content| Record::decode(&content, &key, now)).transpose()
        })
    }

    fn try_lock(&self, key: &LoginKey) -> Result<Option<LoginLock>, StoreError> {
        let name = format!("{}{LOCK}", key.digest());
        let lock = self.run(move |place| place.create_directory()?.try_lock(&name))?;
        Ok(lock.map(|lock| LoginLock {
            key: key.clone(),
            held: Held::File(FileLock {
                lock: Some(lock),
                bounded: self.bounded.clone(),
            }),
        }))
    }

    fn save(&self, lock: &LoginLock, record: &Record) -> Result<(), StoreError> {
        let name = format!("{}{RECORD}", lock.key().digest());
        let content = record.encode();
        self.run(move |place| {
            if content.len() > LIMIT {
                return Err(StoreError::transient("the login is too large to be stored").advise("Ask for fewer scopes"));
            }
            let directory = place.create_directory()?;
            directory.replace(&name, &content)?;
            directory.sync()?;
            directory.sweep(SystemClock.now(), is_record);
            Ok(())
        })
    }

    fn remove(&self, lock: &LoginLock) -> Result<bool, StoreError> {
        let name = format!("{}{RECORD}", lock.key().digest());
        self.run(move |place| {
            let Some(directory) = place.directory()? else {
                return Ok(false);
            };
            let existed = directory.names(RECORD)?.contains(&name);
            directory.remove(&name)?;
            directory.sync()?;
            Ok(existed)
        })
    }

    fn list(&self, now: Moment) -> Result<Vec<Listed>, StoreError> {
        self.run(move |place| {
            let Some(directory) = place.directory()? else {
                return Ok(Vec::new());
            };
            let names = directory.names(RECORD)?.into_iter().filter(|name| is_record(name));
            let listed = names.filter_map(|name| match directory.read(&name, LIMIT) {
                Ok(None) => None,
                Ok(Some(content)) => {
                    Some(Record::decode_any(&content, now).map_or_else(Listed::Unreadable, Listed::Login))
                }
                Err(error) => Some(Listed::Unreadable(error)),
            });
            Ok(listed.collect())
        })
    }
}

/// Whether this is the name of a record.
fn is_record(name: &str) -> bool {
    name.strip_suffix(RECORD).is_some_and(is_digest)
}

impl Place {
    fn path(&self) -> Result<&Path, StoreError> {
        self.directory.as_deref().ok_or_else(|| {
            StoreError::transient("neither XDG_STATE_HOME nor HOME names a directory for them")
                .advise("Set one of them, or the option \"logins\" to file:DIRECTORY")
        })
    }

    fn directory(&self) -> Result<Option<Directory>, StoreError> {
        Directory::open(self.path()?, &ADVICE)
    }

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
}
