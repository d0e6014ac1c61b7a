//! The locks this crate waits on: std's, or shuttle's when `--cfg shuttle` explores the interleavings.

#[cfg(shuttle)]
pub use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub use std::sync::{Condvar, Mutex, MutexGuard};
