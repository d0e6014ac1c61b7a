//! The names of environment variables.

/// Whether both name the same variable.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    one == other
}
