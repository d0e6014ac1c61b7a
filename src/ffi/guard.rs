//! The edge that no panic crosses. Every exported function that does more than read a field runs inside of `guard`.

use std::sync::Arc;

use crate::client::{Outcome, Share};
use crate::error::Error;
use crate::panics::{self, Boundary};

/// Runs the body of an exported function. A panic in it gives `broken`'s answer, and prints nothing.
pub(super) fn guard<T>(body: impl FnOnce() -> T, broken: impl FnOnce(Error) -> T) -> T {
    panics::keep_quiet();
    panics::catch(Boundary::Call, body).unwrap_or_else(broken)
}

/// A share of an error.
pub(super) fn failed(error: Error) -> Arc<Share> {
    Share::of(Arc::new(Outcome::new(Err(error))))
}
