//! The environment variables this crate reads, copied once. Nothing here interprets them, and nothing ever writes
//! the process's environment. Code that takes an `Environment` can be tested without touching the real one.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use zeroize::Zeroizing;

use crate::config::table;

/// Credentials under the names of other libraries, or under made-up ones: known so that a message can name them.
pub(crate) const NEAR_MISSES: [&str; 9] = [
    "SPOTIPY_CLIENT_ID",
    "SPOTIPY_CLIENT_SECRET",
    "RSPOTIFY_CLIENT_ID",
    "RSPOTIFY_CLIENT_SECRET",
    "SPOTIFY_ID",
    "SPOTIFY_SECRET",
    "SPOTIFY_CLIENTID",
    "SPOTIFY_CLIENTSECRET",
    "SPOTIFY_API_KEY",
];

/// Other variables outside the options table: credentials, trust, proxies, directories.
const OTHER_NAMES: [&str; 17] = [
    "SPOTIFY_CLIENT_ID_FILE",
    "SPOTIFY_CLIENT_SECRET_FILE",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "CLIENT_ID_FILE",
    "CLIENT_SECRET_FILE",
    "CREDENTIALS_DIRECTORY",
    "SSL_CERT_FILE",
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "XDG_CACHE_HOME",
    "HOME",
];

/// A copy of the variables that matter here, wiped when it is dropped. An empty variable counts as unset, except
/// to [`raw`](Environment::raw).
#[derive(Clone, Default)]
pub struct Environment {
    variables: Vec<(String, Zeroizing<Vec<u8>>)>,
}

impl Environment {
    /// The variables of this process, as they are now.
    pub fn of_process() -> Environment {
        let names = table::TABLE.iter().map(|row| row.variable);
        let present = names
            .chain(NEAR_MISSES)
            .chain(OTHER_NAMES)
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        Environment::from_pairs(present)
    }

    /// These variables and no others.
    pub fn from_pairs<N: Into<String>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (N, V)>) -> Environment {
        let variables = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), Zeroizing::new(value.into().into_vec())))
            .collect();
        Environment { variables }
    }

    /// The value of a variable, an empty one included.
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .iter()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| OsStr::from_bytes(value))
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set and not empty, with its name.
    pub fn first_of<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &OsStr)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }
}

impl std::fmt::Debug for Environment {
    /// The names alone: a value may be a secret.
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
