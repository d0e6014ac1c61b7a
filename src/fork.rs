//! Which process this is. A lock that another thread holds at a `fork()` stays locked in the child, and no thread but the
//! forking one exists there, so state that belongs to a process notes which process made it.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the first process and this one. The process id is not enough: in a new PID namespace parent and
/// child can both have the number 1.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Identifies a process among its ancestors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessId {
    forks: u32,
    number: u32,
}

impl ProcessId {
    /// Returns this process's identity.
    pub fn current() -> ProcessId {
        ProcessId {
            forks: FORKS.load(Ordering::Relaxed),
            number: process::id(),
        }
    }

    /// Returns the identity as one number.
    pub fn hash(self) -> u32 {
        self.number ^ self.forks.wrapping_mul(0x9e37_79b1)
    }
}

/// Notes that this process is a new child. For a `pthread_atfork` handler.
pub fn in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}
