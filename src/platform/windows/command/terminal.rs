//! What a console can show.

use std::io;
use std::mem::MaybeUninit;
use std::os::windows::io::{AsRawHandle, RawHandle};

use windows_sys::Win32::System::Console::{
    ENABLE_VIRTUAL_TERMINAL_PROCESSING, GetConsoleMode, GetConsoleScreenBufferInfo, SetConsoleMode,
};

/// The width of the console that stdout is, in characters, if it says so.
pub fn columns() -> Option<usize> {
    let mut status = MaybeUninit::uninit();
    // SAFETY: the struct may be written.
    if unsafe { GetConsoleScreenBufferInfo(io::stdout().as_raw_handle(), status.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: the call has filled it.
    let window = unsafe { status.assume_init() }.srWindow;
    usize::try_from(window.Right - window.Left + 1).ok()
}

/// Whether the consoles that stdout and stderr are understand escape sequences (ECMA-48). Asks them to.
pub fn has_escape_sequences() -> bool {
    takes_them(io::stdout().as_raw_handle()) || takes_them(io::stderr().as_raw_handle())
}

fn takes_them(console: RawHandle) -> bool {
    let mut mode = 0;
    // SAFETY: `mode` may be written. What is no console is refused.
    unsafe {
        GetConsoleMode(console, &raw mut mode) != 0
            && SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0
    }
}
