//! Messages for whoever watches the program. The library never prints: without a logger they go nowhere. No message
//! ever holds a secret or a token.

use std::fmt;
use std::sync::Arc;

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// Something failed, and a caller is told as well.
    Error = 1,
    /// Something is not as it should be; the work goes on.
    Warning = 2,
    /// Something worth knowing happened.
    Info = 3,
    /// For whoever looks for a fault.
    Debug = 4,
}

/// Receives messages, from any thread, under no lock of ours.
pub type LogFn = dyn Fn(Level, &str) + Send + Sync;

/// Where the messages of one client go.
#[derive(Clone, Default)]
pub struct Logger(Option<Arc<LogFn>>);

impl Logger {
    /// Messages go to this function.
    pub fn new(function: impl Fn(Level, &str) + Send + Sync + 'static) -> Logger {
        Logger(Some(Arc::new(function)))
    }

    /// Hands a message over. It is only made when somebody listens.
    pub fn log(&self, level: Level, message: impl FnOnce() -> String) {
        if let Some(function) = &self.0 {
            function(level, &message());
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Logger(set)"
        } else {
            "Logger(none)"
        })
    }
}
