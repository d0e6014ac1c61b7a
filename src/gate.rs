//! Functions of the host that the library calls from its threads: loggers, and who keeps refresh tokens. Once one is closed, it is
//! not running and will not be called.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::fork::ProcessId;

/// A function, if there is one, that can be closed. Clones are closed together.
pub struct Gated<F: ?Sized> {
    function: Option<Arc<F>>,
    gate: Arc<Gate>,
}

impl<F: ?Sized> Gated<F> {
    /// Makes one that is open.
    pub(crate) fn new(function: Arc<F>) -> Gated<F> {
        Gated {
            function: Some(function),
            gate: Arc::default(),
        }
    }

    /// Returns one with the same function that is closed by itself.
    pub(crate) fn with_own_gate(&self) -> Gated<F> {
        Gated {
            function: self.function.clone(),
            gate: Arc::default(),
        }
    }

    /// Whether there is a function.
    pub(crate) fn is_set(&self) -> bool {
        self.function.is_some()
    }

    /// Calls the function, if there is one and it is open. No lock is held.
    pub(crate) fn call(&self, call: impl FnOnce(&F)) {
        if let Some(function) = &self.function
            && let Some(_call) = Call::begin(&self.gate)
        {
            call(function);
        }
    }

    /// Closes it, and waits for the calls that other threads are in. Called from inside the function, it returns at once and
    /// prevents what follows.
    pub(crate) fn close(&self) {
        if self.is_set() {
            self.gate.close();
        }
    }
}

impl<F: ?Sized> Clone for Gated<F> {
    fn clone(&self) -> Gated<F> {
        Gated {
            function: self.function.clone(),
            gate: self.gate.clone(),
        }
    }
}

impl<F: ?Sized> Default for Gated<F> {
    /// There is no function.
    fn default() -> Gated<F> {
        Gated {
            function: None,
            gate: Arc::default(),
        }
    }
}

impl<F: ?Sized> fmt::Debug for Gated<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "set" } else { "none" })
    }
}

/// Counts the calls of a function that are being made, and lets none begin once it is closed.
///
/// One number, so that a child of `fork()` never waits for a thread or a lock of its parent: whether it is closed (1 bit),
/// which process counts (31 bits), and how many calls are being made there (32 bits).
#[derive(Default)]
struct Gate(AtomicU64);

const CLOSED: u64 = 1 << 63;
const COUNT: u64 = u32::MAX as u64;

thread_local! {
    /// The gates of the calls that this thread is in, by address.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

impl Gate {
    /// How many calls are being made in this process.
    fn count(value: u64) -> u64 {
        if value & !CLOSED & !COUNT == process_bits() {
            value & COUNT
        } else {
            0
        }
    }

    fn close(&self) {
        self.0.fetch_or(CLOSED, Ordering::SeqCst);
        let inside = INSIDE.try_with(|inside| inside.borrow().contains(&self.address()));
        if inside.unwrap_or(false) {
            return;
        }
        while Gate::count(self.0.load(Ordering::SeqCst)) > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

fn process_bits() -> u64 {
    (u64::from(ProcessId::current().hash()) << 32) & !CLOSED
}

/// One call of the function.
struct Call<'g> {
    gate: &'g Gate,
    process_bits: u64,
}

impl Call<'_> {
    /// Returns nothing where the gate is closed.
    fn begin(gate: &Gate) -> Option<Call<'_>> {
        let process_bits = process_bits();
        let one_more = |value| (value & CLOSED == 0).then(|| process_bits | (Gate::count(value) + 1));
        gate.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).ok()?;
        let _ = INSIDE.try_with(|inside| inside.borrow_mut().push(gate.address()));
        Some(Call { gate, process_bits })
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| inside.borrow_mut().pop());
        // A call that began before a fork is not counted in the child.
        let one_less = |value: u64| (value & !CLOSED & !COUNT == self.process_bits).then(|| value - 1);
        let _ = self.gate.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
    }
}
