//! What the console tells this process: Ctrl-C, Ctrl-Break, that its window is closed, that the user logs off.

use std::io;
use std::sync::OnceLock;
use std::thread;

use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows_sys::core::BOOL;

use crate::platform::windows::result::succeeded;

/// What the console says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// To end, by the person at the console: Ctrl-C, Ctrl-Break.
    Interrupt,
    /// To end: the console, the session or the machine does.
    Terminate,
}

type Handler = Box<dyn Fn(Told) + Send + Sync>;

static HANDLER: OnceLock<Handler> = OnceLock::new();

/// Calls this, in a thread of the system's, when the process is told to end. The process goes on. Later handlers are ignored.
pub(super) fn on_end(handler: impl Fn(Told) + Send + Sync + 'static) -> io::Result<()> {
    let _ = HANDLER.set(Box::new(handler));
    // SAFETY: the function lives as long as the process.
    succeeded(unsafe { SetConsoleCtrlHandler(Some(handle), 1) })
}

unsafe extern "system" fn handle(event: u32) -> BOOL {
    let told = match event {
        CTRL_C_EVENT | CTRL_BREAK_EVENT => Told::Interrupt,
        _ => Told::Terminate,
    };
    if let Some(handler) = HANDLER.get() {
        handler(told);
    }
    if told == Told::Terminate {
        // Windows ends the process as soon as this returns, and after some seconds in any case.
        loop {
            thread::park();
        }
    }
    1
}
