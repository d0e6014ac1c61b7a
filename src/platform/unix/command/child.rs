//! A command that runs as a child of this process.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Resource, WaitId, WaitIdOptions};
use signal_hook::low_level::emulate_default_handler;

use super::inherited;
use super::signals::Signal;

/// A running command.
pub struct ChildCommand(Child);

impl ChildCommand {
    /// Starts a command as this process was started: with the same ignored and blocked signals, and the same closed descriptors.
    ///
    /// # Errors
    /// The system's.
    pub fn start(command: &mut Command) -> io::Result<ChildCommand> {
        inherited::hand_on(command);
        Ok(ChildCommand(command.spawn()?))
    }

    /// Returns a function that waits until the command has ended. Its status stays to be read, so that no other process has its
    /// number meanwhile.
    pub fn end(&self) -> impl FnOnce() + Send + 'static {
        let process = Pid::from_child(&self.0);
        move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            let _ = rustix::io::retry_on_intr(|| rustix::process::waitid(WaitId::Pid(process), options));
        }
    }

    /// Passes on what this process was told.
    pub fn tell(&self, signal: Signal) {
        let is_typed = matches!(signal, Signal::Interrupt | Signal::Quit);
        if is_typed && is_in_foreground() {
            // A key of the terminal sends it to both.
            return;
        }
        let named = rustix::process::Signal::from_named_raw(signal.number());
        if let Some(signal) = named {
            let _ = rustix::process::kill_process(Pid::from_child(&self.0), signal);
        }
    }

    /// Waits for the end of the command.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }
}

/// Whether what is typed at the terminal, if there is one, reaches this process and its child.
fn is_in_foreground() -> bool {
    let terminal = rustix::fs::open(
        "/dev/tty",
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    );
    let foreground = terminal.and_then(rustix::termios::tcgetpgrp);
    foreground.is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Ends this process by the signal that has ended a command. Returns the exit status if it was none.
pub fn end_like(status: ExitStatus) -> u8 {
    let Some(signal) = status.signal() else {
        return u8::try_from(status.code().unwrap_or_default()).unwrap_or(u8::MAX);
    };
    end_by(signal)
}

fn end_by(signal: i32) -> u8 {
    // The image of this process's memory would have a token in it.
    let mut limit = rustix::process::getrlimit(Resource::Core);
    limit.current = Some(0);
    let _ = rustix::process::setrlimit(Resource::Core, limit);
    let _ = emulate_default_handler(signal);
    // A shell's status for a signal that ends nothing by default, or that has no name.
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}
