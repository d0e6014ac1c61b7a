//! What a person at a terminal sees besides the answer: colours, and a sign of life while the network takes its time.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Waits that are shorter need no sign.
const PATIENCE: Duration = Duration::from_secs(1);

/// A terminal that does not say how wide it is has so many columns.
const USUAL_COLUMNS: usize = 80;

/// Whether to use colours on this stream: on a terminal that knows them, without `NO_COLOR` (no-color.org).
pub fn has_colours(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refused && !is_dumb()
}

/// How wide the terminal is that stdout is, if it is one.
pub fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let columns = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    Some(columns.unwrap_or(USUAL_COLUMNS))
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Does what may take long. Meanwhile a line on stderr says what is being waited for, if that is a terminal; the line is
/// gone afterwards.
pub fn while_waiting_for<T>(what: &'static str, run: impl FnOnce() -> T) -> T {
    let _sign = Sign::begin(what);
    run()
}

/// The line, as long as it is needed.
struct Sign {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sign {
    fn begin(what: &'static str) -> Option<Sign> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let (end, ended) = mpsc::channel();
        let start = Instant::now();
        let show = move || {
            let mut shown = false;
            while ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let seconds = start.elapsed().as_secs();
                if !is_dumb() {
                    let _ = write!(io::stderr(), "\r\x1b[Kwaiting for {what}, {seconds} s");
                } else if !shown {
                    let _ = writeln!(io::stderr(), "waiting for {what}");
                }
                shown = true;
            }
            if shown && !is_dumb() {
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        };
        let thread = thread::Builder::new().spawn(show).ok()?;
        Some(Sign {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
