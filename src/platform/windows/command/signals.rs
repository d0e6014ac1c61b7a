//! What a process is told from outside.

use std::io;
use std::sync::mpsc::{self, Receiver};

use super::console;

pub use super::console::Signal;

/// How the command is told to end, for people.
pub const END: &str = "Ctrl-C";
/// How it is told to read its configuration again: a sentence and a space, or nothing.
pub const RELOAD: &str = "";

/// Signals, in the order in which they come. They do no longer what they do by default.
pub struct Signals(Receiver<Signal>);

impl Signals {
    /// Takes signals from now on. The console sends all that there are.
    ///
    /// # Errors
    /// The system's.
    pub fn watch(_signals: &[Signal]) -> io::Result<Signals> {
        let (sender, received) = mpsc::channel();
        console::on_end(move |signal| {
            let _ = sender.send(signal);
        })?;
        Ok(Signals(received))
    }

    /// Waits for the next signal.
    pub fn wait(&mut self) -> Signal {
        self.0.recv().unwrap_or(Signal::Terminate)
    }
}
