//! The figures of `keep` in Prometheus' text format, in a file for the textfile collector of `node_exporter`.

use std::fmt::Write;
use std::path::{self, Path};
use std::time::{SystemTime, UNIX_EPOCH};

use spotify_token::{Level, Stats};

use crate::exit::Exit;

use super::file::KeptFile;
use super::keeper::Keeper;

/// Another user runs the collector, and nothing in the file is secret.
const MODE: u32 = 0o644;

/// The file with the figures.
pub struct Metrics {
    file: KeptFile,
    labels: String,
    written: String,
}

impl Metrics {
    /// Locks the file. `token_file` and `account` tell the figures of one keeper from those of another.
    pub fn begin(path: &Path, token_file: &Path, account: Option<&str>) -> Result<Metrics, Exit> {
        let token_file = path::absolute(token_file).unwrap_or_else(|_| token_file.to_owned());
        let mut labels = format!("file=\"{}\"", escaped(&token_file.to_string_lossy()));
        if let Some(account) = account {
            let _ = write!(labels, ",account=\"{}\"", escaped(account));
        }
        Ok(Metrics {
            file: KeptFile::lock(path, MODE)?,
            labels,
            written: String::new(),
        })
    }

    /// Writes the figures, unless they are in the file. The file with the token is more important than they are: a failure ends
    /// nothing.
    pub fn write(&mut self, keeper: &Keeper) {
        let (stats, expires_at) = keeper.figures();
        let text = rendered(&self.labels, &stats, expires_at);
        if text == self.written && self.file.is_there() {
            return;
        }
        match self.file.write(text.as_bytes()) {
            Ok(()) => self.written = text,
            Err(error) => {
                let what = format!("cannot write {}: {error}. Trying again", self.file.shown());
                keeper.say(Level::Warning, &what);
            }
        }
    }

    /// Removes the file.
    pub fn remove(&mut self) {
        self.file.remove();
    }
}

fn rendered(labels: &str, stats: &Stats, expires_at: Option<i64>) -> String {
    let mut page = Page {
        labels,
        text: String::new(),
    };
    page.counter(
        "requests_total",
        "HTTP requests sent to the token server.",
        stats.requests,
    );
    page.counter(
        "retries_total",
        "Attempts after the first one of a request.",
        stats.retries,
    );
    let help = "Tokens taken from the store that processes share.";
    page.counter("store_hits_total", help, stats.store_hits);
    let help = "Attempts to get a token that failed, by reason.";
    page.metric("failures_total", "counter", help, &reasons(stats));
    let help = "Unix time at which the token in the file expires; 0 if there is none.";
    page.gauge(
        "expiry_timestamp_seconds",
        help,
        expires_at.map_or(0, i64::unsigned_abs),
    );
    let help = "Unix time at which a token last came from the server or from the store; 0 if none has come.";
    page.gauge(
        "last_success_timestamp_seconds",
        help,
        stats.last_success_at.map_or(0, seconds),
    );
    if let Some(ends_at) = stats.login_ends_at {
        let help = "Unix time at which the login of the user ends.";
        page.gauge("login_expiry_timestamp_seconds", help, seconds(ends_at));
    }
    page.text
}

/// The reasons for which attempts fail, as a label, and how many failed for each. The sum is that of all that failed.
fn reasons(stats: &Stats) -> [(&'static str, u64); 6] {
    let server = stats.refused + stats.rate_limited + stats.server_failures;
    let way = stats.network_failures + stats.timeouts;
    [
        (",reason=\"refused\"", stats.refused),
        (",reason=\"rate_limited\"", stats.rate_limited),
        (",reason=\"server\"", stats.server_failures),
        (",reason=\"network\"", stats.network_failures),
        (",reason=\"timeout\"", stats.timeouts),
        (",reason=\"other\"", stats.failures.saturating_sub(server + way)),
    ]
}

/// The content of the file.
struct Page<'l> {
    /// Stand at every value.
    labels: &'l str,
    text: String,
}

impl Page<'_> {
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.metric(name, "counter", help, &[("", value)]);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.metric(name, "gauge", help, &[("", value)]);
    }

    /// A metric, and its values with more labels.
    fn metric(&mut self, name: &str, kind: &str, help: &str, values: &[(&str, u64)]) {
        let (text, labels) = (&mut self.text, self.labels);
        let _ = writeln!(text, "# HELP spotify_token_{name} {help}");
        let _ = writeln!(text, "# TYPE spotify_token_{name} {kind}");
        for (more, value) in values {
            let _ = writeln!(text, "spotify_token_{name}{{{labels}{more}}} {value}");
        }
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A label's value, as the text format writes it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
