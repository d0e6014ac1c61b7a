//! What a process is told from outside.

use std::io;
use std::sync::mpsc::{self, Receiver};

use super::console::{self, Told};

/// What this process is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To end, by the person at the console: Ctrl-C, Ctrl-Break.
    Interrupt,
    /// To end: the console, the session or the machine does.
    Terminate,
    /// To read its configuration again. Windows has nothing that says so.
    Reload,
}

impl Signal {
    /// Those that tell a process to end.
    pub const TO_END: [Signal; 2] = [Signal::Interrupt, Signal::Terminate];
    /// All of them.
    pub const ALL: [Signal; 3] = [Signal::Interrupt, Signal::Terminate, Signal::Reload];
}

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
        console::on_end(move |told| {
            let _ = sender.send(match told {
                Told::Interrupt => Signal::Interrupt,
                Told::Terminate => Signal::Terminate,
            });
        })?;
        Ok(Signals(received))
    }

    /// Waits for the next signal.
    pub fn wait(&mut self) -> Signal {
        self.0.recv().unwrap_or(Signal::Terminate)
    }
}
