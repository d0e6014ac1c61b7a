//! The environment variables of the process, copied once. Nothing here interprets them, and nothing ever writes the
//! process's environment. Code that takes an [`Environment`] can be tested without touching the real one.

use std::ffi::{OsStr, OsString};

use crate::platform::environment::is_same_name;
use crate::platform::{WipedOsString, rights};

/// A copy of environment variables, wiped when it is dropped. An empty variable counts as unset, except to
/// [`raw`](Environment::raw).
#[derive(Clone, Default)]
pub struct Environment {
    variables: Vec<(String, WipedOsString)>,
    untrusted: bool,
}

impl Environment {
    /// Copies the variables of this process. In a set-uid, set-gid or capability-raised process the copy is empty: the
    /// variables come from a caller with fewer rights.
    pub fn from_process() -> Environment {
        if rights::has_raised_rights() {
            return Environment::untrusted();
        }
        let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Environment::from_pairs(named)
    }

    /// Makes an environment of these variables alone.
    pub fn from_pairs<N: Into<String>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (N, V)>) -> Environment {
        let variables = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), WipedOsString::new(value.into())))
            .collect();
        Environment {
            variables,
            untrusted: false,
        }
    }

    /// Makes the environment of a process that must not read any: it has no variables.
    pub(crate) fn untrusted() -> Environment {
        Environment {
            variables: Vec::new(),
            untrusted: true,
        }
    }

    /// Returns whether the process must not trust its environment, nor the working directory that its caller chose.
    pub(crate) fn is_untrusted(&self) -> bool {
        self.untrusted
    }

    /// Returns the value of a variable, also an empty one.
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .iter()
            .find(|(candidate, _)| is_same_name(candidate, name))
            .map(|(_, value)| value.as_os_str())
    }

    /// Returns the value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// Returns the names of the variables.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the first of these variables that is set and not empty, with its name.
    pub fn first_of<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &OsStr)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }
}

impl std::fmt::Debug for Environment {
    /// Shows the names alone: a value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.variables.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_unset() {
        let environment = Environment::from_pairs([("A", ""), ("B", "b")]);
        assert_eq!(environment.get("A"), None);
        assert_eq!(environment.raw("A"), Some(OsStr::new("")));
        assert_eq!(environment.first_of(&["A", "B"]), Some(("B", OsStr::new("b"))));
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let environment = Environment::from_pairs([("CLIENT_SECRET", "canary")]);
        let shown = format!("{environment:?}");
        assert!(shown.contains("CLIENT_SECRET") && !shown.contains("canary"));
    }
}
