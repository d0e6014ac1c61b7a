//! What to do about something, as it is done on this system.

/// About a directory that other users may write to.
pub(crate) const FORBID_WRITING: &str = "Remove that permission with chmod go-w";

/// About a file that other users may read or write.
macro_rules! forbid_reading {
    () => {
        "Remove that permission with chmod 600"
    };
}
pub(crate) use forbid_reading;

/// About a newline in a value.
pub(crate) const REMOVE_NEWLINE: &str = "Remove it (printf and echo -n write none)";

/// About a CA that is not known.
pub(crate) const TRUST: &str = "Behind a company proxy, set ca_file or SSL_CERT_FILE to its CA certificate; in a small image, install ca-certificates";

/// About a keyring that does not answer.
#[cfg(feature = "keyring")]
pub(crate) const START_KEYRING: &str =
    "Start a keyring in this session, such as gnome-keyring, or set the option \"logins\" to file";

/// What a path begins with that only a shell expands.
pub(crate) const EXPANDED_BY_SHELLS: &[char] = &['~', '$'];
/// About such a path.
pub(crate) const NOT_EXPANDED: &str = "a ~ or $ at its start is not expanded here";
