//! The session that a keyring belongs to.

use std::ffi::OsStr;
use std::path::Path;

/// What is wrong where there is no session.
pub(crate) const NO_SESSION: &str =
    "there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set, and XDG_RUNTIME_DIR has none";

/// Whether the environment names a D-Bus session: libdbus would start a program that looks for one. macOS has its keychain without it.
pub(crate) fn has_session<'e>(variable: impl Fn(&str) -> Option<&'e OsStr>) -> bool {
    let has_bus = |directory| Path::new(directory).join("bus").exists();
    cfg!(target_os = "macos")
        || variable("DBUS_SESSION_BUS_ADDRESS").is_some()
        || variable("XDG_RUNTIME_DIR").is_some_and(has_bus)
}
