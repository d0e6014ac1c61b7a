//! What was found, one line each: printed at once for people, or at the end as JSON.

use serde::Serialize;
use spotify_token::Error;
use spotify_token::unstable::{self, one_line};

use super::advice;
use crate::exit::Exit;
use crate::output;
use crate::terminal::{columns, has_colours};
use crate::wrap::wrapped;

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Good,
    Warning,
    Failed,
    Skipped,
}

impl Mark {
    /// Returns the mark, and its colour on a terminal.
    fn shown(self) -> (&'static str, &'static str) {
        match self {
            Mark::Good => ("✓", "\x1b[32m"),
            Mark::Warning => ("!", "\x1b[33m"),
            Mark::Failed => ("✗", "\x1b[31m"),
            Mark::Skipped => ("-", "\x1b[2m"),
        }
    }
}

/// One line of the report.
#[derive(Serialize)]
pub struct Finding {
    check: &'static str,
    mark: Mark,
    message: String,
    #[serde(skip)]
    status: u8,
    #[serde(skip)]
    next: Option<String>,
}

impl Finding {
    pub fn good(check: &'static str, message: &str) -> Finding {
        Finding::new(check, Mark::Good, message, 0, None)
    }

    /// It works, but not well.
    pub fn warning(check: &'static str, message: &str, next: &str) -> Finding {
        Finding::new(check, Mark::Warning, message, 0, Some(next))
    }

    pub fn failed(check: &'static str, message: &str, status: u8, next: &str) -> Finding {
        Finding::new(check, Mark::Failed, message, status, Some(next))
    }

    /// It could not be checked.
    pub fn skipped(check: &'static str, message: &str) -> Finding {
        Finding::new(check, Mark::Skipped, message, 0, None)
    }

    /// An error of the library, with its own advice and exit status.
    pub fn from_error(check: &'static str, error: &Error) -> Finding {
        let next = match error.advice() {
            "" => advice::SEE_ABOVE,
            advice => advice,
        };
        Finding::failed(check, &error.to_string(), unstable::row(error.kind()).exit_status, next)
    }

    fn new(check: &'static str, mark: Mark, message: &str, status: u8, next: Option<&str>) -> Finding {
        Finding {
            check,
            mark,
            // A path or a variable may have anything in it.
            message: one_line(message),
            status,
            next: next.map(ToOwned::to_owned),
        }
    }
}

/// Everything that was found.
pub struct Report {
    findings: Vec<Finding>,
    as_json: bool,
    coloured: bool,
    /// How wide the terminal is, if it is one.
    columns: Option<usize>,
}

#[derive(Serialize)]
struct Json<'r> {
    checks: &'r [Finding],
    next: &'r str,
    exit_status: u8,
}

impl Report {
    pub fn new(as_json: bool) -> Report {
        Report {
            findings: Vec::new(),
            as_json,
            coloured: has_colours(&std::io::stdout()),
            columns: columns(),
        }
    }

    /// Adds a finding, and prints it unless the report is JSON.
    pub fn add(&mut self, finding: Finding) -> Result<(), Exit> {
        if !self.as_json {
            let (mark, colour) = finding.mark.shown();
            let (on, off) = if self.coloured { (colour, "\x1b[0m") } else { ("", "") };
            // A space stands for the mark: its colour has no width.
            let lines = self.lines(&format!("  {:<12} ", finding.check), &finding.message);
            output::write(&format!("{on}{mark}{off}{}", &lines[1..]))?;
        }
        self.findings.push(finding);
        Ok(())
    }

    /// Returns a text in lines that fit the terminal; on one line where there is no terminal.
    fn lines(&self, start: &str, text: &str) -> String {
        match self.columns {
            None => format!("{start}{text}\n"),
            Some(columns) => wrapped(start, text.split(' '), " ", columns.saturating_sub(1)),
        }
    }

    /// Prints what to do next: about the first failure, because others may follow from it, otherwise about the first warning, otherwise
    /// what to do where nothing is wrong.
    pub fn end(self, no_problem: &str) -> Result<(), Exit> {
        let first = |mark| self.findings.iter().find(|finding| finding.mark == mark);
        let worst = first(Mark::Failed).or_else(|| first(Mark::Warning));
        let next = worst.and_then(|finding| finding.next.as_deref());
        let next = next.unwrap_or(no_problem);
        let exit_status = worst.map_or(0, |finding| finding.status);
        let text = if self.as_json {
            let json = Json {
                checks: &self.findings,
                next,
                exit_status,
            };
            serde_json::to_string(&json).expect("texts and numbers are JSON") + "\n"
        } else {
            self.lines("Next: ", next)
        };
        output::write(&text)?;
        match exit_status {
            0 => Ok(()),
            status => Err(Exit::Reported(status)),
        }
    }
}
