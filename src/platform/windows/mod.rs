//! Windows.

pub(crate) mod advice;
pub(crate) mod cancellation;
pub(crate) mod certificates;
pub(crate) mod clock;
#[cfg(feature = "cli")]
pub mod command;
pub(crate) mod directory;
pub(crate) mod environment;
pub(crate) mod file;
mod file_id;
pub(crate) mod fork;
#[cfg(feature = "keyring")]
pub(crate) mod keyring;
pub(crate) mod loading;
pub(crate) mod lock;
mod patience;
pub(crate) mod places;
mod result;
pub(crate) mod rights;
mod security;
pub(crate) mod socket;
mod wide;
