//! The login of a user as data: the authorization request (RFC 6749, section 4.1.1) with PKCE (RFC 7636), and what comes back
//! (RFC 6749, section 4.1.2). No I/O.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::config::RedirectUri;
use crate::config::endpoint::Endpoint;
use crate::display;
use crate::error::{Error, ErrorKind};
use crate::protocol::grant::form_encoded;
use crate::protocol::response::redact;
use crate::random;
use crate::secret::Secret;

/// Random bytes of the code verifier: 64 characters of base64url (RFC 7636, section 4.1, allows 43 to 128).
const VERIFIER_BYTES: usize = 48;
/// Random bytes of the state.
const STATE_BYTES: usize = 24;
/// The longest text of the server that is shown, in characters.
const LONGEST_TEXT: usize = 200;
/// The longest code that is taken.
const LONGEST_CODE: usize = 8 * 1024;

/// One authorization request. State and verifier are used for one login.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    /// Comes back with the code, so that nobody can pass us the code of another login (RFC 6749, section 10.12).
    state: Secret,
    /// Proves at the token endpoint that we made this request.
    verifier: Secret,
    redirect_uri: RedirectUri,
    url: Secret,
}

/// Why an address brings no code.
#[derive(Debug)]
pub(crate) enum Rejected {
    /// It does not belong to this login, which goes on waiting.
    NotOurs(Error),
    /// The server or the user refused. The login has ended.
    Refused(Error),
}

impl AuthorizationRequest {
    /// Makes a request.
    ///
    /// # Errors
    /// `Internal` when the system has no random numbers.
    pub(crate) fn new(
        authorize_url: &Endpoint,
        client_id: &Secret,
        redirect_uri: RedirectUri,
        scope: &str,
    ) -> Result<AuthorizationRequest, Error> {
        let verifier = random_text::<VERIFIER_BYTES>()?;
        let state = random_text::<STATE_BYTES>()?;
        let challenge = challenge(&verifier);
        let mut parameters = vec![
            ("client_id", client_id.expose()),
            ("response_type", "code"),
            ("code_challenge_method", "S256"),
            ("code_challenge", &challenge),
            ("state", state.expose()),
        ];
        let uri = redirect_uri.to_string();
        parameters.push(("redirect_uri", &uri));
        if !scope.is_empty() {
            parameters.push(("scope", scope));
        }
        let endpoint = authorize_url.to_string();
        let mut url = Zeroizing::new(String::with_capacity(endpoint.len() + 512 + 3 * scope.len()));
        url.push_str(&endpoint);
        for (name, value) in parameters {
            let separator = if url.contains('?') { '&' } else { '?' };
            url.push(separator);
            url.push_str(name);
            url.push('=');
            // In a query, a space is %20 everywhere; a plus is one in forms alone.
            url.push_str(&form_encoded(value).replace('+', "%20"));
        }
        Ok(AuthorizationRequest {
            state,
            verifier,
            redirect_uri,
            url: Secret::new(&url),
        })
    }

    /// Returns the address for the user's browser. It has the state in it, so it is not logged.
    pub(crate) fn url(&self) -> &Secret {
        &self.url
    }

    /// Returns the code verifier.
    pub(crate) fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// Returns where the browser goes after the login.
    pub(crate) fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// Reads the code from the query of the redirect.
    pub(crate) fn read(&self, query: &str) -> Result<Secret, Rejected> {
        let parameters = Parameters::parse(query).ok_or_else(|| not_ours(GARBLED, PASTE_AGAIN))?;
        let Some(state) = parameters.get("state") else {
            return Err(not_ours("the address has no state in it", PASTE_AGAIN));
        };
        if !is_same(state, self.state.expose()) {
            return Err(not_ours(
                "the address belongs to another login: its state is not the one of this login",
                "Open the address of this login, and paste what the browser shows after that",
            ));
        }
        if let Some(code) = parameters.get("error") {
            return Err(Rejected::Refused(
                self.refused(code, parameters.get("error_description")),
            ));
        }
        match parameters.get("code") {
            Some(code) => checked_code(code).ok_or_else(|| not_ours(GARBLED, PASTE_AGAIN)),
            None if parameters.get("code_challenge").is_some() => Err(not_ours(
                "this is the address that the login begins with",
                "Open it in a browser, log in, and paste the address that the browser shows after that",
            )),
            None => Err(not_ours("the address has no code in it", PASTE_AGAIN)),
        }
    }

