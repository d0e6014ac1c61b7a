//! Forms and queries: `application/x-www-form-urlencoded`, decoded.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Names and values, in order. What cannot be decoded is left out.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a body, or the query of a URL.
    pub(super) fn parse(form: &[u8]) -> Parameters {
        let form = std::str::from_utf8(form).unwrap_or_default();
        let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        Parameters(
            pairs
                .filter_map(|(name, value)| Some((decoded(name)?, decoded(value)?)))
                .collect(),
        )
    }

    /// Reads what is behind the question mark of a path.
    pub(super) fn of_query(path: &str) -> Parameters {
        let (_, query) = path.split_once('?').unwrap_or_default();
        Parameters::parse(query.as_bytes())
    }

    /// The first value of this name.
    pub(super) fn get(&self, wanted: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(name, _)| name == wanted);
        named.next().map(|(_, value)| value.as_str())
    }

    /// Returns the others as a query.
    pub(super) fn without(&self, names: &[&str]) -> String {
        let others = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        let pairs: Vec<String> = others
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        pairs.join("&")
    }

    /// Whether a name is there twice, which OAuth forbids (RFC 6749, section 3.1).
    pub(super) fn has_duplicates(&self) -> bool {
        let is_repeated =
            |(index, (name, _)): (usize, &(String, String))| self.0[..index].iter().any(|(other, _)| other == name);
        self.0.iter().enumerate().any(is_repeated)
    }
}

pub(super) fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(Cow::into_owned)
}

/// The characters that mean nothing else in a URL (RFC 3986, section 2.3) are left alone.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as a form or a query holds it.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}
