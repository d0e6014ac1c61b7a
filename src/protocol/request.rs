//! A request as data (RFC 6749, section 3.2; RFC 6750 to try a token). Nothing here opens a connection.

use crate::config::endpoint::Endpoint;
use crate::protocol::grant::AuthorizationGrant;
use crate::protocol::token::Token;
use crate::secret::Secret;

/// A request: the POST that requests a token, or a GET that uses it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The URL.
    pub url: Endpoint,
    /// Value of `Authorization`, if there is one.
    pub authorization: Option<Secret>,
    /// Value of `User-Agent`.
    pub user_agent: String,
    /// The form that is posted; `None` for a GET.
    pub form: Option<Secret>,
}

impl Request {
    /// Value of `Accept`.
    pub const ACCEPT: &'static str = "application/json";
    /// Value of `Content-Type`.
    pub const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";

    /// Makes the request for a token with this grant.
    pub fn new(url: &Endpoint, grant: &AuthorizationGrant, user_agent: &str) -> Request {
        Request {
            url: url.clone(),
            authorization: grant.authorization(),
            user_agent: user_agent.to_owned(),
            form: Some(grant.form()),
        }
    }

    /// Makes a request that uses a token (RFC 6750, section 2.1).
    pub fn with_token(url: &Endpoint, token: &Token, user_agent: &str) -> Request {
        Request {
            url: url.clone(),
            authorization: Some(Secret::new(token.authorization())),
            user_agent: user_agent.to_owned(),
            form: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;

    #[test]
    fn debug_hides_header_and_form() {
        let url = Endpoint::parse("https://example.org/").unwrap();
        let credentials = Credentials {
            client_id: Secret::new("canary-id"),
            client_secret: Secret::new("canary-secret"),
            source: String::new(),
        };
        let grant = AuthorizationGrant::ClientCredentials(&credentials);
        let shown = format!("{:?}", Request::new(&url, &grant, "test"));
        assert!(
            shown.contains("[hidden]") && !shown.contains("Basic") && !shown.contains("grant"),
            "{shown}"
        );
    }
}
