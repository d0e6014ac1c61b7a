//! Opens an address in the user's browser, the way that the system has for it. Nothing goes through a shell, nothing of the browser's
//! output appears here, and no secret of ours is in its environment.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::unstable::platform::browser::{BETWEEN_COMMANDS, OPENERS, has_display, set_apart};

use crate::child_environment::remove_secrets;

/// An opener that has not ended after this time is the browser itself.
const STARTED_AFTER: Duration = Duration::from_secs(2);

/// Whether a browser can be expected to appear before the person who waits here: not over SSH, and only where there is a display.
pub fn is_likely() -> bool {
    is_set("BROWSER") || (!is_over_ssh() && has_display())
}

/// Whether the person who waits here sits at another machine.
pub fn is_over_ssh() -> bool {
    is_set("SSH_CONNECTION") || is_set("SSH_TTY")
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Opens the address. Returns whether a browser was started.
pub fn open(url: &str) -> bool {
    // A list, as Python and others read it: each is a command, perhaps with %s where the address goes.
    let named = env::var("BROWSER").unwrap_or_default();
    let commands = named
        .split(BETWEEN_COMMANDS)
        .filter(|command| !command.trim().is_empty());
    commands
        .chain(OPENERS.iter().copied())
        .any(|command| start(command, url).is_ok_and(has_started))
}

fn start(command: &str, url: &str) -> io::Result<Child> {
    let mut words: Vec<OsString> = command
        .split_whitespace()
        .map(|word| OsString::from(word.replace("%s", url)))
        .collect();
    if !command.contains("%s") {
        words.push(url.into());
    }
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl-C ends the login here, and not a browser that it has started.
    set_apart(&mut command);
    remove_secrets(&mut command);
    command.spawn()
}

/// Whether an opener has succeeded, or still runs. A thread waits for its end, so that it leaves nothing behind.
fn has_started(mut child: Child) -> bool {
    let end = Instant::now() + STARTED_AFTER;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(20)),
            _ => break,
        }
    }
    let _ = thread::Builder::new().spawn(move || child.wait());
    true
}
