//! Reading one credential from a file of its own: the whole content, less one line end.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Code, Error};
use crate::secret::Secret;

/// No credential is longer; a larger file is the wrong file.
const LIMIT: usize = 64 * 1024;
/// For a file that some editor saved.
pub(super) const NOT_TEXT: &str = "it is not UTF-8 text. Save it as UTF-8";

/// The credential in the file that `named_by` names.
pub(super) fn read(path: &Path, named_by: &str) -> Result<Secret, Error> {
    let bytes = read_bytes(path).map_err(|fault| unreadable(path, named_by, &fault))?;
    credential_in(&bytes).map_err(|fault| unreadable(path, named_by, fault))
}

/// The credential that a reader brings: the whole content, less one line end. Reads 64 KiB at most.
///
/// # Errors
/// What is wrong with the content, in words that show nothing of it.
pub fn read_from(reader: impl Read) -> Result<Secret, String> {
    Ok(credential_in(&bounded(reader)?)?)
}

fn credential_in(content: &[u8]) -> Result<Secret, &'static str> {
    let text = std::str::from_utf8(content).map_err(|_| NOT_TEXT)?;
    Ok(Secret::new(without_line_end(text)))
}

/// The content of a small file, or what is wrong with it. The buffer never grows, so no copy is left behind.
pub(super) fn read_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    bounded(File::open(path).map_err(|error| unopened(&error))?)
}

fn bounded(reader: impl Read) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut content = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    reader
        .take(LIMIT as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|error| unopened(&error))?;
    if content.len() > LIMIT {
        return Err("it is larger than 64 KiB, so it is another file. Correct the path".to_owned());
    }
    Ok(content)
}

fn unopened(error: &std::io::Error) -> String {
    format!("{error}. Correct the path, or make the file readable")
}

/// What is wrong, as an error. The fault ends with what to do about it.
pub(super) fn unreadable(path: &Path, named_by: &str, fault: &str) -> Error {
    Error::new(
        Code::File,
        format!("cannot read {}, which {named_by} names: {fault}", path.display()),
    )
}

fn without_line_end(text: &str) -> &str {
    text.strip_suffix('\n')
        .map_or(text, |text| text.strip_suffix('\r').unwrap_or(text))
}
