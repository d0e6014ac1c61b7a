//! The syntax of a dotenv file: `NAME=value` lines, read as a shell reads them where a shell would read them at all. Quotes,
//! backslashes, comments, `$NAME` and `${NAME}` mean what they mean there (POSIX.1-2024, 2.2 and 2.6.2). Spaces around `=`
//! and names with a dot or a dash are taken as well, as other dotenv readers do. No command is run.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::config::Environment;
use crate::secret::Secret;

/// The most bytes that the values of one file may have together, so that variables cannot multiply each other without end.
const BUDGET: usize = 1024 * 1024;

/// A line of a dotenv file that is neither empty nor a comment. A quoted value can make it span several lines of text.
pub(super) struct Line<'t> {
    /// The number of its first line, from 1.
    pub(super) number: usize,
    /// The text, as it is in the file.
    pub(super) text: &'t str,
    /// The name and the value, if the line is an assignment.
    pub(super) assignment: Option<(&'t str, Result<Secret, Fault>)>,
}

/// Why the value of an assignment cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quote is opened and not closed.
    OpenQuote,
    /// Something follows a space after the value.
    Space,
    /// `$NAME` of a variable that is not set.
    Unset,
    /// `$NAME` of a variable whose own line, this one, has a fault.
    Unusable(usize),
    /// `$(...)` or backquotes.
    Command,
    /// Another use of `$`, such as `$1` or `${NAME:-value}`.
    Unsupported,
    /// The values of the file are too long.
    TooLong,
}

/// Reads the content of a dotenv file. Variables come from earlier lines, then from the environment.
pub(super) fn parse<'t>(text: &'t str, environment: &Environment) -> Vec<Line<'t>> {
    let mut parser = Parser {
        rest: text,
        number: 1,
        lines: Vec::new(),
        variables: HashMap::new(),
        environment,
        budget: BUDGET,
    };
    while !parser.rest.is_empty() {
        parser.line();
    }
    parser.lines
}

struct Parser<'t, 'e> {
    /// What has not been read yet.
    rest: &'t str,
    /// The number of the line that it begins in.
    number: usize,
    lines: Vec<Line<'t>>,
    /// Where in `lines` each variable was assigned last.
    variables: HashMap<&'t str, usize>,
    environment: &'e Environment,
    budget: usize,
}

