//! Where a user's files are kept.

use crate::platform::Candidates;

/// What can be lost.
pub const CACHE: Candidates = [
    ("LOCALAPPDATA", r"spotify-token\cache"),
    ("USERPROFILE", r"AppData\Local\spotify-token\cache"),
];
/// What cannot.
pub(crate) const STATE: Candidates = [
    ("LOCALAPPDATA", r"spotify-token\logins"),
    ("USERPROFILE", r"AppData\Local\spotify-token\logins"),
];
