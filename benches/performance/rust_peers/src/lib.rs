//! Peers: one token with other crates, printed. They take TOKEN_URL, CLIENT_ID and CLIENT_SECRET from the environment, and
//! rustls-native-certs takes SSL_CERT_FILE.

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{ClientId, ClientSecret, EndpointNotSet, EndpointSet, TokenResponse, TokenUrl};

/// The client of the oauth2 crate, whatever it sends its requests with.
pub type Client = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Returns a variable of the environment.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}

/// Makes a client.
pub fn client() -> Client {
    BasicClient::new(ClientId::new(variable("CLIENT_ID")))
        .set_client_secret(ClientSecret::new(variable("CLIENT_SECRET")))
        .set_token_uri(TokenUrl::new(variable("TOKEN_URL")).unwrap())
}

/// Prints the token.
pub fn print(response: &BasicTokenResponse) {
    println!("{}", response.access_token().secret());
}
