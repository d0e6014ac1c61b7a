//! Tells the core about `fork()`: a child notices that it is one, and none is born while a name is being looked up (see
//! `transport::dns`).

use std::sync::atomic::{AtomicBool, Ordering};

use super::guard::guard;
use crate::fork;
use crate::platform;
use crate::platform::loading::{stay_loaded, when_loaded};
use crate::transport::dns;

// Before the host has threads that could fork.
when_loaded!(watch);

/// Registers the handlers and keeps the library loaded, once. It waits for nobody: a child forked in the middle of this must not
/// wait for its parent's thread.
pub(super) extern "C" fn watch() {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // The handlers, and threads of ours, may still run when the host has unloaded the library.
        stay_loaded();
        platform::fork::watch::<Handlers>();
    }
}

struct Handlers;

impl platform::fork::Handlers for Handlers {
    fn before() {
        guard(dns::before_fork, |_| ());
    }

    fn in_parent() {
        guard(dns::after_fork_in_parent, |_| ());
    }

    fn in_child() {
        fork::in_child();
        guard(dns::after_fork_in_child, |_| ());
    }
}
