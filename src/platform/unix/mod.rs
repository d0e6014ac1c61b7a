//! Linux, macOS and the other systems of the Unix family.

pub(crate) mod advice;
pub(crate) mod cancellation;
pub(crate) mod certificates;
pub(crate) mod clock;
#[cfg(feature = "cli")]
pub mod command;
pub(crate) mod directory;
pub(crate) mod environment;
pub(crate) mod file;
#[cfg(feature = "cli")]
mod file_id;
pub(crate) mod fork;
#[cfg(feature = "keyring")]
pub(crate) mod keyring;
pub(crate) mod loading;
pub(crate) mod lock;
pub(crate) mod places;
pub(crate) mod rights;
pub(crate) mod socket;