impl<'t> Parser<'t, '_> {
    fn line(&mut self) {
        self.skip_blanks();
        let (number, start) = (self.number, self.rest);
        if !self.is_at_end_of_line() && !start.starts_with('#') {
            let name = self.name();
            let assignment = name.map(|name| (name, self.value()));
            self.skip_line();
            let text = start[..start.len() - self.rest.len()].trim_end();
            if let Some(name) = name {
                self.variables.insert(name, self.lines.len());
            }
            self.lines.push(Line {
                number,
                text,
                assignment,
            });
        } else {
            self.skip_line();
        }
        self.next();
    }

    /// Takes the name of an assignment, and `=`.
    fn name(&mut self) -> Option<&'t str> {
        if let Some(name) = self
            .rest
            .strip_prefix("export")
            .filter(|rest| rest.starts_with([' ', '\t']))
        {
            self.rest = name;
            self.skip_blanks();
        }
        let start = self.rest;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        self.skip_blanks();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !is_name || !self.take("=") {
            self.rest = start;
            return None;
        }
        // A `#` is a comment behind a space alone.
        let before = self.rest;
        self.skip_blanks();
        if self.rest.starts_with('#') {
            self.rest = before;
        }
        Some(name)
    }

    /// Takes a value and what may follow it.
    fn value(&mut self) -> Result<Secret, Fault> {
        let mut value = Value::with_capacity(self.rest.find('\n').unwrap_or(self.rest.len()));
        while let Some(c) = self.rest.chars().next() {
            match c {
                _ if self.is_at_end_of_line() => break,
                ' ' | '\t' => break,
                '\'' => self.single_quoted(&mut value)?,
                '"' => self.double_quoted(&mut value)?,
                '\\' => {
                    self.next();
                    let escaped = if self.is_at_end_of_line() { None } else { self.next() };
                    value.push(escaped.unwrap_or("\\"));
                }
                _ => self.unquoted(&mut value)?,
            }
        }
        self.skip_blanks();
        if !self.is_at_end_of_line() && !self.rest.starts_with('#') {
            return Err(Fault::Space);
        }
        self.budget = self.budget.checked_sub(value.text().len()).ok_or(Fault::TooLong)?;
        Ok(Secret::new(value.text()))
    }

    fn single_quoted(&mut self, value: &mut Value) -> Result<(), Fault> {
        self.next();
        value.push(self.take_while(|c| c != '\''));
        self.next().map(|_| ()).ok_or(Fault::OpenQuote)
    }

    fn double_quoted(&mut self, value: &mut Value) -> Result<(), Fault> {
        self.next();
        // The whole text is taken before a fault in it counts, so that the next line is read from its start.
        let mut fault = Ok(());
        loop {
            match self.rest.chars().next().ok_or(Fault::OpenQuote)? {
                '"' => break,
                '\\' => {
                    self.next();
                    // A backslash before any other character stands for itself.
                    if self.take("\n") || self.take("\r\n") {
                        self.number += 1;
                    } else if self.rest.starts_with(['"', '\\', '$', '`']) {
                        value.push(self.next().unwrap_or_default());
                    } else {
                        value.push("\\");
                    }
                }
                _ => fault = fault.and(self.unquoted(value)),
            }
        }
        self.next();
        fault
    }

    /// Takes a character that is not quoted by itself, or a variable.
    fn unquoted(&mut self, value: &mut Value) -> Result<(), Fault> {
        let c = self.next().unwrap_or_default();
        if c == "`" {
            return Err(Fault::Command);
        }
        if c != "$" {
            value.push(c);
            return Ok(());
        }
        let name = match self.rest.chars().next() {
            Some('(') => return Err(Fault::Command),
            Some('{') => self.rest[1..].split('}').next().filter(|name| is_variable(name)),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
                return value.push_variable(self.variable(name)?);
            }
            Some(c) if c.is_ascii_digit() || "@*#?-$!".contains(c) => None,
            _ => {
                value.push("$");
                return Ok(());
            }
        };
        let name = name.ok_or(Fault::Unsupported)?;
        self.rest = self.rest[1 + name.len()..]
            .strip_prefix('}')
            .ok_or(Fault::Unsupported)?;
        value.push_variable(self.variable(name)?)
    }

    /// The value of a variable: that of the last line before this one, otherwise that of the environment.
    fn variable(&self, name: &str) -> Result<&str, Fault> {
        let line = self.variables.get(name).map(|at| &self.lines[*at]);
        match line.and_then(|line| Some((line.number, &line.assignment.as_ref()?.1))) {
            Some((_, Ok(value))) => Ok(value.expose()),
            Some((number, Err(_))) => Err(Fault::Unusable(number)),
            None => {
                let value = self.environment.raw(name).and_then(|value| value.to_str());
                value.ok_or(Fault::Unset)
            }
        }
    }

    fn is_at_end_of_line(&self) -> bool {
        let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        rest.is_empty() || rest.starts_with('\n')
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Skips to the newline.
    fn skip_line(&mut self) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    fn take(&mut self, expected: &str) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.number += taken.matches('\n').count();
        taken
    }

    fn next(&mut self) -> Option<&'t str> {
        let c = self.rest.chars().next()?;
        let (taken, rest) = self.rest.split_at(c.len_utf8());
        self.rest = rest;
        self.number += usize::from(c == '\n');
        Some(taken)
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A value that grows, and leaves no copy behind when it does.
struct Value(Zeroizing<String>);

impl Value {
    fn with_capacity(capacity: usize) -> Value {
        Value(Zeroizing::new(String::with_capacity(capacity)))
    }

    fn text(&self) -> &str {
        &self.0
    }

    fn push(&mut self, text: &str) {
        let length = self.0.len() + text.len();
        if length > self.0.capacity() {
            let mut larger = Value::with_capacity(length * 2);
            larger.0.push_str(&self.0);
            *self = larger;
        }
        self.0.push_str(text);
    }

    fn push_variable(&mut self, value: &str) -> Result<(), Fault> {
        if self.0.len() + value.len() > BUDGET {
            return Err(Fault::TooLong);
        }
        self.push(value);
        Ok(())
    }
}
