//! docs/sdks.md: its table is what is measured, and its lines run.

use crate::support::markdown::document;

const DOCUMENT: &str = "docs/sdks.md";

/// Checks that the table has a row.
pub fn has_row(row: &str) {
    let text = document(DOCUMENT);
    assert!(text.lines().any(|line| line == row), "{DOCUMENT} lacks the row\n{row}");
}

/// Returns the lines to paste below the heading of this name: its first block of code.
pub fn lines_below(heading: &str) -> String {
    let text = document(DOCUMENT);
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).expect(heading);
    let (_, block) = section.split_once("\n```").expect(heading);
    let (_language, block) = block.split_once('\n').unwrap();
    block.split("```").next().unwrap().to_owned()
}
