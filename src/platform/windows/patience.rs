//! Files that another program has open for a moment: a virus scanner, a backup, or another process that replaces the file. Windows
//! refuses then what it allows a moment later.

use std::time::Duration;
use std::{io, thread};

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION};

const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);

/// Does this again, for up to a tenth of a second, while the system refuses it for such a reason.
pub(super) fn patiently<T>(mut run: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..TRIES {
        match run() {
            Err(error) if is_of_a_moment(&error) => thread::sleep(PAUSE),
            result => return result,
        }
    }
    run()
}

fn is_of_a_moment(error: &io::Error) -> bool {
    let code = error.raw_os_error().and_then(|code| u32::try_from(code).ok());
    matches!(code, Some(ERROR_ACCESS_DENIED | ERROR_SHARING_VIOLATION))
}
