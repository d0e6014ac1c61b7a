//! What to do about something, as it is done on this system.

/// About a file that other users may read or write.
macro_rules! forbid_reading {
    () => {
        "Remove that permission in its properties, or with icacls"
    };
}
pub(crate) use forbid_reading;

/// About a directory that other users may write to.
pub(crate) const FORBID_WRITING: &str = forbid_reading!();

/// About a newline in a value.
pub(crate) const REMOVE_NEWLINE: &str = "Remove it (Set-Content -NoNewline writes none)";

/// About a CA that is not known.
pub(crate) const TRUST: &str = "Behind a company proxy, set ca_file or SSL_CERT_FILE to its CA certificate, or add that to the certificates of Windows";

/// About a keyring that does not answer.
#[cfg(feature = "keyring")]
pub(crate) const START_KEYRING: &str = "Start the service Credential Manager, or set the option \"logins\" to file";

/// What a path begins with that only a shell expands.
pub(crate) const EXPANDED_BY_SHELLS: &[char] = &['~', '$', '%'];
/// About such a path.
pub(crate) const NOT_EXPANDED: &str = "a ~, $ or % at its start is not expanded here";
