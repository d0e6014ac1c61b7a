//! `Text`: an immutable string that any language can borrow (it ends in a NUL) and that is wiped when it is
//! dropped; and the cleaning of text that came from elsewhere before a person sees it.

use std::ffi::{CStr, CString};
use std::fmt;

use zeroize::Zeroize;

const INSTEAD_OF_NUL: u8 = 1;

/// An immutable, NUL-terminated UTF-8 string that is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(CString);

impl Text {
    /// A copy of `text`. A NUL, which C would take for the end, becomes another control character, so that whoever
    /// refuses control characters still sees one.
    pub fn new(text: &str) -> Text {
        Text::join(&[text])
    }

    /// The parts one after the other, in one allocation that never grows: no copy is left behind.
    pub fn join(parts: &[&str]) -> Text {
        let length = parts.iter().map(|part| part.len()).sum::<usize>() + 1;
        let mut bytes = Vec::with_capacity(length);
        for part in parts {
            bytes.extend(part.bytes().map(|byte| if byte == 0 { INSTEAD_OF_NUL } else { byte }));
        }
        bytes.push(0);
        Text(CString::from_vec_with_nul(bytes).expect("one NUL, at the end"))
    }

    /// The text without its NUL.
    pub fn as_str(&self) -> &str {
        self.as_c_str().to_str().expect("built from UTF-8")
    }

    /// The text with its NUL.
    pub fn as_c_str(&self) -> &CStr {
        &self.0
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A text that nobody may see: `Debug` shows nothing of it, not even its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Text);

impl Secret {
    /// A copy of `text`.
    pub fn new(text: &str) -> Secret {
        Secret(Text::new(text))
    }

    /// The parts one after the other.
    pub fn join(parts: &[&str]) -> Secret {
        Secret(Text::join(parts))
    }

    /// What must not be shown.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// What must not be shown, with its NUL.
    pub fn expose_c_str(&self) -> &CStr {
        self.0.as_c_str()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// The text on one line: control characters, line separators and bidirectional overrides become blanks, and
/// blanks at the ends go.
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
    fn a_text_reads_the_same_in_rust_and_in_c() {
        let text = Text::join(&["Bearer ", "BQ\0abc"]);
        assert_eq!(text.as_str(), "Bearer BQ\u{1}abc");
        assert_eq!(text.as_c_str().to_bytes_with_nul(), b"Bearer BQ\x01abc\0");
        assert_eq!(Text::new("").as_c_str().to_bytes_with_nul(), b"\0");
    }

    #[test]
    fn a_secret_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "[hidden]");
    }

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(one_line("\u{1b}[31mred\u{202e}\r\n"), "[31mred");
        assert_eq!(shortened("äöü", 2), "äö...");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
