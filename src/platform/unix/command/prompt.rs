//! A line that a person types without seeing it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use zeroize::Zeroizing;

use super::inherited;

/// The longest line that a terminal hands over, in bytes.
const MAX_LINE: usize = 4096;

/// Reads a line from the terminal that stdin is, with its newline and without echo. `question` was printed before, and is again when the
/// process was stopped meanwhile.
///
/// # Errors
/// The system's.
pub fn read_line_without_echo(question: String) -> io::Result<Zeroizing<Vec<u8>>> {
    let _echo_off = EchoOff::begin(question)?;
    read_line()
}

/// Reads one line of the terminal with its newline. The buffer never grows, so no copy is left behind.
fn read_line() -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(vec![0; MAX_LINE]);
    // Not buffered: the standard library's buffer would keep a copy.
    let read = loop {
        match rustix::io::read(io::stdin(), &mut line[..]) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?,
        }
    };
    line.truncate(read);
    Ok(line)
}

/// Keeps the terminal from echoing until this is dropped. The terminal echoes whenever the process is stopped, and when
/// a signal ends it.
struct EchoOff {
    echo: Arc<Echo>,
}

impl EchoOff {
    fn begin(question: String) -> io::Result<EchoOff> {
        let echo = Arc::<Echo>::default();
        // The terminal must not stay without echo when the process ends or stops.
        let caught = inherited::TAKEN
            .into_iter()
            .filter(|signal| !inherited::was_ignored(*signal));
        let mut signals = Signals::new(caught)?;
        let watched = echo.clone();
        // Runs for as long as the process: a signal that nobody watched any more would be lost, not do its default.
        thread::Builder::new().spawn(move || {
            for signal in signals.forever() {
                watched.on_signal(signal, &question);
            }
        })?;
        {
            // Held until the modes to restore are known.
            let mut before = echo.lock();
            *before = Some(turn_off(None, OptionalActions::Flush)?);
        }
        Ok(EchoOff { echo })
    }
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        restore(self.echo.lock().take().as_ref());
    }
}

/// The modes of the terminal from when it echoed; `None` while it echoes.
#[derive(Default)]
struct Echo(Mutex<Option<Termios>>);

impl Echo {
    fn lock(&self) -> MutexGuard<'_, Option<Termios>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_signal(&self, signal: i32, question: &str) {
        let mut before = self.lock();
        match signal {
            SIGTSTP => {
                restore(before.as_ref());
                inherited::raise_default(signal);
                // Continued, or not stopped because no shell would continue it.
                turn_off_again(&mut before);
            }
            SIGCONT => {
                turn_off_again(&mut before);
                if before.is_some() {
                    let _ = io::stderr().write_all(question.as_bytes());
                }
            }
            _ => {
                if before.is_some() {
                    restore(before.as_ref());
                    let _ = writeln!(io::stderr());
                }
                let _ = emulate_default_handler(signal);
            }
        }
    }
}

/// Turns the echo off, and returns the modes to restore: `known` if it was off already.
fn turn_off(known: Option<Termios>, when: OptionalActions) -> io::Result<Termios> {
    let mut modes = tcgetattr(io::stdin())?;
    let echoes = modes.local_modes.contains(LocalModes::ECHO);
    let before = known.filter(|_| !echoes).unwrap_or_else(|| modes.clone());
    modes.local_modes.remove(LocalModes::ECHO);
    tcsetattr(io::stdin(), when, &modes)?;
    Ok(before)
}

/// Turns the echo off where it was off before. A shell may have changed the other modes meanwhile.
fn turn_off_again(before: &mut Option<Termios>) {
    if let Some(known) = before.take() {
        *before = Some(turn_off(Some(known.clone()), OptionalActions::Drain).unwrap_or(known));
    }
}

/// Fails when the terminal has gone, and then there is no echo to restore.
fn restore(before: Option<&Termios>) {
    if let Some(before) = before {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
    }
}
