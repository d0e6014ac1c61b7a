//! The C library as it is installed: the header, the symbols, C and C++ programs, panics, sanitizers, `make install`.

#[path = "../support/mod.rs"]
mod support;

mod abi;
mod c_programs;
mod description;
mod header;
mod hosts;
mod install;
mod login;
mod panics;
mod raised_rights;
mod sanitizer;
