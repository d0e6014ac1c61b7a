//! Credentials from a dotenv file, read with the `dotenvy` crate. The values go nowhere else: not into the
//! environment, and not into any other option.

use std::path::Path;

use zeroize::Zeroizing;

use super::variables::right_name;
use super::{Half, Halves, file};
use crate::config::table::{CREDENTIALS, NEAR_MISSES};
use crate::config::{Dotenv, Environment};
use crate::error::{Code, Error};
use crate::secret::Secret;

const DEFAULT_PATH: &str = ".env";
/// What Windows' Notepad makes of `.env`.
const NOTEPADS_PATH: &str = ".env.txt";
/// What Windows' editors put in front.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What a dotenv file says about the names that matter here.
#[derive(Default)]
pub(super) struct File {
    /// Whether there is one.
    pub(super) exists: bool,
    path: String,
    entries: Vec<(String, Secret)>,
    near_miss: Option<String>,
}

/// Reads the file; one that nobody named may be missing.
pub(super) fn read(which: &Dotenv, environment: &Environment) -> Result<File, Error> {
    let path = match which {
        Dotenv::Off => return Ok(File::default()),
        Dotenv::Default if environment.is_untrusted() => return Ok(File::default()),
        Dotenv::Default if !Path::new(DEFAULT_PATH).exists() => {
            let near_miss = Path::new(NOTEPADS_PATH)
                .exists()
                .then(|| format!("There is a {NOTEPADS_PATH}: rename it to {DEFAULT_PATH}."));
            return Ok(File {
                near_miss,
                ..File::default()
            });
        }
        Dotenv::Default => Path::new(DEFAULT_PATH),
        Dotenv::Named(path) => path,
    };
    let bytes = file::read_bytes(path).map_err(|fault| unreadable(path, &fault))?;
    parse(path, &bytes)
}

/// Reads the content of the file at `path`.
pub(super) fn parse(path: &Path, content: &[u8]) -> Result<File, Error> {
    let text = std::str::from_utf8(content).map_err(|_| unreadable(path, file::NOT_TEXT))?;
    let mut found = File {
        exists: true,
        path: path.display().to_string(),
        ..File::default()
    };
    let text = text.trim_start_matches(BYTE_ORDER_MARK);
    for line in dotenvy::from_read_iter(text.as_bytes()) {
        match line {
            Ok((name, value)) => found.take(name, &Zeroizing::new(value)),
            // A line that cannot be read matters only when it is one of ours: the file may serve other programs too.
            Err(dotenvy::Error::LineParse(part, _)) => {
                let part = Zeroizing::new(part);
                if let Some(name) = our_name_in_line_with(&part, text) {
                    return Err(found.unreadable_line(name));
                }
            }
            Err(_) => return Err(unreadable(path, "it is no dotenv file. Name one with lines NAME=value")),
        }
    }
    Ok(found)
}

impl File {
    pub(super) fn find(&self) -> Option<Halves> {
        CREDENTIALS
            .into_iter()
            .find_map(|(id, secret)| Halves::new(&self.path, self.half(id), self.half(secret)))
    }

    pub(super) fn near_miss(&self) -> Option<String> {
        self.near_miss.clone()
    }

    fn take(&mut self, name: String, value: &str) {
        if is_ours(&name) {
            self.entries.push((name, Secret::new(value)));
        } else if NEAR_MISSES.contains(&name.as_str()) && self.near_miss.is_none() {
            self.near_miss = Some(format!(
                "{} has {name}, but that is another library's name: here it is {}.",
                self.path,
                right_name(&name)
            ));
        }
    }

    fn unreadable_line(&self, name: &str) -> Error {
        Error::new(
            Code::MalformedCredentials,
            format!(
                "the line {name}=... of {} cannot be read: a blank or a quote is in the wrong place, there or above. \
                 Write {name}=value, without blanks and quotes",
                self.path
            ),
        )
    }

    /// A later line wins, as it does when a shell reads the file. An empty value is unset, as in the environment.
    fn half(&self, name: &str) -> Half {
        let value = self.entries.iter().rev().find(|(candidate, _)| candidate == name);
        let value = value
            .map(|(_, value)| value.clone())
            .filter(|value| !value.expose().is_empty());
        Half::new(format!("{name} in {}", self.path), value)
    }
}

fn unreadable(path: &Path, fault: &str) -> Error {
    file::unreadable(path, "the option dotenv", fault)
}

fn is_ours(name: &str) -> bool {
    CREDENTIALS.iter().any(|(id, secret)| [*id, *secret].contains(&name))
}

/// The parser gives the part of a line that it stumbled over, without the name: that stands in the file. After a quote
/// that is never closed it gives the lines up to the end.
fn our_name_in_line_with<'t>(part: &str, text: &'t str) -> Option<&'t str> {
    let swallowed = |line: &str| part.contains('\n') && part.lines().any(|swallowed| swallowed == line);
    let lines = text.lines().filter(|line| line.contains(part) || swallowed(line));
    let mut names = lines.filter_map(|line| {
        let (name, _) = line.split_once('=')?;
        Some(name.trim().trim_start_matches("export ").trim())
    });
    names.find(|name| is_ours(name))
}
