//! What a person at a terminal sees besides the output: colours, and progress while the network takes its time.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use spotify_token::unstable::platform::terminal::{self, has_escape_sequences};

/// A shorter wait shows no progress.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

/// The width of a terminal that does not say how wide it is.
const USUAL_COLUMNS: usize = 80;

/// Moves to the start of the line and erases it (ECMA-48).
const ERASE_LINE: &str = "\r\x1b[K";

/// Whether to use colours on this stream: on a terminal that has them, without `NO_COLOR` (no-color.org).
pub fn has_colours(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refused && has_escape_sequences()
}

/// The width of the terminal that stdout is, if it is one.
pub fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    Some(terminal::columns().unwrap_or(USUAL_COLUMNS))
}

/// Runs what may take long. Meanwhile, if stderr is a terminal, a line there says what is being waited for; it is
/// erased afterwards.
pub fn while_waiting_for<T>(what: &'static str, run: impl FnOnce() -> T) -> T {
    while_waiting(move || what, run)
}

/// The same, where what is being waited for changes.
pub fn while_waiting<T>(what: impl Fn() -> &'static str + Send + 'static, run: impl FnOnce() -> T) -> T {
    let _progress = Progress::begin(what);
    run()
}

/// Whether a progress line stands on the terminal.
static IS_SHOWN: Mutex<bool> = Mutex::new(false);

/// Erases the progress line, and holds it back for as long as the result lives, so that something else can be printed.
pub fn without_progress() -> MutexGuard<'static, bool> {
    let mut is_shown = IS_SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::take(&mut *is_shown) {
        let _ = io::stderr().write_all(ERASE_LINE.as_bytes());
    }
    is_shown
}

/// The progress line, while this lives.
struct Progress {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    fn begin(what: impl Fn() -> &'static str + Send + 'static) -> Option<Progress> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let (end, ended) = mpsc::channel();
        let start = Instant::now();
        let show = move || {
            let mut last = "";
            while ended.recv_timeout(SHOWN_AFTER) == Err(RecvTimeoutError::Timeout) {
                let what = what();
                let mut is_shown = without_progress();
                if has_escape_sequences() {
                    let seconds = start.elapsed().as_secs();
                    let _ = write!(io::stderr(), "{ERASE_LINE}waiting for {what}, {seconds} s");
                    *is_shown = true;
                } else if what != last {
                    let _ = writeln!(io::stderr(), "waiting for {what}");
                }
                last = what;
            }
            drop(without_progress());
        };
        let thread = thread::Builder::new().spawn(show).ok()?;
        Some(Progress {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
