//! The locks this crate waits on and the threads it makes: std's, or shuttle's when `--cfg shuttle` explores the
//! interleavings.

#[cfg(shuttle)]
pub use shuttle::{
    sync::{Condvar, Mutex, MutexGuard},
    thread::Builder,
};
#[cfg(not(shuttle))]
pub use std::{
    sync::{Condvar, Mutex, MutexGuard},
    thread::Builder,
};
