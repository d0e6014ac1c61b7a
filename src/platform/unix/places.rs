//! Where a user's files are kept (XDG Base Directory Specification; Apple's File System Programming Guide).

use crate::platform::Candidates;

/// What can be lost.
pub const CACHE: Candidates = [("XDG_CACHE_HOME", "spotify-token"), ("HOME", CACHE_BELOW_HOME)];
/// What cannot.
pub(crate) const STATE: Candidates = [("XDG_STATE_HOME", "spotify-token"), ("HOME", STATE_BELOW_HOME)];

#[cfg(not(target_os = "macos"))]
const CACHE_BELOW_HOME: &str = ".cache/spotify-token";
#[cfg(target_os = "macos")]
const CACHE_BELOW_HOME: &str = "Library/Caches/spotify-token";

#[cfg(not(target_os = "macos"))]
const STATE_BELOW_HOME: &str = ".local/state/spotify-token";
#[cfg(target_os = "macos")]
const STATE_BELOW_HOME: &str = "Library/Application Support/spotify-token";
