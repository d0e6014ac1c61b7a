//! Paths as Windows takes them: UTF-16 with a NUL at the end.

use std::io;
use std::iter::once;
use std::os::windows::ffi::OsStrExt;
use std::path::{Component, Path, Prefix};

/// Returns the path in the form that may be longer than 260 characters.
pub(super) fn path(path: &Path) -> io::Result<Vec<u16>> {
    let absolute = std::path::absolute(path)?;
    let (start, skipped) = match absolute.components().next() {
        Some(Component::Prefix(prefix)) => match prefix.kind() {
            Prefix::Disk(_) => (r"\\?\", 0),
            // \\server\share becomes \\?\UNC\server\share.
            Prefix::UNC(..) => (r"\\?\UNC", 1),
            _ => ("", 0),
        },
        _ => ("", 0),
    };
    let rest = absolute.as_os_str().encode_wide().skip(skipped);
    Ok(start.encode_utf16().chain(rest).chain(once(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_absolute_path_may_be_long() {
        let of = |text: &str| {
            let wide = path(Path::new(text)).unwrap();
            String::from_utf16(wide.strip_suffix(&[0]).unwrap()).unwrap()
        };
        assert_eq!(of(r"C:\a\ü"), r"\\?\C:\a\ü");
        assert_eq!(of("C:/a/../b"), r"\\?\C:\b");
        assert_eq!(of(r"\\server\share\a"), r"\\?\UNC\server\share\a");
        assert_eq!(of(r"\\?\C:\a"), r"\\?\C:\a");
        assert!(of("a").starts_with(r"\\?\"));
    }
}