    /// Reads the code from what a person pasted: the whole address, its query, or the bare code. Terminals break long lines, and
    /// people copy quotes along.
    pub(crate) fn read_pasted(&self, text: &str) -> Result<Secret, Rejected> {
        let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '<' | '>');
        let whole: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !c.is_whitespace()).collect());
        let text = whole.trim_matches(is_quote);
        let before_fragment = text.split('#').next().unwrap_or_default();
        if let Some((_, query)) = before_fragment.split_once('?') {
            return self.read(query);
        }
        if text.contains("://") {
            return Err(not_ours("the address has no code in it", PASTE_AGAIN));
        }
        if before_fragment.contains('=') {
            return self.read(before_fragment.trim_start_matches('&'));
        }
        checked_code(text).ok_or_else(|| not_ours("what was pasted is neither an address nor a code", PASTE_AGAIN))
    }

    /// The error that the authorization server sent in place of a code (RFC 6749, section 4.1.2.1).
    fn refused(&self, code: &str, description: Option<&str>) -> Error {
        let cleaned = |text: &str| {
            let masked = Zeroizing::new(text.replace(self.state.expose(), redact::MASK));
            display::shortened(&display::one_line(&masked), LONGEST_TEXT)
        };
        let code = cleaned(code);
        let error = if code == "access_denied" {
            Error::new(ErrorKind::Oauth, "the user declined the login (access_denied)")
                .advise("Log in again, and agree on the page that asks for it")
        } else {
            let said = description
                .map(|text| format!(", {}", cleaned(text)))
                .unwrap_or_default();
            Error::new(ErrorKind::Oauth, format!("the server refused the login: {code}{said}"))
                .advise("Check the scopes, and the app's page on https://developer.spotify.com/dashboard")
        };
        error.with_oauth_error(&code)
    }
}

const PASTE_AGAIN: &str = "Paste the whole address that the browser shows after the login";
const GARBLED: &str = "the address cannot be read: a part of it is damaged or is there twice";

/// Compares digests, so that the time it takes says nothing about the state.
fn is_same(one: &str, other: &str) -> bool {
    digest(&SHA256, one.as_bytes()).as_ref() == digest(&SHA256, other.as_bytes()).as_ref()
}

fn not_ours(what: &str, advice: &str) -> Rejected {
    Rejected::NotOurs(Error::new(ErrorKind::InvalidArgument, what).advise(advice))
}

/// A code has the characters of RFC 6749, appendix A.11.
fn checked_code(code: &str) -> Option<Secret> {
    let is_allowed = |byte: u8| matches!(byte, 0x21..=0x7e);
    let is_code = !code.is_empty() && code.len() <= LONGEST_CODE && code.bytes().all(is_allowed);
    is_code.then(|| Secret::new(code))
}

/// The parameters of a query, each of them once (RFC 6749, section 3.1).
struct Parameters(Vec<(Zeroizing<String>, Zeroizing<String>)>);

impl Parameters {
    fn parse(query: &str) -> Option<Parameters> {
        let mut parameters: Vec<(Zeroizing<String>, Zeroizing<String>)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if parameters.iter().any(|(known, _)| *known == name) {
                return None;
            }
            parameters.push((name, value));
        }
        Some(Parameters(parameters))
    }

    fn get(&self, wanted: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name.as_str() == wanted);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

fn decoded(text: &str) -> Option<Zeroizing<String>> {
    let spaced = Zeroizing::new(text.replace('+', " "));
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(Zeroizing::new(decoded.into_owned()))
}

/// Returns the code challenge of a verifier, by the method S256 (RFC 7636, section 4.2).
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()))
}

