//! What a process is told from outside.

use std::io;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// What this process is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To end: SIGINT, SIGTERM.
    End,
    /// To read its configuration again: SIGHUP.
    Reload,
}

impl Signal {
    fn numbers(self) -> &'static [i32] {
        match self {
            Signal::End => &[SIGINT, SIGTERM],
            Signal::Reload => &[SIGHUP],
        }
    }
}

/// Signals, in the order in which they come. They do no longer what they do by default.
pub struct Signals(signal_hook::iterator::Signals);

impl Signals {
    /// Takes these signals from now on.
    ///
    /// # Errors
    /// The system's.
    pub fn watch(signals: &[Signal]) -> io::Result<Signals> {
        let numbers = signals.iter().flat_map(|signal| signal.numbers());
        Ok(Signals(signal_hook::iterator::Signals::new(numbers)?))
    }

    /// Waits for the next signal.
    pub fn wait(&mut self) -> Signal {
        match self.0.forever().next() {
            Some(SIGHUP) => Signal::Reload,
            _ => Signal::End,
        }
    }
}
