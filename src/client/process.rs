//! The client's lock, across `fork()`. A lock that another thread held at the fork stays locked in the child, and a request
//! that was being made has no thread there. So each process gets a lock and a state of its own.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::state::State;
use crate::fork::ProcessId;
use crate::sync::{Mutex, MutexGuard, lock};

/// The state of a client in one process.
pub(super) struct ProcessState {
    process: ProcessId,
    state: Mutex<State>,
}

impl ProcessState {
    fn new(process: ProcessId) -> ProcessState {
        ProcessState {
            process,
            state: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Finds the state of the current process.
pub(super) struct PerProcess(ArcSwap<ProcessState>);

impl PerProcess {
    pub(super) fn new() -> PerProcess {
        PerProcess(ArcSwap::from_pointee(ProcessState::new(ProcessId::current())))
    }

    /// Returns this process's state; an empty one in the first call after a fork. Requests and remembered errors stay with the
    /// parent. The cached token is inherited.
    pub(super) fn current(&self) -> Arc<ProcessState> {
        let seen = self.0.load_full();
        let process = ProcessId::current();
        if seen.process == process {
            return seen;
        }
        // Without a lock: if several threads come here at once, the first one's state is used by all.
        self.0.compare_and_swap(&seen, Arc::new(ProcessState::new(process)));
        self.0.load_full()
    }
}