/// Returns random bytes in base64url.
fn random_text<const N: usize>() -> Result<Secret, Error> {
    let bytes = random::unpredictable_bytes::<N>().ok_or_else(|| {
        Error::new(ErrorKind::Internal, "the system has no random numbers")
            .advise("Check the system's random number generator")
    })?;
    Ok(Secret::new(&Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(scope: &str) -> AuthorizationRequest {
        let url = Endpoint::parse("https://accounts.example/authorize").unwrap();
        let uri = RedirectUri::default().with_port(8888);
        AuthorizationRequest::new(&url, &Secret::new("an id"), uri, scope).unwrap()
    }

    fn message(rejected: Rejected) -> (bool, String) {
        match rejected {
            Rejected::NotOurs(error) => (true, error.message().to_owned()),
            Rejected::Refused(error) => (false, error.message().to_owned()),
        }
    }

    #[test]
    fn the_url_has_what_the_rfcs_ask_for() {
        let request = request("user-read-private playlist-read-private");
        let url = request.url().expose();
        let (start, query) = url.split_once('?').unwrap();
        assert_eq!(start, "https://accounts.example/authorize");
        let parameters = Parameters::parse(query).unwrap();
        assert_eq!(parameters.get("client_id"), Some("an id"));
        assert_eq!(parameters.get("response_type"), Some("code"));
        assert_eq!(parameters.get("redirect_uri"), Some("http://127.0.0.1:8888/callback"));
        assert_eq!(parameters.get("scope"), Some("user-read-private playlist-read-private"));
        assert_eq!(parameters.get("code_challenge_method"), Some("S256"));
        let challenge = challenge(request.verifier());
        assert_eq!(parameters.get("code_challenge"), Some(challenge.as_str()));
        assert_eq!(request.verifier().expose().len(), 64);
        assert!(parameters.get("state").unwrap().len() * 6 >= 128);
        assert!(!url.contains(['+', ' ']) && !url.contains(request.verifier().expose()));
        assert!(!self::request("").url().expose().contains("scope"));
    }

    #[test]
    fn the_challenge_is_the_one_of_rfc_7636_appendix_b() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn each_login_has_a_state_and_a_verifier_of_its_own() {
        let (one, other) = (request(""), request(""));
        assert_ne!(one.verifier(), other.verifier());
        assert_ne!(one.state, other.state);
        assert_ne!(one.state.expose(), one.verifier().expose());
    }

    #[test]
    fn a_code_is_read_from_whatever_people_paste() {
        let request = request("");
        let state = request.state.expose();
        for pasted in [
            format!("http://127.0.0.1:8888/callback?code=AQ-_b%2Fc&state={state}"),
            format!("https://127.0.0.1:8888/callback?state={state}&code=AQ-_b/c#_=_"),
            format!("  'http://127.0.0.1:8888/callback?code=AQ-\n_b/c&state={state}'\r\n"),
            format!("?code=AQ-_b/c&state={state}"),
            format!("code=AQ-_b/c&state={state}&extra=1"),
            "AQ-_b/c".to_owned(),
            " \"AQ-_b/c\"\n".to_owned(),
        ] {
            let code = request.read_pasted(&pasted).unwrap_or_else(|_| panic!("{pasted}"));
            assert_eq!(code.expose(), "AQ-_b/c", "{pasted}");
        }
    }

    #[test]
    fn what_belongs_to_another_login_is_refused_and_this_one_goes_on() {
        let ours = request("");
        let state = ours.state.expose();
        let other = request("");
        for (pasted, part) in [
            (format!("?code=canary&state={}", other.state.expose()), "another login"),
            ("?code=canary".to_owned(), "no state"),
            ("?code=canary&state=".to_owned(), "no state"),
            (format!("?state={state}"), "no code"),
            (format!("?code=&state={state}"), "no code"),
            (format!("?code=canary&code=canary&state={state}"), "twice"),
            (format!("?code=canary&state={state}&state={state}"), "twice"),
            (format!("?code=%ff&state={state}"), "damaged"),
            (format!("?code=a%20canary&state={state}"), "damaged"),
            (
                format!("?error=access_denied&state={}", other.state.expose()),
                "another login",
            ),
            (ours.url().expose().to_owned(), "begins with"),
            ("http://127.0.0.1:8888/callback".to_owned(), "no code"),
            (String::new(), "neither an address nor a code"),
            ("canary\u{e4}".to_owned(), "neither an address nor a code"),
            ("c".repeat(9000), "neither an address nor a code"),
        ] {
            let (goes_on, message) = message(ours.read_pasted(&pasted).unwrap_err());
            assert!(goes_on && message.contains(part), "{pasted}: {message}");
            assert!(!message.contains("canary") && !message.contains(state), "{message}");
        }
    }

    #[test]
    fn a_refusal_ends_the_login() {
        let request = request("");
        let state = request.state.expose();
        for (query, part) in [
            (
                format!("error=access_denied&state={state}"),
                "the user declined the login",
            ),
            (
                format!("error=invalid_scope&error_description=Bad%1b%0ascope&state={state}&code=x"),
                "invalid_scope, Bad  scope",
            ),
        ] {
            let (goes_on, message) = message(request.read(&query).unwrap_err());
            assert!(!goes_on && message.contains(part), "{query}: {message}");
        }
    }
}
