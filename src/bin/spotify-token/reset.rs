//! The verb `reset`: forgets the cached token.

use crate::cli::Flags;
use crate::exit::Exit;
use crate::settings;

/// Removes this app's token from the cache.
pub fn run(flags: Flags) -> Result<(), Exit> {
    Ok(settings::client(flags)?.clear()?)
}
