//! The overview that `--help` prints: one screen, made from the verbs, the flags and the table of exit statuses. The manual
//! page is the long form.

use std::fmt::Write;

use clap::{Arg, Command};
use spotify_token::unstable::EXIT_STATUSES;
use spotify_token::unstable::platform::shell::{CURL, WITH_CREDENTIALS};

use crate::wrap::{WIDTH, wrapped};

/// Stands below the flags of each verb.
pub const OF_A_VERB: &str = "Where credentials are found, and what the exit statuses mean: spotify-token man";

/// Three lines that work.
pub fn examples() -> [String; 3] {
    [
        "spotify-token demo".to_owned(),
        WITH_CREDENTIALS.to_owned(),
        format!("spotify-token header | {CURL} -H @- https://api.spotify.com/v1/artists/ID"),
    ]
}

/// Returns what `spotify-token --help` prints: one screen of 80 columns and 24 lines, the prompt included.
pub fn overview(command: &Command) -> String {
    let about = command.get_about().expect("the command says what it does");
    let mut text = format!("{about}. Usage: spotify-token [VERB] [FLAGS]\n");
    text.push_str(&verbs(command));
    text.push_str("Flags, see VERB --help; most are variables too, such as SPOTIFY_TIMEOUT_MS:\n");
    let flags = command.get_arguments().map(names_of).chain(["--help".to_owned()]);
    text.push_str(&wrapped("  ", flags, " ", WIDTH));
    let statuses = EXIT_STATUSES
        .iter()
        .map(|row| format!("{} {}", row.status, row.meaning));
    text.push_str(&wrapped("Exit: ", statuses, "; ", WIDTH));
    text.push_str("Examples:\n");
    for example in examples() {
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

/// Puts the description of a verb into lines that fit a terminal.
pub fn in_lines(verb: Command) -> Command {
    let text = verb.get_before_help().map(ToString::to_string).unwrap_or_default();
    let lines = wrapped("", text.split(' '), " ", WIDTH);
    verb.before_help(lines.trim_end().to_owned())
}

/// A flag without its value: `--timeout-ms`, or `-v/--verbose`.
fn names_of(flag: &Arg) -> String {
    let name = flag.get_long().expect("every flag has a long name");
    match flag.get_short() {
        Some(short) => format!("-{short}/--{name}"),
        None => format!("--{name}"),
    }
}

/// A flag with its value: `--timeout-ms MS`, or `-v, --verbose` with a comma between its two names.
pub fn usage_of(flag: &Arg, between: &str) -> String {
    let name = flag.get_long().expect("every flag has a long name");
    let short = flag.get_short().map(|short| format!("-{short}{between}"));
    let value = match flag.get_value_names() {
        Some([value]) if flag.get_action().takes_values() => format!(" {value}"),
        _ => String::new(),
    };
    format!("{}--{name}{value}", short.unwrap_or_default())
}
