//! Tells the core about `fork()`: a child notices that it is one, and none is born while a name is being looked up (see
//! `transport::dns`).

use std::sync::atomic::{AtomicBool, Ordering};

use crate::fork;
use crate::store::lock;
use crate::transport::dns;

/// Runs when the library is loaded, before the host has threads that could fork.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static WHEN_LOADED: extern "C" fn() = when_loaded;

#[cfg(target_os = "linux")]
extern "C" fn when_loaded() {
    watch();
}

/// Registers the handlers, once. It waits for nobody: a child forked in the middle of this must not wait for its parent's
/// thread.
pub(super) fn watch() {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // SAFETY: the handlers are functions that live as long as the process: the shared library is never unloaded
        // (it is linked with -z nodelete). A failure means no memory, and leaves forks as they were.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    }
}

extern "C" fn before() {
    lock::before_fork();
    super::guard::guard(dns::before_fork, |_| ());
}

extern "C" fn in_parent() {
    lock::after_fork_in_parent();
    super::guard::guard(dns::after_fork_in_parent, |_| ());
}

extern "C" fn in_child() {
    fork::in_child();
    for fd in lock::inherited() {
        // SAFETY: these files are open, and in this child no one uses or closes them: `Lock` knows that it was forked.
        unsafe { libc::close(fd) };
    }
    super::guard::guard(dns::after_fork_in_child, |_| ());
}
