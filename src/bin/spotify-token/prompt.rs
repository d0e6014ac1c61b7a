//! Asking a person for the secret of an app, on the terminal and without echo.

use std::io::{self, IsTerminal, Write};
use std::thread;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;
use spotify_token::{Secret, read_credential};
use zeroize::Zeroizing;

/// The longest line that a terminal hands over.
const LINE: usize = 4096;

/// Whether somebody is there to be asked.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for the secret that belongs to this id; `None` when none is given.
pub fn secret(client_id: &str) -> io::Result<Option<Secret>> {
    write!(io::stderr(), "Client secret of {client_id}: ")?;
    let line = {
        let _silence = Silence::begin()?;
        read_line()?
    };
    // The person's own line end was not echoed.
    writeln!(io::stderr())?;
    let secret = read_credential(&line[..]).map_err(io::Error::other)?;
    Ok(Some(secret).filter(|secret| !secret.expose().is_empty()))
}

/// One line of the terminal, its end included, in a buffer that never grows: no copy is left behind.
fn read_line() -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(vec![0; LINE]);
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

/// The terminal without echo, until this is dropped or a signal ends the process.
struct Silence {
    before: Termios,
    signals: Handle,
    watcher: Option<thread::JoinHandle<()>>,
}

impl Silence {
    fn begin() -> io::Result<Silence> {
        let before = tcgetattr(io::stdin())?;
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
        let handle = signals.handle();
        let at_signal = before.clone();
        let watcher = thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                restore(&at_signal);
                let _ = writeln!(io::stderr());
                let _ = emulate_default_handler(signal);
            }
        });
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Silence {
            before,
            signals: handle,
            watcher: Some(watcher),
        })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        restore(&self.before);
        self.signals.close();
        let _ = self.watcher.take().map(thread::JoinHandle::join);
    }
}

/// A terminal that has gone needs no echo.
fn restore(before: &Termios) {
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
}
