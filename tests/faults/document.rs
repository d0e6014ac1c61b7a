//! `docs/faults.md`: the matrix for people, one table a stage, with every message as it is said.

use std::fmt::Write;

use super::row::Row;
use super::run::Shown;

const OPENING: &str = "\
# Faults

What can go wrong between a program and its token, stage by stage, and what is said about it. If you met a message, look it up here: the row
says what causes it, and the message itself ends with what to do. If you run a service, read what a fault costs: which code and exit
status it gives, how many requests it makes, and when the call is over. Each row is run by `cargo test --test faults`, in the
library and in the command, against real sockets, certificates, name servers and proxies; both have to say the same. That test also
writes this file.

- *code* is the constant without `SPOTIFY_ERROR_`; `OK` is a fault that is survived: the caller gets a token. *exit* is the command's status.
- *requests* are those that the token server saw, with the default of three retries; *+n* are those that a proxy saw.
- *over*: *at once* is as fast as both sides are; *after the waits* is up to 1.75 s later (0.25, 0.5 and 1 s, shortened at random); an option's
  name means its time.
- *what is said* is the error's message, whole. With `OK` it is a warning, which goes to the logger of the library. PORT, PATH and HASH stand
  for what differs from run to run.

Three codes are not here, for only a program that calls the library can meet them: `NOT_CACHED`, `BUFFER_TOO_SMALL` and `INTERNAL`.
";

/// The whole file. Where a row was not run for want of a tool, `before` has what is said.
pub fn render(stages: &[(&str, &str, Vec<Row>)], shown: &[Shown], before: &str) -> String {
    let mut text = OPENING.to_owned();
    let mut shown = shown.iter();
    for (title, about, rows) in stages {
        let _ = write!(text, "\n## {title}\n\n{about}\n\n");
        text += "| fault | code | exit | requests | over | what is said |\n|---|---|---|---|---|---|\n";
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
    let code = row.code();
    let name = code.row().name();
    let name = name
        .strip_prefix("SPOTIFY_ERROR_")
        .or(name.strip_prefix("SPOTIFY_"))
        .unwrap_or(name);
    let proxied = if row.proxied > 0 {
        format!(" +{}", row.proxied)
    } else {
        String::new()
    };
    let exit = code.row().exit_status;
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
