//! What the command says of itself on one screen. All of it is made from the verbs, the flags and the table of exit
//! statuses; the manual page has the long form.

use std::fmt::Write;

use clap::{Arg, Command};
use spotify_token::EXIT_STATUSES;

use crate::wrap::wrapped;

/// A terminal's usual width.
const WIDTH: usize = 80;

/// Below the flags of each verb.
pub const OF_A_VERB: &str = "\
Where the credentials come from, and what the exit statuses mean: spotify-token man";

/// Three lines that work.
pub const EXAMPLES: [&str; 3] = [
    "spotify-token demo",
    "CLIENT_ID=... CLIENT_SECRET=... spotify-token json",
    "spotify-token header | curl -H @- https://api.spotify.com/v1/artists/ID",
];

/// What `spotify-token --help` prints: one screen of 80 columns and 24 lines, the prompt included.
pub fn overview(command: &Command) -> String {
    let about = command.get_about().expect("the command says what it does");
    let mut text = format!("{about}.\nUsage: spotify-token [VERB] [FLAGS]\n\n");
    text.push_str(&verbs(command));
    text.push_str("Flags, explained by VERB --help; most are also variables, as SPOTIFY_TIMEOUT_MS:\n");
    let usual = ["--help", "--version"].map(ToOwned::to_owned);
    let flags = command.get_arguments().map(usage_of).chain(usual);
    text.push_str(&wrapped("  ", &flags.collect::<Vec<_>>(), " ", WIDTH));
    let statuses = EXIT_STATUSES
        .iter()
        .map(|row| format!("{} {}", row.status, row.meaning));
    text.push_str(&wrapped("Exit: ", &statuses.collect::<Vec<_>>(), "; ", WIDTH));
    text.push_str("Examples:\n");
    for example in EXAMPLES {
        let _ = writeln!(text, "  {example}");
    }
    text
}

/// The verbs in two columns.
fn verbs(command: &Command) -> String {
    let entries: Vec<String> = command
        .get_subcommands()
        .map(|verb| {
            let about = verb.get_about().expect("every verb says what it does");
            format!("  {:<11} {about}", verb.get_name())
        })
        .collect();
    let (left, right) = entries.split_at(entries.len().div_ceil(2));
    let mut text = String::new();
    for (index, entry) in left.iter().enumerate() {
        let beside = right.get(index).map_or("", String::as_str);
        let line = format!("{entry:<width$}{beside}", width = WIDTH / 2);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// `--timeout-ms MS`.
pub fn usage_of(flag: &Arg) -> String {
    let name = flag.get_long().expect("every flag has a long name");
    match flag.get_value_names() {
        Some([value]) if flag.get_action().takes_values() => format!("--{name} {value}"),
        _ => format!("--{name}"),
    }
}
