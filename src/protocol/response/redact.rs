//! Text from a server, made fit to be shown: our own secret masked in every form we sent it, on one line, and short.

use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::display;
use crate::protocol::request::{basic, form_encoded};

/// The most that is shown of a server's text, in characters.
const LIMIT: usize = 500;
/// Stands for what is not shown.
pub(super) const MASK: &str = "[hidden]";

/// The text, masked, cleaned and cut.
pub(crate) fn shown(text: &str, credentials: &Credentials) -> String {
    let secret = &credentials.client_secret;
    let encoded = form_encoded(secret);
    let header = basic(credentials);
    let sent = header.expose().trim_start_matches("Basic ");
    // Masked before it is cleaned: a secret may hold a character that cleaning takes away.
    let mut shown = Zeroizing::new(text.to_owned());
    for hidden in [sent, encoded.as_str(), secret.expose()] {
        shown = Zeroizing::new(shown.replace(hidden, MASK));
    }
    display::shortened(&display::one_line(&shown), LIMIT)
}
