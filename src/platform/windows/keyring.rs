//! The session that a keyring belongs to.

use std::ffi::OsStr;

/// Is never wrong.
pub(crate) const NO_SESSION: &str = "";

/// Whether there is a session: the Credential Manager needs none.
pub(crate) fn has_session<'e>(_variable: impl Fn(&str) -> Option<&'e OsStr>) -> bool {
    true
}
