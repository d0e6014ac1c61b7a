//! A command that runs as a child of this process.

use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle};
use std::process::{self, Child, Command, ExitStatus};

use windows_sys::Win32::System::Threading::{INFINITE, WaitForSingleObject};

use super::signals::Signal;

/// A running command.
pub struct ChildCommand(Child);

impl ChildCommand {
    /// Starts a command.
    ///
    /// # Errors
    /// The system's.
    pub fn start(command: &mut Command) -> io::Result<ChildCommand> {
        Ok(ChildCommand(command.spawn()?))
    }

    /// Returns a function that waits until the command has ended.
    pub fn end(&self) -> impl FnOnce() + Send + 'static {
        let handle = self.0.as_handle().try_clone_to_owned();
        move || {
            if let Ok(handle) = handle {
                // SAFETY: the handle is open.
                unsafe { WaitForSingleObject(handle.as_raw_handle(), INFINITE) };
            }
        }
    }

    /// Does nothing: the console tells both.
    #[expect(clippy::unused_self, reason = "other systems tell the command")]
    pub fn tell(&self, _signal: Signal) {}

    /// Waits for the end of the command.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }
}

/// Returns the exit status of a command that has ended. Ends this process with it where it is larger than 255.
pub fn end_like(status: ExitStatus) -> u8 {
    let code = status.code().unwrap_or_default();
    u8::try_from(code).unwrap_or_else(|_| process::exit(code))
}
