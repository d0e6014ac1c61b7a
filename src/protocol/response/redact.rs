//! Makes text from a server fit to be shown: our secret is masked in every form in which it was sent, and the text becomes one
//! short line.

use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::display;
use crate::protocol::request::{basic, form_encoded};

/// The maximum length of a server's text, in characters.
const LIMIT: usize = 500;
/// Replaces what is not shown.
pub(super) const MASK: &str = "[hidden]";

/// Masks, cleans and truncates a text.
pub(crate) fn shown(text: &str, credentials: &Credentials) -> String {
    let secret = &credentials.client_secret;
    let encoded = form_encoded(secret);
    let header = basic(credentials);
    let sent = header.expose().trim_start_matches("Basic ");
    // Masked before it is cleaned: a secret may contain a character that cleaning removes.
    let mut shown = Zeroizing::new(text.to_owned());
    for hidden in [sent, encoded.as_str(), secret.expose()] {
        shown = Zeroizing::new(shown.replace(hidden, MASK));
    }
    display::shortened(&display::one_line(&shown), LIMIT)
}
