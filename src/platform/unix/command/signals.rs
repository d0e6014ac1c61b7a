//! What a process is told from outside.

use std::io;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/// What this process is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To end, by the person at the terminal: SIGINT.
    Interrupt,
    /// To end: SIGTERM.
    Terminate,
    /// To read its configuration again: SIGHUP.
    Reload,
    /// To end and to leave an image of its memory, by the person at the terminal: SIGQUIT.
    Quit,
    /// Something that the two programs know: SIGUSR1.
    User1,
    /// The same: SIGUSR2.
    User2,
}

impl Signal {
    /// Those that tell a process to end.
    pub const TO_END: [Signal; 2] = [Signal::Interrupt, Signal::Terminate];
    /// All of them.
    pub const ALL: [Signal; 6] = [
        Signal::Interrupt,
        Signal::Terminate,
        Signal::Reload,
        Signal::Quit,
        Signal::User1,
        Signal::User2,
    ];

    pub(super) fn number(self) -> i32 {
        match self {
            Signal::Interrupt => SIGINT,
            Signal::Terminate => SIGTERM,
            Signal::Reload => SIGHUP,
            Signal::Quit => SIGQUIT,
            Signal::User1 => SIGUSR1,
            Signal::User2 => SIGUSR2,
        }
    }
}

/// How the command is told to end, for people.
pub const END: &str = "SIGTERM or SIGINT";
/// How it is told to read its configuration again: a sentence and a space, or nothing.
pub const RELOAD: &str = "SIGHUP reads the credentials again. ";

/// Signals, in the order in which they come. They do no longer what they do by default.
pub struct Signals(signal_hook::iterator::Signals);

impl Signals {
    /// Takes these signals from now on.
    ///
    /// # Errors
    /// The system's.
    pub fn watch(signals: &[Signal]) -> io::Result<Signals> {
        let numbers = signals.iter().map(|signal| signal.number());
        Ok(Signals(signal_hook::iterator::Signals::new(numbers)?))
    }

    /// Waits for the next signal.
    pub fn wait(&mut self) -> Signal {
        let number = self.0.forever().next();
        let signal = Signal::ALL.into_iter().find(|signal| Some(signal.number()) == number);
        signal.unwrap_or(Signal::Terminate)
    }
}
