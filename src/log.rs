//! Log messages. The library never prints: without a logger they are dropped. No message ever holds a secret or a token.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::display;
use crate::fork::ProcessId;

/// How important a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
#[non_exhaustive]
pub enum Level {
    /// Something failed, and a caller gets the error as well.
    Error = 1,
    /// Something is wrong, and the work continues.
    Warning = 2,
    /// Something worth knowing happened.
    Info = 3,
    /// Details for finding the cause of an error.
    Debug = 4,
}

/// Receives messages, from any thread. The library holds no lock during the call.
pub type LogFn = dyn Fn(Level, &str) + Send + Sync;

/// Where the messages of one client go.
#[derive(Clone, Default)]
pub struct Logger {
    function: Option<Arc<LogFn>>,
    gate: Arc<Gate>,
}

impl Logger {
    /// Sends messages to this function.
    pub fn new(function: impl Fn(Level, &str) + Send + Sync + 'static) -> Logger {
        Logger {
            function: Some(Arc::new(function)),
            gate: Arc::default(),
        }
    }

    /// Returns a logger with the same function that is closed by itself.
    pub(crate) fn with_own_gate(&self) -> Logger {
        Logger {
            function: self.function.clone(),
            gate: Arc::default(),
        }
    }

    /// Logs a message, as one line without control characters: it may contain a path. It is only formatted when there is a
    /// logger.
    pub fn log(&self, level: Level, message: impl FnOnce() -> String) {
        if let Some(function) = &self.function
            && let Some(_call) = Call::begin(&self.gate)
        {
            function(level, &display::one_line(&message()));
        }
    }

    /// Mutes the logger and waits for the calls that other threads are in. Once this has returned, the function is not running
    /// and will not be called. Called from inside the function, it returns at once and mutes what follows.
    pub(crate) fn close(&self) {
        if self.function.is_some() {
            self.gate.close();
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.function.is_some() {
            "Logger(set)"
        } else {
            "Logger(none)"
        })
    }
}

/// Counts the calls of a logger that are being made, and lets none begin once it is closed.
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

/// One call of a logger.
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize};
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn closing_waits_for_a_call_and_mutes_what_follows() {
        let (entered, has_entered) = mpsc::channel();
        let done = Arc::new(AtomicBool::new(false));
        let calls = Arc::new(AtomicUsize::new(0));
        let (set_done, count) = (done.clone(), calls.clone());
        let logger = Logger::new(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            entered.send(()).unwrap();
            thread::sleep(Duration::from_millis(50));
            set_done.store(true, Ordering::SeqCst);
        });
        let speaker = logger.clone();
        let speaking = thread::spawn(move || speaker.log(Level::Info, String::new));
        has_entered.recv().unwrap();
        logger.close();
        assert!(done.load(Ordering::SeqCst), "close has waited");
        logger.log(Level::Info, String::new);
        speaking.join().unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_message_is_always_one_line() {
        let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
        let heard = lines.clone();
        let logger = Logger::new(move |_, line: &str| heard.lock().unwrap().push(line.to_owned()));
        logger.log(Level::Warning, || "cannot use /tmp/\u{1b}[31mred\nx".to_owned());
        assert_eq!(*lines.lock().unwrap(), ["cannot use /tmp/ [31mred x"]);
    }

    #[test]
    fn a_logger_may_close_itself() {
        let slot = Arc::new(std::sync::Mutex::new(None::<Logger>));
        let (own, calls) = (slot.clone(), Arc::new(AtomicUsize::new(0)));
        let count = calls.clone();
        let logger = Logger::new(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            own.lock().unwrap().as_ref().unwrap().close();
        });
        *slot.lock().unwrap() = Some(logger.clone());
        logger.log(Level::Info, String::new);
        logger.log(Level::Info, String::new);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        slot.lock().unwrap().take();
    }

    #[test]
    fn each_client_is_muted_by_itself() {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let config = Logger::new(move |_, _| _ = count.fetch_add(1, Ordering::SeqCst));
        let (one, other) = (config.with_own_gate(), config.with_own_gate());
        one.close();
        one.log(Level::Info, String::new);
        other.log(Level::Info, String::new);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}
