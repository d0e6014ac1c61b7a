//! Text from a server, made fit to be shown: on one line, our own secret masked in every form we sent it, and short.

use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::request::{basic, form_encoded};
use crate::text;

/// The most that is shown of a server's text, in characters.
const LIMIT: usize = 500;
const MASK: &str = "[hidden]";

/// The text, cleaned, masked and cut.
pub(super) fn shown(text: &str, credentials: &Credentials) -> String {
    let secret = &credentials.client_secret;
    let encoded = form_encoded(secret);
    let header = basic(credentials);
    let sent = header.expose().trim_start_matches("Basic ");
    let mut shown = Zeroizing::new(text::one_line(text));
    for hidden in [sent, encoded.as_str(), secret.expose()] {
        *shown = shown.replace(hidden, MASK);
    }
    text::shortened(&shown, LIMIT)
}
