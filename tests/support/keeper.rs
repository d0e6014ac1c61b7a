//! The verb `keep`, running in a place, and what it leaves there.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Accounts, StandIn};

use super::place::{Place, send_signal};
use super::running::Running;

/// The command, running.
pub struct Keeper {
    pub process: Running,
    pub file: PathBuf,
}

impl Keeper {
    /// Starts it with the file `token`, in the directory of the place.
    pub fn start(place: &Place, arguments: &[&str]) -> Keeper {
        Keeper::of(place, "token", arguments)
    }

    /// Starts it with this file.
    pub fn of(place: &Place, file: &str, arguments: &[&str]) -> Keeper {
        let all: Vec<&str> = ["keep", "--file", file].iter().chain(arguments).copied().collect();
        let mut command = place.command(&all);
        Keeper {
            process: Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped())),
            file: place.directory.path().join(file),
        }
    }

    /// Waits until the file has another content than this.
    pub fn content_after(&mut self, before: &str) -> String {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            match fs::read_to_string(&self.file) {
                Ok(content) if content != before => return content,
                _ => assert!(
                    Instant::now() < end && self.process.try_wait().unwrap().is_none(),
                    "{}",
                    self.said()
                ),
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn said(&mut self) -> String {
        let _ = self.process.kill();
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }

    /// Ends it with a signal.
    pub fn end(self, signal: &str) -> Output {
        send_signal(&self.process, signal);
        self.process.output()
    }
}

/// The names in a directory, in order.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A server whose tokens are good for so many seconds.
pub fn of_lifetime(expires_in: i64) -> StandIn {
    StandIn::spotify(Accounts {
        expires_in,
        ..Accounts::default()
    })
    .unwrap()
}
