//! The verb `reset`: forgets the cached token.

use crate::cli::Flags;
use crate::exit::Exit;
use crate::settings;
use crate::terminal::while_waiting_for;

/// Removes this app's token from the cache.
pub fn run(flags: Flags) -> Result<(), Exit> {
    let client = settings::client(flags)?;
    Ok(while_waiting_for("the store", || client.clear())?)
}
