//! The C ABI: converts arguments and results, and lets no panic through. All unsafe code of the crate is in this directory.
#![allow(unsafe_code, non_camel_case_types)]

pub mod caller;
mod client;
mod config;
mod errors;
mod fetch;
mod fork;
mod guard;
mod login;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod process;
pub(crate) mod secure;
mod strings;
mod token;

pub use client::*;
pub use config::*;
pub use errors::*;
pub use fetch::*;
pub use login::*;
pub use token::*;
