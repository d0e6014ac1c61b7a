//! Where a user's files are kept, for people.

pub use crate::platform::windows::places::CACHE;

/// Returns where tokens are cached by default.
pub fn default_cache() -> String {
    let (variable, below) = CACHE[0];
    format!(r"%{variable}%\{below}")
}
