//! Where files are kept: a directory that an option names, or one of the user's.

use std::path::{Path, PathBuf};

use super::directory::{self, Advice, Directory};
use crate::config::environment::Environment;
use crate::platform::Candidates;
use crate::store::StoreError;

/// A directory that may not exist yet.
pub(crate) struct Place {
    /// Otherwise the variables that could name it.
    path: Result<PathBuf, [&'static str; 2]>,
    /// The directory is the user's by default, so nothing is created in directories of another user: this one, and what is
    /// above the directory.
    home: Option<PathBuf>,
    advice: &'static Advice,
}

impl Place {
    /// In the first of these that a variable names. A path that is not absolute is ignored (XDG Base Directory Specification).
    pub(crate) fn of_user(environment: &Environment, candidates: &Candidates, advice: &'static Advice) -> Place {
        let named = candidates.iter().find_map(|(variable, below)| {
            let named = environment.get(variable).map(PathBuf::from);
            Some((named.filter(|path| path.is_absolute())?, below))
        });
        match named {
            Some((named, below)) => Place {
                path: Ok(named.join(below)),
                home: Some(named),
                advice,
            },
            None => Place {
                path: Err(candidates.map(|(variable, _)| variable)),
                home: None,
                advice,
            },
        }
    }

    /// In this directory.
    pub(crate) fn at(directory: &Path, advice: &'static Advice) -> Place {
        Place {
            // Without a slash or a dot at its end, which would lead through a symbolic link.
            path: Ok(directory.components().collect()),
            home: None,
            advice,
        }
    }

    /// Returns where the directory is, or will be; `None` where no variable names it.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref().ok()
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
        self.path.as_deref().map_err(|[one, other]| {
            StoreError::transient(format!("neither {one} nor {other} names a directory")).advise(self.advice.unnamed)
        })
    }
}
