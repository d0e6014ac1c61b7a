//! Makes text from a server fit to be shown: our secrets are masked in every form in which they were sent, and the text becomes one
//! short line.

use zeroize::Zeroizing;

use crate::display;
use crate::protocol::grant::AuthorizationGrant;

/// The maximum length of a server's text, in characters.
const LIMIT: usize = 500;
/// Replaces what is not shown.
pub(crate) const MASK: &str = "[hidden]";

/// Masks, cleans and truncates a text.
pub(crate) fn shown(text: &str, grant: &AuthorizationGrant) -> String {
    // Masked before it is cleaned: a secret may contain a character that cleaning removes.
    let mut shown = Zeroizing::new(text.to_owned());
    for hidden in grant.secrets() {
        shown = Zeroizing::new(shown.replace(hidden.as_str(), MASK));
    }
    display::shortened(&display::one_line(&shown), LIMIT)
}
