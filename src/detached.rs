//! Work that cannot be interrupted, such as a call into a file system that hangs: in a thread of its own, for which the caller waits a
//! limited time. Thread and wait exist once in the binary, whatever the work returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::fork::ProcessId;
use crate::panics::{self, Boundary};
use crate::sync::{Builder, Condvar, Mutex, STACK_SIZE, lock, wait_while};

type Work = Box<dyn FnOnce() + Send>;

/// Work in its thread.
pub(crate) struct Task {
    /// A child of `fork()` does not have the thread, so nothing hangs there.
    process: ProcessId,
    /// Whether it has ended. Read without a lock, which the thread may have held at a fork.
    done: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Taken by the thread that does it.
    work: Option<Work>,
    /// How it ended.
    result: Option<Result<(), Error>>,
}

/// Why there is no result.
pub(crate) enum Unfinished {
    /// It panicked.
    Failed(Error),
    /// It takes longer.
    Hangs(Arc<Task>),
}

impl Task {
    /// Whether it still runs, in this process.
    pub(crate) fn hangs(&self) -> bool {
        !self.done.load(Ordering::SeqCst) && self.process == ProcessId::current()
    }

    fn run(&self, boundary: Boundary) {
        let Some(work) = lock(&self.state).work.take() else {
            return;
        };
        let result = panics::catch(boundary, work);
        self.done.store(true, Ordering::SeqCst);
        lock(&self.state).result = Some(result);
        self.changed.notify_all();
    }
}

/// Runs `work` and returns what it returns, if it ends within `limit`. What it returns after that is dropped in its own thread. Where no
/// thread can be made, it runs in the caller's.
pub(crate) fn run_for<T: Send + 'static>(
    limit: Duration,
    boundary: Boundary,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unfinished> {
    let slot = Arc::<Mutex<Option<T>>>::default();
    let filled = slot.clone();
    run(limit, boundary, Box::new(move || *lock(&filled) = Some(work())))?;
    let result = lock(&slot).take();
    Ok(result.expect("the work has ended without a panic"))
}

fn run(limit: Duration, boundary: Boundary, work: Work) -> Result<(), Unfinished> {
    let task = Arc::new(Task {
        process: ProcessId::current(),
        done: AtomicBool::new(false),
        state: Mutex::default(),
        changed: Condvar::default(),
    });
    lock(&task.state).work = Some(work);
    let in_thread = task.clone();
    let thread = Builder::new().name("spotify-token".to_owned()).stack_size(STACK_SIZE);
    if thread.spawn(move || in_thread.run(boundary)).is_err() {
        task.run(boundary);
    }
    let mut state = wait_while(&task.changed, lock(&task.state), limit, |state| state.result.is_none());
    let result = state.result.take();
    drop(state);
    match result {
        Some(result) => result.map_err(Unfinished::Failed),
        None => Err(Unfinished::Hangs(task)),
    }
}
