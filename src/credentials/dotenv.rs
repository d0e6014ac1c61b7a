//! Credentials from a dotenv file. The values go nowhere else: not into the environment, and not into any other option.

use std::path::{Path, PathBuf};

use super::assignments::{self, Fault, Line};
use super::file::{self, Failure, Limits};
use super::{Half, Looked, NearMiss, Partial, Wanted};
use crate::config::table::{CREDENTIALS, FILE_SUFFIX, NEAR_MISSES};
use crate::config::{Dotenv, Environment};
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

const DEFAULT_PATH: &str = ".env";
/// The name that Notepad on Windows gives to `.env`.
const NOTEPADS_PATH: &str = ".env.txt";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Finds a pair in the file. A file that nobody named may be missing, and is skipped when it cannot be read.
pub(super) fn find(
    which: &Dotenv,
    environment: &Environment,
    wanted: Wanted,
    limits: Limits,
    looked: &mut Looked,
) -> Result<Option<Partial>, Error> {
    let path = match which {
        Dotenv::Off => {
            looked.at("no dotenv file (turned off)");
            return Ok(None);
        }
        // The caller of this process chose the working directory.
        Dotenv::Default if environment.is_untrusted() => return Ok(None),
        Dotenv::Default => Path::new(DEFAULT_PATH),
        Dotenv::Named(path) => path,
    };
    let read = file::read_bytes(path, limits).and_then(|content| parse(path, &content, environment));
    let is_named = *which != Dotenv::Default;
    match read {
        Ok(file) => {
            looked.at(file.path.display());
            looked.near_misses.extend(file.near_misses.first().cloned());
            file.find(wanted)
        }
        Err(failure) if is_named => Err(failure.named(path, "the option dotenv")),
        Err(failure) => {
            looked.at(match failure {
                Failure::Missing => format!("{DEFAULT_PATH} (not there)"),
                Failure::Unreadable(reason) => format!("{DEFAULT_PATH} (cannot be read: {reason})"),
                Failure::Unusable(what, _) => format!("{DEFAULT_PATH} (cannot be used: {what})"),
                Failure::Ended(error) => return Err(error),
            });
            if Path::new(NOTEPADS_PATH).exists() {
                looked.near_misses.push(NearMiss {
                    what: format!("there is a {NOTEPADS_PATH}"),
                    advice: format!("Rename {NOTEPADS_PATH} to {DEFAULT_PATH}"),
                });
            }
            Ok(None)
        }
    }
}

/// What a dotenv file has under the names that matter here.
pub(super) struct File {
    path: PathBuf,
    /// Name, line and value.
    assigned: Vec<(&'static str, usize, Result<Secret, Fault>)>,
    /// Lines that have a name of ours and do not assign it.
    suspects: Vec<Suspect>,
    near_misses: Vec<NearMiss>,
}

/// A line that was probably meant to assign one of our names.
struct Suspect {
    name: &'static str,
    line: usize,
    what: &'static str,
    advice: String,
}

/// Reads the content of the file at `path`.
pub(super) fn parse(path: &Path, content: &[u8], environment: &Environment) -> Result<File, Failure> {
    let text = file::text_in(content)?;
    if text.contains('\0') {
        return Err(Failure::Unusable("it is not UTF-8 text", "Save it as UTF-8"));
    }
    let mut file = File {
        path: path.to_owned(),
        assigned: Vec::new(),
        suspects: Vec::new(),
        near_misses: Vec::new(),
    };
    for line in assignments::parse(text.trim_start_matches(BYTE_ORDER_MARK), environment) {
        file.take(line);
    }
    Ok(file)
}

impl File {
    /// Returns the first pair of which either half is assigned. A line that was meant to assign the other half is an error then;
    /// so is any such line where nothing is assigned.
    pub(super) fn find(&self, wanted: Wanted) -> Result<Option<Partial>, Error> {
        if wanted == Wanted::Id {
            return self.find_id();
        }
        for (id_name, secret_name) in CREDENTIALS {
            let (id, secret) = (self.half(id_name)?, self.half(secret_name)?);
            let lacks =
                |name: &str| (name == id_name && id.value.is_none()) || (name == secret_name && secret.value.is_none());
            let suspect = self.suspects.iter().find(|suspect| lacks(suspect.name));
            let found = Partial::new(self.path.display().to_string(), id, secret);
            match (found, suspect) {
                (Some(_), Some(suspect)) => return Err(self.bad_line(suspect)),
                (Some(found), None) => return Ok(Some(found)),
                (None, _) => {}
            }
        }
        self.suspects
            .first()
            .map_or(Ok(None), |suspect| Err(self.bad_line(suspect)))
    }

    /// Returns the first id that is assigned. Lines that were meant to assign a secret do not matter.
    fn find_id(&self) -> Result<Option<Partial>, Error> {
        for (name, _) in CREDENTIALS {
            if let Some(found) = Partial::of_id(self.path.display().to_string(), self.half(name)?) {
                return Ok(Some(found));
            }
        }
        let is_id = |suspect: &&Suspect| CREDENTIALS.iter().any(|(id, _)| *id == suspect.name);
        let suspect = self.suspects.iter().find(is_id);
        suspect.map_or(Ok(None), |suspect| Err(self.bad_line(suspect)))
    }

