//! Reading a small file, within the time of the call. The file may be a pipe (`<(...)`, a FIFO, what a password manager
//! mounts), so it is read once, and a pipe that nobody writes to ends with the call's time.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::encoding;
use crate::cancel::Cancel;
use crate::clock::{Clock, Moment, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::platform;
use crate::platform::advice::{EXPANDED_BY_SHELLS, NOT_EXPANDED};
use crate::secret::Secret;

/// A larger file is not a file of credentials.
const LIMIT: usize = 64 * 1024;
const MISSING: &str = "No such file or directory";
/// How long a cancelled call may go on waiting for a pipe.
const SLICE: Duration = Duration::from_millis(50);

/// How long reading may take, and what ends it earlier.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    began: Moment,
    allowed: Duration,
    cancel: &'a Cancel,
}

impl<'a> Limits<'a> {
    /// Allows this much time from now on.
    pub(super) fn new(allowed: Duration, cancel: &'a Cancel) -> Limits<'a> {
        Limits {
            began: SystemClock.now(),
            allowed,
            cancel,
        }
    }

    fn left(&self) -> Duration {
        self.allowed.saturating_sub(SystemClock.now().since(self.began))
    }
}

/// Why a file was not read.
pub(super) enum Failure {
    /// It is not there.
    Missing,
    /// It cannot be read, for this reason.
    Unreadable(String),
    /// It is not what it should be: what is wrong, and what to do.
    Unusable(&'static str, &'static str),
    /// The pipe did not end within the time of the call, or the call was cancelled.
    Ended(Error),
}

impl Failure {
    /// Makes an error of it, for a file that was named by a variable or an option.
    pub(super) fn named(self, path: &Path, named_by: &str) -> Error {
        let (what, advice) = match self {
            Failure::Ended(error) => return error,
            Failure::Missing => (MISSING, "Correct the path"),
            Failure::Unreadable(ref reason) => (reason.as_str(), "Correct the path, or make the file readable"),
            Failure::Unusable(what, advice) => (what, advice),
        };
        let advice = match path.to_str() {
            Some(text) if text.starts_with(EXPANDED_BY_SHELLS) => format!("Write the whole path: {NOT_EXPANDED}"),
            _ => advice.to_owned(),
        };
        let what = format!("cannot read {}, named by {named_by}: {what}", path.display());
        Error::new(ErrorKind::File, what).advise(advice)
    }

    fn from_io(error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::NotFound => Failure::Missing,
            // Without the number of the error, and the full stop that Windows adds.
            _ => Failure::Unreadable(
                error
                    .to_string()
                    .split(" (os error")
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches('.')
                    .to_owned(),
            ),
        }
    }
}

/// Returns the credential in a file: the whole content, without a newline at its end.
pub(super) fn read(path: &Path, limits: Limits) -> Result<Secret, Failure> {
    credential_in(&read_bytes(path, limits)?)
}

/// Reads a credential from a file that was named by an option: the whole content, without a newline at its end. A pipe may
/// make this wait for the time `allowed`, or until `cancel` is used.
///
/// # Errors
/// `File`, `Timeout`, `Cancelled`.
pub fn read_named(path: &Path, named_by: &str, allowed: Duration, cancel: &Cancel) -> Result<Secret, Error> {
    read(path, Limits::new(allowed, cancel)).map_err(|failure| failure.named(path, named_by))
}

/// Returns the content of a small file.
pub(super) fn read_bytes(path: &Path, limits: Limits) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let opened = platform::file::open_without_waiting(path);
    let file = opened.map_err(|error| Failure::from_io(&error))?;
    bounded(&file, || wait_until_readable(&file, path, limits))
}

/// Reads a credential: the whole content, without a newline at its end. Reads 64 KiB at most.
///
/// # Errors
/// What is wrong with the content. Nothing of it is shown.
pub fn read_from(reader: impl Read) -> Result<Secret, String> {
    let read = bounded(reader, || Ok(())).and_then(|content| credential_in(&content));
    read.map_err(|failure| match failure {
        Failure::Missing => MISSING.to_owned(),
        Failure::Unreadable(reason) => reason,
        Failure::Unusable(what, advice) => format!("{what}. {advice}"),
        Failure::Ended(error) => error.message().to_owned(),
    })
}

/// Returns the text in a file's content.
pub(super) fn text_in(content: &[u8]) -> Result<Zeroizing<String>, Failure> {
    encoding::decode(content).ok_or(Failure::Unusable("it is not UTF-8 text", "Save it as UTF-8"))
}

fn credential_in(content: &[u8]) -> Result<Secret, Failure> {
    let text = text_in(content)?;
    let without_newline = text
        .strip_suffix('\n')
        .map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(Secret::new(without_newline))
}

/// Reads to the end. The buffer never grows, so no copy is left behind.
fn bounded(mut reader: impl Read, wait: impl Fn() -> Result<(), Failure>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut content = Zeroizing::new(vec![0; LIMIT + 1]);
    let mut length = 0;
    while length < content.len() {
        wait()?;
        match reader.read(&mut content[length..]) {
            Ok(0) => {
                content.truncate(length);
                return Ok(content);
            }
            Ok(read) => length += read,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(Failure::from_io(&error)),
        }
    }
    Err(Failure::Unusable(
        "it is larger than 64 KiB",
        "Name the file of the credential itself",
    ))
}

/// Waits until the file has something to read, or ends.
fn wait_until_readable(file: &File, path: &Path, limits: Limits) -> Result<(), Failure> {
    loop {
        let left = limits.left();
        let readable = platform::file::wait_until_readable(file, left.min(SLICE));
        if readable.map_err(|error| Failure::from_io(&error))? {
            return Ok(());
        }
        limits.cancel.check().map_err(Failure::Ended)?;
        if left.is_zero() {
            let allowed = limits.allowed.as_millis();
            let what = format!("reading the pipe {} took longer than {allowed} ms", path.display());
            let advice = "Check the program that writes to it, or allow more time with timeout_ms";
            return Err(Failure::Ended(Error::new(ErrorKind::Timeout, what).advise(advice)));
        }
    }
}
