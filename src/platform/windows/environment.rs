//! The names of environment variables.

/// Whether both name the same variable. Windows does not tell capital letters from small ones.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
