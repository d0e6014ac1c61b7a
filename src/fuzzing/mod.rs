//! What a fuzzer feeds, and what has to hold whatever it feeds: one function for each parser of foreign bytes. They check
//! properties, for a parser that merely does not crash may still show a secret. `fuzz/` runs them without end, and the
//! tests here over every input that is kept there. Not part of the interface.

mod credentials;
mod http;
mod options;
mod record;
mod redirect;
mod response;
mod retry_after;

pub use credentials::{credential, dotenv};
pub use http::http;
pub use options::options;
pub use record::record;
pub use redirect::redirect;
pub use response::{redaction, response};
pub use retry_after::retry_after;

use crate::clock::Moment;
use crate::error::Error;

/// Checks one input; panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also that of its folders below `fuzz/`.
pub const TARGETS: [(&str, Target); 9] = [
    ("response", response),
    ("credential", credential),
    ("dotenv", dotenv),
    ("http", http),
    ("options", options),
    ("record", record),
    ("redaction", redaction),
    ("redirect", redirect),
    ("retry_after", retry_after),
];

/// Stands for a secret in an input. It must not come out again.
const CANARY: &str = "CANARY7f3d";
/// The most that a message may be long, in characters: a server's words twice, and ours around them.
const LONGEST_MESSAGE: usize = 2000;
/// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
const NOW: Moment = Moment {
    wall_ms: 784_111_777_000,
    steady_ms: 77_000,
};

/// What every error owes to whoever reads it: one line of bounded length in which nothing steers a terminal, and none of
/// the `hidden` texts, in `Debug` neither.
fn check_error(error: &Error, hidden: &[&str]) {
    check_line(error.message(), LONGEST_MESSAGE);
    check_line(error.oauth_error().unwrap_or("none"), 503);
    check_hidden(&format!("{error} {error:?}"), hidden);
}

fn check_line(line: &str, longest: usize) {
    assert!(!line.is_empty(), "an error says something");
    assert!(line.chars().count() <= longest, "{} characters", line.chars().count());
    let steering = ['\u{2028}', '\u{2029}', '\u{200f}', '\u{202e}', '\u{2066}', '\u{feff}'];
    assert!(!line.contains(char::is_control) && !line.contains(steering), "{line:?}");
}

fn check_hidden(text: &str, hidden: &[&str]) {
    for hidden in hidden {
        assert!(!text.contains(hidden), "{hidden} shows in: {text}");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// What belongs to the fuzzer; not in a crate that was downloaded.
    fn folder() -> Option<PathBuf> {
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")).filter(|folder| folder.exists())
    }

    fn inputs(folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn every_input_that_was_kept_holds() {
        let Some(folder) = folder() else { return };
        for (name, target) in TARGETS {
            let corpus = inputs(&folder.join("corpus").join(name));
            assert!(corpus.len() > 20, "{name} has {} inputs", corpus.len());
            for path in corpus.iter().chain(&inputs(&folder.join("regressions").join(name))) {
                println!("{}", path.display()); // shown when it fails
                target(&fs::read(path).unwrap());
            }
        }
    }

    #[test]
    fn every_target_is_one_of_the_fuzzers_programs() {
        let Some(folder) = folder() else { return };
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let programs: Vec<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("path = "))
            .collect();
        for (name, _) in TARGETS {
            assert!(
                programs.contains(&format!("\"fuzz_targets/{name}.rs\"").as_str()),
                "fuzz/Cargo.toml has no {name}"
            );
        }
    }

    #[test]
    #[should_panic(expected = "shows in")]
    fn a_secret_that_shows_is_found() {
        check_error(
            &Error::new(crate::error::ErrorKind::Http, format!("you sent {CANARY}")),
            &[CANARY],
        );
    }
}
