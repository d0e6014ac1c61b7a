//! The licenses of what is compiled in, which the packages pass on.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::environment::below;
use crate::installed::Installed;
use crate::support::installed::run;

impl Installed {
    /// Each file that has a library in it has the licenses of all that is compiled in.
    pub fn passes_the_licenses_on(&self) {
        for entry in fs::read_dir(self.files.path()).unwrap() {
            let file = entry.unwrap().path();
            let Some(folder) = unpacked(&file) else { continue };
            let contents = below(folder.path());
            let named = |part: &str| contents.iter().find(|path| path.to_str().unwrap().contains(part));
            if named(".so").is_none() {
                continue;
            }
            let licenses = named("/THIRD-PARTY-LICENSES").unwrap_or_else(|| panic!("{}", file.display()));
            let licenses = fs::read_to_string(licenses).unwrap();
            assert!(licenses.contains("\nrustls "), "{}", file.display());
            assert!(
                licenses.contains("Permission to use, copy, modify, and"),
                "{}",
                file.display()
            );
        }
    }
}

/// Unpacks a package. `None` for a file that is no archive.
fn unpacked(file: &Path) -> Option<tempfile::TempDir> {
    let line = match file.extension()?.to_str()? {
        "whl" | "jar" | "nupkg" | "rock" | "zip" => "unzip -q \"$FILE\"",
        "gz" | "tgz" => "tar xzf \"$FILE\"",
        "gem" => "tar xOf \"$FILE\" data.tar.gz | tar xz",
        _ => return None,
    };
    let folder = tempfile::tempdir().unwrap();
    run(Command::new("sh")
        .args(["-euc", line])
        .env("FILE", file)
        .current_dir(folder.path()));
    Some(folder)
}
