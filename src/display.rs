//! Makes foreign text fit to be shown: one line, short, without characters that control a terminal.

/// Puts a text on one line: characters that control a terminal become spaces, and spaces at the ends are removed.
pub fn one_line(text: &str) -> String {
    let steers = |c: char| c.is_control() || is_invisible(c);
    let cleaned: String = text.chars().map(|c| if steers(c) { ' ' } else { c }).collect();
    cleaned.trim().to_owned()
}

/// Returns whether a character shows nothing, or changes how others are shown: line separators, bidirectional controls,
/// joiners, byte order marks, tags.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Returns at most `limit` characters of the text, with an ellipsis where something was cut.
pub fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(one_line("\u{1b}[31mred\u{202e}\r\n"), "[31mred");
        assert_eq!(one_line("a\u{9b}31m\u{200b}\u{61c}\u{e0041}b\u{2066}"), "a 31m   b");
        assert_eq!(shortened("äöü", 2), "äö...");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
