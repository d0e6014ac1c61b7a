//! The cancellation of a thread, which Windows does not have: `TerminateThread` asks nobody.

/// Has nothing to hold back.
pub(crate) struct CancellationHeld;

impl CancellationHeld {
    /// Does nothing.
    pub(crate) fn new() -> CancellationHeld {
        CancellationHeld
    }
}
