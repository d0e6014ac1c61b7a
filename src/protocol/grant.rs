//! What a token is requested with: an authorization grant (RFC 6749, section 1.3) as data. Nothing here opens a connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::config::RedirectUri;
use crate::credentials::{Credentials, PublicClient};
use crate::secret::Secret;

/// `application/x-www-form-urlencoded` leaves these alone.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// An authorization grant.
#[derive(Clone, Copy, Debug)]
pub enum AuthorizationGrant<'g> {
    /// The credentials of an app (RFC 6749, section 4.4).
    ClientCredentials(&'g Credentials),
    /// The code that a login brought (RFC 6749, section 4.1.3), with the verifier of PKCE (RFC 7636, section 4.5).
    AuthorizationCode {
        /// The app.
        client: &'g PublicClient,
        /// The code, good for one request.
        code: &'g Secret,
        /// What the code challenge was made of.
        verifier: &'g Secret,
        /// Where the code arrived; the server compares it.
        redirect_uri: &'g RedirectUri,
        /// The scopes that were asked for.
        scope: &'g str,
    },
    /// The refresh token of a login (RFC 6749, section 6).
    RefreshToken {
        /// The app.
        client: &'g PublicClient,
        /// The refresh token.
        refresh_token: &'g Secret,
        /// The scopes of the login.
        scope: &'g str,
    },
}

impl AuthorizationGrant<'_> {
    /// Returns the form that is posted.
    pub(crate) fn form(&self) -> Secret {
        match self {
            AuthorizationGrant::ClientCredentials(_) => Secret::new("grant_type=client_credentials"),
            AuthorizationGrant::AuthorizationCode {
                client,
                code,
                verifier,
                redirect_uri,
                ..
            } => Secret::join(&[
                "grant_type=authorization_code&client_id=",
                &form_encoded(client.client_id.expose()),
                "&code=",
                &form_encoded(code.expose()),
                "&code_verifier=",
                &form_encoded(verifier.expose()),
                "&redirect_uri=",
                &form_encoded(&redirect_uri.to_string()),
            ]),
            AuthorizationGrant::RefreshToken {
                client, refresh_token, ..
            } => Secret::join(&[
                "grant_type=refresh_token&client_id=",
                &form_encoded(client.client_id.expose()),
                "&refresh_token=",
                &form_encoded(refresh_token.expose()),
            ]),
        }
    }

    /// Returns the value of the `Authorization` header. A public client has no secret, and so no header (RFC 6749, section 3.2.1).
    pub(crate) fn authorization(&self) -> Option<Secret> {
        match self {
            AuthorizationGrant::ClientCredentials(credentials) => Some(basic(credentials)),
            _ => None,
        }
    }

    /// Returns the scopes of a token whose response names none: those that were asked for (RFC 6749, sections 5.1 and 6).
    pub(crate) fn assumed_scope(&self) -> &str {
        match self {
            AuthorizationGrant::ClientCredentials(_) => "",
            AuthorizationGrant::AuthorizationCode { scope, .. } | AuthorizationGrant::RefreshToken { scope, .. } => {
                scope
            }
        }
    }

    /// Returns the secrets, in every form in which they are sent, the longest first.
    pub(crate) fn secrets(&self) -> Vec<Zeroizing<String>> {
        let both_forms = |secret: &Secret| {
            let plain = Zeroizing::new(secret.expose().to_owned());
            [form_encoded(secret.expose()), plain]
        };
        match self {
            AuthorizationGrant::ClientCredentials(credentials) => {
                let header = basic(credentials);
                let sent = header.expose().trim_start_matches(BASIC);
                let sent = Zeroizing::new(sent.to_owned());
                let secret = both_forms(&credentials.client_secret);
                [sent].into_iter().chain(secret).collect()
            }
            AuthorizationGrant::AuthorizationCode { code, verifier, .. } => {
                [both_forms(code), both_forms(verifier)].into_iter().flatten().collect()
            }
            AuthorizationGrant::RefreshToken { refresh_token, .. } => both_forms(refresh_token).into(),
        }
    }

    /// Says what is unusual about the credentials of an app; `None` for the usual shape.
    pub(crate) fn warning(&self) -> Option<String> {
        match self {
            AuthorizationGrant::ClientCredentials(credentials) => credentials.warning(),
            _ => None,
        }
    }

    /// Says where the client id came from.
    pub(crate) fn source(&self) -> &str {
        match self {
            AuthorizationGrant::ClientCredentials(credentials) => &credentials.source,
            AuthorizationGrant::AuthorizationCode { client, .. } | AuthorizationGrant::RefreshToken { client, .. } => {
                &client.source
            }
        }
    }
}

