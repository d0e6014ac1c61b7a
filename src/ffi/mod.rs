//! The C ABI. It translates and decides nothing: pointers in, the core called, pointers out, and no panic past this
//! point. All unsafe code of the crate lives in this folder.
#![allow(unsafe_code, non_camel_case_types)]

pub mod caller;
mod client;
mod config;
mod errors;
mod fetch;
mod fork;
mod guard;
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
pub use token::*;
