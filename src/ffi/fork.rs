//! Tells the core about `fork()`, so that no child is born while a name is being looked up (see `transport::lookup`).

use std::sync::Once;

use crate::transport::dns;

/// From now on, forks wait for lookups.
pub(super) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handlers are functions that live as long as the process: the shared library is never unloaded
        // (it is linked with -z nodelete). A failure means no memory, and leaves forks as they were.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    });
}

extern "C" fn before() {
    super::guard::guard(dns::before_fork, |_| ());
}

extern "C" fn in_parent() {
    super::guard::guard(dns::after_fork_in_parent, |_| ());
}

extern "C" fn in_child() {
    super::guard::guard(dns::after_fork_in_child, |_| ());
}