const BASIC: &str = "Basic ";

/// Returns id and secret form-encoded, joined and base64-encoded (RFC 6749, section 2.3.1).
pub(crate) fn basic(credentials: &Credentials) -> Secret {
    let id = form_encoded(credentials.client_id.expose());
    let secret = form_encoded(credentials.client_secret.expose());
    let pair = Secret::join(&[&id, ":", &secret]);
    let encoded = Zeroizing::new(STANDARD.encode(pair.expose()));
    Secret::join(&[BASIC, &encoded])
}

/// Returns the value form-encoded.
pub(crate) fn form_encoded(value: &str) -> Zeroizing<String> {
    // At most three bytes for each byte: the buffer never grows, so no copy stays behind.
    let mut encoded = Zeroizing::new(String::with_capacity(value.len() * 3));
    for part in utf8_percent_encode(value, FORM) {
        encoded.push_str(if part == "%20" { "+" } else { part });
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization(id: &str, secret: &str) -> String {
        let credentials = Credentials {
            client_id: Secret::new(id),
            client_secret: Secret::new(secret),
            source: String::new(),
        };
        let grant = AuthorizationGrant::ClientCredentials(&credentials);
        assert_eq!(grant.form().expose(), "grant_type=client_credentials");
        grant.authorization().unwrap().expose().to_owned()
    }

    #[test]
    fn plain_credentials_are_joined_and_encoded() {
        // printf %s abc:def | base64
        assert_eq!(authorization("abc", "def"), "Basic YWJjOmRlZg==");
    }

    #[test]
    fn special_characters_are_form_encoded_first() {
        // printf %s 'a%2Bb:c%3Ad+%25%C3%A9*-._%7E' | base64
        assert_eq!(
            authorization("a+b", "c:d %é*-._~"),
            "Basic YSUyQmI6YyUzQWQrJTI1JUMzJUE5Ki0uXyU3RQ=="
        );
    }

    #[test]
    fn a_public_client_sends_its_id_and_no_header() {
        let client = PublicClient {
            client_id: Secret::new("an id"),
            source: String::new(),
        };
        let (code, verifier, refresh_token) = (Secret::new("c/d"), Secret::new("v~"), Secret::new("AQ+b"));
        let redirect_uri = RedirectUri::default().with_port(8080);
        let scope = "user-read-private";
        for (grant, form) in [
            (
                AuthorizationGrant::AuthorizationCode {
                    client: &client,
                    code: &code,
                    verifier: &verifier,
                    redirect_uri: &redirect_uri,
                    scope,
                },
                "grant_type=authorization_code&client_id=an+id&code=c%2Fd&code_verifier=v%7E\
                 &redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fcallback",
            ),
            (
                AuthorizationGrant::RefreshToken {
                    client: &client,
                    refresh_token: &refresh_token,
                    scope,
                },
                "grant_type=refresh_token&client_id=an+id&refresh_token=AQ%2Bb",
            ),
        ] {
            assert_eq!(grant.form().expose(), form);
            assert!(grant.authorization().is_none());
            assert_eq!(grant.assumed_scope(), scope);
            let shown = format!("{grant:?}");
            assert!(
                grant.secrets().iter().all(|secret| !shown.contains(secret.as_str())),
                "{shown}"
            );
        }
    }
}
