//! What was found, a line each: for people as it is found, for machines as JSON at the end.

use serde::Serialize;
use spotify_token::Error;

use super::advice;
use crate::exit::Failure;
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
    /// The mark, and the colour that it has on a terminal.
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
    next: Option<&'static str>,
}

impl Finding {
    pub fn good(check: &'static str, message: &str) -> Finding {
        Finding::new(check, Mark::Good, message, 0, None)
    }

    /// It works, and will not work well.
    pub fn warning(check: &'static str, message: &str, next: &'static str) -> Finding {
        Finding::new(check, Mark::Warning, message, 0, Some(next))
    }

    pub fn failed(check: &'static str, message: &str, status: u8, next: &'static str) -> Finding {
        Finding::new(check, Mark::Failed, message, status, Some(next))
    }

    /// There was no way to find out.
    pub fn skipped(check: &'static str, message: &str) -> Finding {
        Finding::new(check, Mark::Skipped, message, 0, None)
    }

    /// A failure of the library's, with its exit status.
    pub fn of_error(check: &'static str, error: &Error) -> Finding {
        let row = error.code().row();
        Finding::failed(check, error.message(), row.exit_status, advice::for_error(error.code()))
    }

    fn new(check: &'static str, mark: Mark, message: &str, status: u8, next: Option<&'static str>) -> Finding {
        Finding {
            check,
            mark,
            message: message.to_owned(),
            status,
            next,
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

    /// Takes a finding in; a person sees it at once.
    pub fn add(&mut self, finding: Finding) -> Result<(), Failure> {
        if !self.as_json {
            let (mark, colour) = finding.mark.shown();
            let (on, off) = if self.coloured { (colour, "\x1b[0m") } else { ("", "") };
            // A blank holds the mark's place, for colours have no width.
            let lines = self.lines(&format!("  {:<12} ", finding.check), &finding.message);
            output::answer(&format!("{on}{mark}{off}{}", &lines[1..]))?;
        }
        self.findings.push(finding);
        Ok(())
    }

    /// A text in lines that fit the terminal, or on one line for whoever reads it otherwise.
    fn lines(&self, start: &str, text: &str) -> String {
        match self.columns {
            None => format!("{start}{text}\n"),
            Some(columns) => {
                let words: Vec<String> = text.split(' ').map(ToOwned::to_owned).collect();
                wrapped(start, &words, " ", columns.saturating_sub(1))
            }
        }
    }

    /// Says what to do next. The first failure counts, for the others may follow from it; then the first warning.
    pub fn end(self) -> Result<(), Failure> {
        let first = |mark| self.findings.iter().find(|finding| finding.mark == mark);
        let worst = first(Mark::Failed).or_else(|| first(Mark::Warning));
        let next = worst.and_then(|finding| finding.next).unwrap_or(advice::ALL_IS_WELL);
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
        output::answer(&text)?;
        match exit_status {
            0 => Ok(()),
            status => Err(Failure::Reported(status)),
        }
    }
}
