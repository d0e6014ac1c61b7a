//! Where files are kept: a directory that an option names, or one of the user's.

use std::path::{Path, PathBuf};

use super::directory::{self, Advice, Directory};
use crate::config::environment::Environment;
use crate::store::StoreError;

/// Below the user's directory.
const NAME: &str = "spotify-token";

/// A directory that may not exist yet.
pub(crate) struct Place {
    /// `None` where no variable names it.
    path: Option<PathBuf>,
    /// The directory is the user's by default, so nothing is created in directories of another user: this one, and what is
    /// above the directory.
    home: Option<PathBuf>,
    advice: &'static Advice,
}

impl Place {
    /// In the directory that `variable` names, otherwise below `$HOME`. A path that is not absolute is ignored (XDG Base Directory
    /// Specification).
    pub(crate) fn of_user(
        environment: &Environment,
        variable: &str,
        below_home: &str,
        advice: &'static Advice,
    ) -> Place {
        let absolute = |name: &str| {
            let path = environment.get(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let (path, home) = match (absolute(variable), absolute("HOME")) {
            (Some(named), _) => (Some(named.join(NAME)), Some(named)),
            (None, Some(home)) => (Some(home.join(below_home).join(NAME)), Some(home)),
            (None, None) => (None, None),
        };
        Place { path, home, advice }
    }

    /// In this directory.
    pub(crate) fn at(directory: &Path, advice: &'static Advice) -> Place {
        Place {
            // Without a slash or a dot at its end, which would lead through a symbolic link.
            path: Some(directory.components().collect()),
            home: None,
            advice,
        }
    }

    /// Returns where the directory is, or will be; `None` where no variable names it.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Opens the directory, if it exists.
    pub(crate) fn directory(&self) -> Result<Option<Directory>, StoreError> {
        Directory::open(self.named()?, self.advice)
    }

    /// Opens the directory. If it does not exist, it is created.
    pub(crate) fn create_directory(&self) -> Result<Directory, StoreError> {
        let path = self.named()?;
        if let Some(home) = &self.home
            && !path.exists()
        {
            directory::check_owner_above(home, self.advice)?;
            directory::check_owner_above(path, self.advice)?;
        }
        Directory::open_or_create(path, self.advice)
    }

    fn named(&self) -> Result<&Path, StoreError> {
        let unnamed = || StoreError::transient(self.advice.unnamed.0).advise(self.advice.unnamed.1);
        self.path().ok_or_else(unnamed)
    }
}
