//! Immutable strings that C can borrow, because they end with a NUL, and that are wiped when they are dropped.

use std::ffi::{CStr, CString};
use std::fmt;

use zeroize::Zeroize;

const INSTEAD_OF_NUL: u8 = 1;

/// An immutable, NUL-terminated UTF-8 string that is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct CText(CString);

impl CText {
    /// Copies `text`. A NUL, which would end the string in C, becomes another control character, so that a check for control
    /// characters still finds one.
    pub fn new(text: &str) -> CText {
        CText::join(&[text])
    }

    /// Joins the parts in one allocation that never grows, so that no copy stays behind.
    pub fn join(parts: &[&str]) -> CText {
        let length = parts.iter().map(|part| part.len()).sum::<usize>() + 1;
        let mut bytes = Vec::with_capacity(length);
        for part in parts {
            bytes.extend(part.bytes().map(|byte| if byte == 0 { INSTEAD_OF_NUL } else { byte }));
        }
        bytes.push(0);
        CText(CString::from_vec_with_nul(bytes).expect("one NUL, at the end"))
    }

    /// Returns the text without its NUL.
    pub fn as_str(&self) -> &str {
        self.as_c_str().to_str().expect("built from UTF-8")
    }

    /// Returns the text with its NUL.
    pub fn as_c_str(&self) -> &CStr {
        &self.0
    }
}

impl Drop for CText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for CText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A text that must not be shown: `Debug` shows no part of it, not even its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(CText);

impl Secret {
    /// Copies `text`.
    pub fn new(text: &str) -> Secret {
        Secret(CText::new(text))
    }

    /// Joins the parts.
    pub fn join(parts: &[&str]) -> Secret {
        Secret(CText::join(parts))
    }

    /// Returns the text.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the text with its NUL.
    pub fn expose_c_str(&self) -> &CStr {
        self.0.as_c_str()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_the_same_in_rust_and_in_c() {
        let text = CText::join(&["Bearer ", "BQ\0abc"]);
        assert_eq!(text.as_str(), "Bearer BQ\u{1}abc");
        assert_eq!(text.as_c_str().to_bytes_with_nul(), b"Bearer BQ\x01abc\0");
        assert_eq!(CText::new("").as_c_str().to_bytes_with_nul(), b"\0");
    }

    #[test]
    fn a_secret_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "[hidden]");
    }
}
