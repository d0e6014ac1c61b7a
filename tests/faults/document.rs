//! `docs/faults.md`: the matrix for people, one table a stage, with every message as it is said.

use std::fmt::Write;

use super::row::Row;
use super::run::Shown;

const OPENING: &str = "\
# Error reference

Everything that can go wrong between a program and its token, by stage, with the error message. To look up a message, search this page:
the row names the cause, and the message ends with what to do. For a service, the row shows the cost: the error code, the exit status,
the number of requests and the duration of the call. `cargo test --test faults` runs each row, in the library and in the command, against
real sockets, certificates, name servers and proxies; both must report the same. The test also writes this page.

- *code*: the constant without `SPOTIFY_ERROR_`. `OK`: the call succeeds despite the error. *exit*: the exit status of the command.
- *requests*: requests that the token server received, with the default of three retries. *+n*: requests that a proxy received.
- *duration*: *immediate* means without waiting. *after the retries* means up to 1.75 s later: waits of 0.25, 0.5 and 1 s, each shortened
  at random. The name of an option means its time.
- *message*: the whole error message. With `OK` it is a warning, which goes to the logger of the library. PORT, PATH and HASH stand for
  values that differ.

Three codes are not on this page, because only a program that calls the library can get them: `NOT_CACHED`, `BUFFER_TOO_SMALL` and
`INTERNAL`.
";

/// The whole file. Where a row was not run, `before` has what is said.
pub fn render(stages: &[(&str, &str, Vec<Row>)], shown: &[Shown], before: &str) -> String {
    let mut text = OPENING.to_owned();
    let mut shown = shown.iter();
    for (title, about, rows) in stages {
        let _ = write!(text, "\n## {title}\n\n{about}\n\n");
        text += "| cause | code | exit | requests | duration | message |\n|---|---|---|---|---|---|\n";
        for row in rows {
            let given = shown.next().expect("each row was run");
            text += &match &given.message {
                Some(message) => line(row, message),
                None => known(row, before),
            };
        }
    }
    text
}

fn line(row: &Row, message: &str) -> String {
    let error = row.error();
    let name = error.name();
    let name = name
        .strip_prefix("SPOTIFY_ERROR_")
        .or(name.strip_prefix("SPOTIFY_"))
        .unwrap_or(name);
    let proxied = if row.proxied > 0 {
        format!(" +{}", row.proxied)
    } else {
        String::new()
    };
    let exit = error.exit_status;
    format!(
        "{}{name} | {exit} | {}{proxied} | {} | {} |\n",
        start(row),
        row.requests,
        row.ends.in_words(),
        message.replace('|', "\\|").replace('<', "&lt;")
    )
}

fn start(row: &Row) -> String {
    format!("| {} | ", row.fault.replace('|', "\\|").replace('<', "&lt;"))
}

fn known(row: &Row, before: &str) -> String {
    let start = start(row);
    let line = before.lines().find(|line| line.starts_with(&start));
    line.map(|line| format!("{line}\n")).unwrap_or_default()
}
