//! Whether the environment of this process can be trusted.

/// Returns whether this process has more rights than its caller. Windows has no set-uid programs: one that is started with more rights
/// gets an environment of its own.
pub(crate) fn has_raised_rights() -> bool {
    false
}
