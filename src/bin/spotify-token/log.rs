//! The lines of the log on stderr: for people, as JSON (`--log-format json`), or with the priorities of systemd's journal.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use clap::ArgMatches;
use serde::Serialize;
use spotify_token::Level;
use spotify_token::unstable::one_line;
use spotify_token::unstable::platform::service::stderr_stream;

use crate::stderr;

/// Whether each line is a JSON object. Text until a verb says so.
static IS_JSON: AtomicBool = AtomicBool::new(false);
static IS_JOURNAL: LazyLock<bool> = LazyLock::new(is_journal);

/// Writes the lines from here on as the flag `--log-format` of the verb says.
pub fn set_format(verb: &ArgMatches) {
    let is_json = verb
        .get_one::<String>("log-format")
        .is_some_and(|format| format == "json");
    IS_JSON.store(is_json, Ordering::Relaxed);
}

/// A line as JSON.
#[derive(Serialize)]
struct Line<'m> {
    time: String,
    level: &'m str,
    message: &'m str,
}

/// Prints a line. `start` stands before the message where people read it.
pub fn print(level: Level, start: &str, message: &str) {
    let line = if IS_JSON.load(Ordering::Relaxed) {
        let line = Line {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            level: name(level),
            message: &one_line(message),
        };
        serde_json::to_string(&line).expect("texts are JSON")
    } else if *IS_JOURNAL {
        message.to_owned()
    } else {
        format!("{start}{message}")
    };
    let priority = if *IS_JOURNAL { priority(level) } else { "" };
    stderr::print(&format!("{priority}{line}"));
}

/// The name of a level.
pub fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
        _ => "debug",
    }
}

/// The priority with which systemd stores a line (sd-daemon(3)).
fn priority(level: Level) -> &'static str {
    match level {
        Level::Error => "<3>",
        Level::Warning => "<4>",
        Level::Info => "<6>",
        _ => "<7>",
    }
}

/// Whether stderr is the stream to the journal that systemd has opened.
fn is_journal() -> bool {
    let journal = std::env::var("JOURNAL_STREAM").ok();
    journal.is_some() && journal == stderr_stream()
}
