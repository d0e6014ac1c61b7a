//! Text from elsewhere, made fit to be shown: on one line, without control characters, and short.

/// The text on one line: control characters, line separators and bidirectional overrides become spaces, and
/// spaces at the ends are removed.
pub fn one_line(text: &str) -> String {
    let blank = |c: char| {
        let steers = matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || steers { ' ' } else { c }
    };
    let cleaned: String = text.chars().map(blank).collect();
    cleaned.trim().to_owned()
}

/// At most `limit` characters of the text, with an ellipsis where something was cut.
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
        assert_eq!(shortened("äöü", 2), "äö...");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
