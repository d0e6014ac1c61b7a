//! What the command inherits from the program that starts it: open descriptors, ignored and blocked signals. Rust's
//! runtime changes some of that before `main`: it opens /dev/null for closed standard descriptors, and ignores SIGPIPE.
//! So it is recorded earlier, by a function that the loader calls.

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use libc::{SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, c_int, sigset_t};

use crate::platform::loading::when_loaded;

/// A bit for each standard descriptor that was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);
/// A bit for each signal that was ignored.
static IGNORED: AtomicU32 = AtomicU32::new(0);

const STANDARD_DESCRIPTORS: [c_int; 3] = [0, 1, 2];
/// The signals that the command may take for itself: those that end or stop a process by default, and the one that continues it.
pub(super) const TAKEN: [c_int; 9] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT,
];

/// The signals whose action may change after the start.
fn changed_signals() -> impl Iterator<Item = c_int> {
    TAKEN.into_iter().chain([SIGPIPE])
}

when_loaded!(record);

/// Runs before Rust's runtime, so it uses the C library alone.
extern "C" fn record() {
    for descriptor in STANDARD_DESCRIPTORS {
        // SAFETY: reads a flag of a descriptor, open or not.
        if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } == -1 {
            CLOSED.fetch_or(1 << descriptor, Ordering::Relaxed);
        }
    }
    for signal in changed_signals() {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: reads a signal's action; a failure leaves the zeros, which are a valid action.
        let action = unsafe {
            libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
            action.assume_init()
        };
        if action.sa_sigaction == libc::SIG_IGN {
            IGNORED.fetch_or(1 << signal, Ordering::Relaxed);
        }
    }
}

/// Whether this standard descriptor was closed when the process began. It is /dev/null now.
pub(super) fn was_closed(descriptor: i32) -> bool {
    STANDARD_DESCRIPTORS.contains(&descriptor) && CLOSED.load(Ordering::Relaxed) & (1 << descriptor) != 0
}

/// Whether this signal, one of [`TAKEN`] or SIGPIPE, was ignored when the process began.
pub(super) fn was_ignored(signal: i32) -> bool {
    IGNORED.load(Ordering::Relaxed) & (1 << signal) != 0
}

/// Makes a command start as this process did, when this process becomes it with [`CommandExt::exec`]: closed
/// descriptors are closed, ignored signals are ignored, and this thread's blocked signals are blocked.
pub(super) fn hand_on(command: &mut Command) {
    let blocked = blocked_signals();
    let restore = move || {
        for signal in changed_signals().filter(|signal| was_ignored(*signal)) {
            // SAFETY: ignores a signal that was ignored before.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
        for descriptor in STANDARD_DESCRIPTORS.into_iter().filter(|open| was_closed(*open)) {
            // SAFETY: sets a flag of a descriptor that is this process's own /dev/null.
            unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
        }
        // SAFETY: `blocked` is a whole set.
        match unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const blocked, ptr::null_mut()) } {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    };
    // SAFETY: the function allocates nothing and takes no lock, so that it may run in a child of fork() as well.
    unsafe { command.pre_exec(restore) };
}

fn blocked_signals() -> sigset_t {
    let mut set = MaybeUninit::<sigset_t>::zeroed();
    // SAFETY: reads this thread's mask into the set, which is empty if that fails.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), set.as_mut_ptr());
        set.assume_init()
    }
}

/// Does what this signal does by default, although a handler is set for it. For SIGTSTP: the process stops until it is
/// continued, unless no shell is there to continue it.
pub(super) fn raise_default(signal: i32) {
    let mut default = MaybeUninit::<libc::sigaction>::zeroed();
    let mut before = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: zeros are a valid action, the default one on every system; both actions live for the calls, and the
    // handler that was set is set again.
    unsafe {
        (*default.as_mut_ptr()).sa_sigaction = libc::SIG_DFL;
        if libc::sigaction(signal, default.as_ptr(), before.as_mut_ptr()) == 0 {
            libc::raise(signal);
            libc::sigaction(signal, before.as_ptr(), ptr::null_mut());
        }
    }
}
