//! The encodings that a file of credentials may have.

use zeroize::Zeroizing;

/// What a unit of UTF-16 becomes at most, in bytes of UTF-8.
const MAX_BYTES: usize = 3;

/// Returns the text in a file's content: UTF-8, or UTF-16 with a byte order mark, as `>` writes it in Windows PowerShell. `None` where it
/// is neither.
pub(super) fn decode(content: &[u8]) -> Option<Zeroizing<String>> {
    match content {
        [0xff, 0xfe, units @ ..] => decode_utf_16(units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => decode_utf_16(units, u16::from_be_bytes),
        _ => Some(Zeroizing::new(std::str::from_utf8(content).ok()?.to_owned())),
    }
}

fn decode_utf_16(content: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Zeroizing<String>> {
    let (pairs, rest) = content.as_chunks();
    if !rest.is_empty() {
        return None;
    }
    // It never grows, so no copy is left behind.
    let mut text = Zeroizing::new(String::with_capacity(pairs.len() * MAX_BYTES));
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(character.ok()?);
    }
    Some(text)
}
