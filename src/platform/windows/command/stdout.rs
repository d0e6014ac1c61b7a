//! Writing to stdout. The standard library takes a stdout that cannot be written to for one that was written to, and its buffer would
//! keep a copy of a token.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::mem::ManuallyDrop;
use std::os::windows::io::{AsRawHandle, FromRawHandle};
use std::process;

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE, ERROR_PIPE_NOT_CONNECTED};

/// Writes all of this.
///
/// # Errors
/// The system's. See [`is_closed`].
pub fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout();
    let handle = stdout.as_raw_handle();
    if handle.is_null() {
        return Err(io::Error::from_raw_os_error(ERROR_INVALID_HANDLE.cast_signed()));
    }
    if stdout.is_terminal() {
        // The standard library knows how to write UTF-8 to a console, where everybody can read it.
        stdout.write_all(bytes)?;
        return stdout.flush();
    }
    // SAFETY: the handle is stdout's, and stays open: the file is not dropped.
    let file = ManuallyDrop::new(unsafe { File::from_raw_handle(handle) });
    (&*file).write_all(bytes).map_err(|error| {
        // The standard library knows the other errors of a closed pipe.
        let is_broken_pipe = error.raw_os_error().map(i32::cast_unsigned) == Some(ERROR_PIPE_NOT_CONNECTED);
        if is_broken_pipe {
            io::ErrorKind::BrokenPipe.into()
        } else {
            error
        }
    })
}

/// Whether an error means that stdout is closed, or not open for writing.
pub fn is_closed(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    matches!(code, Some(ERROR_INVALID_HANDLE | ERROR_ACCESS_DENIED))
}

/// Ends this process with this status, and without a message: a reader that has closed the pipe wants no more.
pub fn end_by_broken_pipe(status: u8) {
    process::exit(status.into());
}
