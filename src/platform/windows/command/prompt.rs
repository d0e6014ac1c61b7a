//! A line that a person types without seeing it.

use std::os::windows::io::AsRawHandle;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{io, ptr};

use windows_sys::Win32::System::Console::{
    ENABLE_ECHO_INPUT, ENABLE_LINE_INPUT, ENABLE_PROCESSED_INPUT, GetConsoleMode, ReadConsoleW, SetConsoleCtrlHandler,
    SetConsoleMode,
};
use windows_sys::core::BOOL;
use zeroize::Zeroizing;

use crate::platform::windows::result::succeeded;

/// The longest line, in UTF-16 units.
const MAX_LINE: usize = 4096;
/// What a unit becomes at most, in bytes of UTF-8.
const MAX_BYTES: usize = 3;

/// The mode of the console from when it echoed.
static ECHOING: AtomicU32 = AtomicU32::new(0);

/// Reads a line from the console that stdin is, with its newline and without echo.
///
/// # Errors
/// The system's.
pub fn read_line_without_echo(_question: String) -> io::Result<Zeroizing<Vec<u8>>> {
    let stdin = io::stdin();
    let _echo_off = EchoOff::begin()?;
    let mut units = Zeroizing::new(vec![0_u16; MAX_LINE]);
    let mut count = 0;
    // SAFETY: the buffer has so many units, and `count` may be written.
    succeeded(unsafe {
        ReadConsoleW(
            stdin.as_raw_handle(),
            units.as_mut_ptr().cast(),
            u32::try_from(MAX_LINE).expect("a short line"),
            &raw mut count,
            ptr::null(),
        )
    })?;
    // It never grows, so no copy is left behind.
    let mut line = Zeroizing::new(String::with_capacity(MAX_LINE * MAX_BYTES));
    let characters = char::decode_utf16(units[..count as usize].iter().copied());
    line.extend(characters.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    Ok(Zeroizing::new(std::mem::take(&mut *line).into_bytes()))
}

/// Keeps the console from echoing until this is dropped, or the process is told to end.
struct EchoOff;

impl EchoOff {
    fn begin() -> io::Result<EchoOff> {
        let console = io::stdin().as_raw_handle();
        let mut mode = 0;
        // SAFETY: the handle is open, and `mode` may be written.
        succeeded(unsafe { GetConsoleMode(console, &raw mut mode) })?;
        ECHOING.store(mode, Ordering::SeqCst);
        // SAFETY: the function lives as long as the process.
        succeeded(unsafe { SetConsoleCtrlHandler(Some(echo_again), 1) })?;
        let echo_off = EchoOff;
        let silent = (mode | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT) & !ENABLE_ECHO_INPUT;
        // SAFETY: the handle is open.
        succeeded(unsafe { SetConsoleMode(console, silent) })?;
        Ok(echo_off)
    }
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        restore();
        // SAFETY: the function was registered before.
        unsafe { SetConsoleCtrlHandler(Some(echo_again), 0) };
    }
}

/// Lets the console echo, and leaves what is to be done to other handlers.
unsafe extern "system" fn echo_again(_event: u32) -> BOOL {
    restore();
    0
}

fn restore() {
    // SAFETY: the handle is open: stdin is never closed.
    unsafe { SetConsoleMode(io::stdin().as_raw_handle(), ECHOING.load(Ordering::SeqCst)) };
}
