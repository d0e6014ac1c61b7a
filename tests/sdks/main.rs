//! The adapters for the SDKs of others, with the real SDKs: what an SDK does with tokens by itself, and what it does with the
//! adapter. docs/sdks.md shows both, and its lines are run.

mod document;
mod go;
mod internet;
mod libcurl;
mod measure;
mod node;
mod program;
mod python;
mod sdk;
#[path = "../support/mod.rs"]
mod support;
