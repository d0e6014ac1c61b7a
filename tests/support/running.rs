//! A process that does not outlive its test, however that ends.

use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Output};

use super::place::send_signal;

/// A process that is told to end when this is dropped.
pub struct Running(Option<Child>);

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Running {
        Running(Some(command.spawn().unwrap()))
    }

    /// Waits for its end; gives its status and what it has printed.
    pub fn output(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().unwrap()
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut process) = self.0.take() else { return };
        if process.try_wait().is_ok_and(|ended| ended.is_none()) {
            send_signal(&process, "TERM");
        }
        let _ = process.wait();
    }
}
