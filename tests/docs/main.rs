//! What the documents say, compared with the code and run.

#[path = "../support/mod.rs"]
mod support;

mod dependencies;
mod imports;
mod manual;
mod platform;
mod readme;
mod rust_api;
mod screenshots;
