//! `fork()`: what has to be done around it.

use super::lock;

/// What is done around each `fork()`, in the thread that forks.
pub(crate) trait Handlers {
    /// In the parent, before the fork.
    fn before();
    /// In the parent, after the fork.
    fn in_parent();
    /// In the child.
    fn in_child();
}

/// Registers the handlers for as long as the process lives.
pub(crate) fn watch<H: Handlers>() {
    // SAFETY: the handlers are functions that live as long as the process: the shared library is never unloaded (it is linked with
    // -z nodelete). A failure means no memory, and leaves forks as they were.
    unsafe { libc::pthread_atfork(Some(before::<H>), Some(in_parent::<H>), Some(in_child::<H>)) };
}

extern "C" fn before<H: Handlers>() {
    lock::before_fork();
    H::before();
}

extern "C" fn in_parent<H: Handlers>() {
    lock::after_fork_in_parent();
    H::in_parent();
}

extern "C" fn in_child<H: Handlers>() {
    for fd in lock::inherited() {
        // SAFETY: these files are open, and in this child no one uses or closes them: `Lock` knows that it was forked.
        unsafe { libc::close(fd) };
    }
    H::in_child();
}
