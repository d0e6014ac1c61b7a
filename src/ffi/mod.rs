//! The C ABI: converts arguments and results, and lets no panic through. Unsafe code is here and in `platform`, and nowhere else.
#![allow(unsafe_code, non_camel_case_types)]

pub mod caller;
mod client;
mod config;
mod errors;
mod fetch;
mod fork;
mod guard;
mod login;
mod strings;
mod token;

pub use client::*;
pub use config::*;
pub use errors::*;
pub use fetch::*;
pub use login::*;
pub use token::*;
