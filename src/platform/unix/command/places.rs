//! Where a user's files are kept, for people.

pub use crate::platform::unix::places::CACHE;

/// Returns where tokens are cached by default.
pub fn default_cache() -> String {
    format!("~/{}", CACHE[1].1)
}