    /// Notes a line if it has one of our names, or nearly.
    fn take(&mut self, line: Line) {
        let number = line.number;
        let swallowed = line.text.lines().skip(1).find_map(assigned_name);
        if let Some(name) = swallowed {
            self.suspects.push(Suspect {
                name,
                line: number,
                what: "has a quote that is not closed on the same line",
                advice: format!("Close the quote or remove it: {name} in a later line is now part of the quoted text"),
            });
        }
        match line.assignment {
            None => self.suspects.extend(not_an_assignment(line.text, number)),
            Some((name, value)) => match our_name(name) {
                Some(ours) if ours == name => self.assigned.push((ours, number, value)),
                Some(ours) => self.note(number, name, &format!("Write {ours}, in capitals")),
                None if NEAR_MISSES.contains(&name) => {
                    let near_miss = NearMiss::another_library(&format!("{} has {name}", self.path.display()), name);
                    self.near_misses.push(near_miss);
                }
                None => {
                    if let Some(plain) = name.strip_suffix(FILE_SUFFIX).and_then(our_name) {
                        let advice = format!("Write {plain}=value, or set {plain}{FILE_SUFFIX} in the environment");
                        self.note(number, name, &advice);
                    }
                }
            },
        }
    }

    fn note(&mut self, number: usize, name: &str, advice: &str) {
        self.near_misses.push(NearMiss {
            what: format!("line {number} of {} sets {name}", self.path.display()),
            advice: advice.to_owned(),
        });
    }

    /// The last assignment counts, as it does when a shell reads the file. An empty value is unset, as in the environment.
    fn half(&self, name: &'static str) -> Result<Half, Error> {
        let value = match self.assigned.iter().rev().find(|(assigned, ..)| *assigned == name) {
            Some((_, line, Err(fault))) => return Err(self.bad_value(name, *line, *fault)),
            Some((_, _, Ok(value))) => Some(value.clone()).filter(|value| !value.expose().is_empty()),
            None => None,
        };
        Ok(Half::new(format!("{name} in {}", self.path.display()), value))
    }

    fn bad_line(&self, suspect: &Suspect) -> Error {
        let what = format!("line {} of {} {}", suspect.line, self.path.display(), suspect.what);
        Error::new(ErrorKind::MalformedCredentials, what).advise(&suspect.advice)
    }

    /// Neither the value is shown, nor the name of a variable in it: a `$` in a secret makes the rest look like one.
    fn bad_value(&self, name: &str, line: usize, fault: Fault) -> Error {
        let plain = format!("Write {name}=value, without spaces and quotes");
        let quoted = "or put the value in single quotes if the $ belongs to it";
        let (what, advice) = match fault {
            Fault::OpenQuote => ("has a quote that is not closed".to_owned(), plain),
            Fault::Space => ("has a space in it".to_owned(), plain),
            Fault::Unset => (
                "uses a variable that is not set".to_owned(),
                format!("Set the variable in an earlier line or in the environment, {quoted}"),
            ),
            Fault::Unusable(other) => (
                format!("uses the variable of line {other}, which has no usable value"),
                format!("Correct line {other}, {quoted}"),
            ),
            Fault::Command => (
                "has a command in it, which is not run here".to_owned(),
                format!("Write the value itself, {quoted}"),
            ),
            Fault::Unsupported => (
                "has a $ that is not followed by the name of a variable".to_owned(),
                format!("Use $NAME or ${{NAME}}, {quoted}"),
            ),
            Fault::TooLong => ("is too long with its variables".to_owned(), plain),
        };
        let what = format!("the value of {name} in line {line} of {} {what}", self.path.display());
        Error::new(ErrorKind::MalformedCredentials, what).advise(advice)
    }
}

/// Returns our name that this is, in capitals or not.
fn our_name(name: &str) -> Option<&'static str> {
    let ours = CREDENTIALS.into_iter().flat_map(|(id, secret)| [id, secret]);
    ours.into_iter().find(|ours| ours.eq_ignore_ascii_case(name))
}

/// Returns our name that a line of text assigns.
fn assigned_name(line: &str) -> Option<&'static str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    our_name(name.strip_prefix("export").unwrap_or(name).trim())
}

/// Looks for our name in a line that assigns nothing.
fn not_an_assignment(text: &str, line: usize) -> Option<Suspect> {
    let word_of = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = text.split(|c| !word_of(c));
    let (name, written) = words.find_map(|word| Some((our_name(word)?, word)))?;
    let rest = &text[text.find(written)? + written.len()..];
    let starts_with = |start: &str| {
        text.get(..start.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(start))
    };
    let what = if starts_with("$env:") {
        "is written for PowerShell"
    } else if starts_with("set ") || starts_with("setx ") {
        "is written for another shell (set)"
    } else if rest.trim_start_matches(['"', '\'', ' ', '\t']).starts_with(':') {
        "has a colon in place of ="
    } else {
        "has a name of a credential, but is not an assignment"
    };
    Some(Suspect {
        name,
        line,
        what,
        advice: format!("Write {name}=value"),
    })
}
