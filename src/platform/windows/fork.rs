//! `fork()`, which Windows does not have.

/// What would be done around each `fork()`.
#[expect(dead_code, reason = "nothing here forks")]
pub(crate) trait Handlers {
    /// In the parent, before the fork.
    fn before();
    /// In the parent, after the fork.
    fn in_parent();
    /// In the child.
    fn in_child();
}

/// Does nothing.
pub(crate) fn watch<H: Handlers>() {}
