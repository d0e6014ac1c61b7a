//! Log messages. The library never prints: without a logger they are dropped. No message ever holds a secret or a token.

use std::fmt;
use std::sync::Arc;

use crate::display;
use crate::gate::Gated;

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
pub struct Logger(Gated<LogFn>);

impl Logger {
    /// Sends messages to this function.
    pub fn new(function: impl Fn(Level, &str) + Send + Sync + 'static) -> Logger {
        Logger(Gated::new(Arc::new(function)))
    }

    /// Returns a logger with the same function that is closed by itself.
    pub(crate) fn with_own_gate(&self) -> Logger {
        Logger(self.0.with_own_gate())
    }

    /// Logs a message, as one line without control characters: it may contain a path. It is only formatted when there is a
    /// logger.
    pub fn log(&self, level: Level, message: impl FnOnce() -> String) {
        self.0.call(|function| function(level, &display::one_line(&message())));
    }

    /// Mutes the logger and waits for the calls that other threads are in. Once this has returned, the function is not running
    /// and will not be called. Called from inside the function, it returns at once and mutes what follows.
    pub(crate) fn close(&self) {
        self.0.close();
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logger").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

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
