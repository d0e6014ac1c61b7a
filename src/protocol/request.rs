//! A request as data (RFC 6749, section 4.4.2; RFC 6750 to try a token). Nothing here opens a connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::config::endpoint::Endpoint;
use crate::credentials::Credentials;
use crate::protocol::token::Token;
use crate::secret::Secret;

/// `application/x-www-form-urlencoded` leaves these alone.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// A request: the POST that requests a token, or a GET that uses it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The URL.
    pub url: Endpoint,
    /// Value of `Authorization`.
    pub authorization: Secret,
    /// Value of `User-Agent`.
    pub user_agent: String,
    /// The form that is posted; `None` for a GET.
    pub form: Option<&'static str>,
}

impl Request {
    /// Value of `Accept`.
    pub const ACCEPT: &'static str = "application/json";
    /// Value of `Content-Type`.
    pub const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";
    /// The form that requests a token.
    pub const BODY: &'static str = "grant_type=client_credentials";

    /// Makes the request for a token with these credentials.
    pub fn new(url: &Endpoint, credentials: &Credentials, user_agent: &str) -> Request {
        Request {
            url: url.clone(),
            authorization: basic(credentials),
            user_agent: user_agent.to_owned(),
            form: Some(Request::BODY),
        }
    }

    /// Makes a request that uses a token (RFC 6750, section 2.1).
    pub fn with_token(url: &Endpoint, token: &Token, user_agent: &str) -> Request {
        Request {
            url: url.clone(),
            authorization: Secret::new(token.authorization()),
            user_agent: user_agent.to_owned(),
            form: None,
        }
    }
}

/// Returns id and secret form-encoded, joined and base64-encoded (RFC 6749, section 2.3.1).
pub(crate) fn basic(credentials: &Credentials) -> Secret {
    let id = form_encoded(&credentials.client_id);
    let secret = form_encoded(&credentials.client_secret);
    let pair = Secret::join(&[&id, ":", &secret]);
    let encoded = Zeroizing::new(STANDARD.encode(pair.expose()));
    Secret::join(&["Basic ", &encoded])
}

/// Returns the value form-encoded.
pub(crate) fn form_encoded(value: &Secret) -> Zeroizing<String> {
    let value = value.expose();
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
        let url = Endpoint::parse("https://example.org/").unwrap();
        Request::new(&url, &credentials, "test")
            .authorization
            .expose()
            .to_owned()
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
    fn debug_hides_the_header() {
        let url = Endpoint::parse("https://example.org/").unwrap();
        let credentials = Credentials {
            client_id: Secret::new("canary-id"),
            client_secret: Secret::new("canary-secret"),
            source: String::new(),
        };
        let shown = format!("{:?}", Request::new(&url, &credentials, "test"));
        assert!(shown.contains("[hidden]") && !shown.contains("Basic"), "{shown}");
    }
}
