//! Tables of figures as Markdown: one row for each name, with its measurements. Goals are kept beside the table, because
//! docs/performance.md shows figures only.

use std::fmt::Write;

/// A table.
pub struct Table {
    /// The headings of the columns. The first is that of the names.
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    goals: String,
}

impl Table {
    /// An empty table with these headings.
    pub fn new(head: &[&str]) -> Table {
        Table {
            head: head.iter().map(|text| (*text).to_owned()).collect(),
            rows: Vec::new(),
            goals: String::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        let row: Vec<String> = std::iter::once(name.to_owned()).chain(cells).collect();
        assert_eq!(row.len(), self.head.len(), "{name}");
        self.rows.push(row);
    }

    /// Notes what a figure should be at most.
    pub fn goal(&mut self, name: &str, value: f64, goal: f64) {
        let result = if value <= goal { "met" } else { "MISSED" };
        let _ = writeln!(self.goals, "goal {result}: {name}: {}, at most {goal}", short(value));
    }

    /// The goals and whether they are met, one a line.
    pub fn goals(&self) -> &str {
        &self.goals
    }

    /// Returns the table in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("| {} |\n|{}\n", self.head.join(" | "), "---|".repeat(self.head.len()));
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        text
    }
}

/// Formats a ratio or another small number with few digits.
pub fn short(value: f64) -> String {
    match value {
        v if v < 0.1 => format!("{v:.3}"),
        v if v < 10.0 => format!("{v:.2}"),
        v => format!("{v:.1}"),
    }
}

/// Formats a whole number in groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns the median.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
