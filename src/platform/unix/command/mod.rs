//! What the `spotify-token` command needs of the system. The library never does.

pub mod browser;
pub mod child;
pub mod files;
pub mod places;
pub mod process;
pub mod prompt;
pub mod service;
pub mod shell;
pub mod signals;
pub mod stdout;
pub mod terminal;

mod inherited;
