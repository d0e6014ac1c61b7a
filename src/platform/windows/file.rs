//! Files that may be pipes.

use std::fs::File;
use std::os::windows::io::AsRawHandle;
use std::path::Path;
use std::time::Duration;
use std::{io, ptr, thread};

use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_PIPE, GetFileType};
use windows_sys::Win32::System::Pipes::PeekNamedPipe;

/// A pipe cannot be waited for with a limit, so it is looked at this often.
const LOOKS: Duration = Duration::from_millis(5);

/// Opens a file for reading.
pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Waits until the file has something to read or ends, for `limit` at most. Returns whether it does. Only a pipe ever makes a caller
/// wait.
pub(crate) fn wait_until_readable(file: &File, limit: Duration) -> io::Result<bool> {
    let handle = file.as_raw_handle();
    // SAFETY: the handle is open.
    if unsafe { GetFileType(handle) } != FILE_TYPE_PIPE {
        return Ok(true);
    }
    let mut available = 0;
    // SAFETY: nothing is read; `available` may be written.
    let looked = unsafe {
        PeekNamedPipe(
            handle,
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            &raw mut available,
            ptr::null_mut(),
        )
    };
    // It fails where the other end is closed: reading says so, too.
    if looked == 0 || available > 0 {
        return Ok(true);
    }
    thread::sleep(limit.min(LOOKS));
    Ok(false)
}
