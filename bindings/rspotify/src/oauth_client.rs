//! What rspotify asks of a client whose tokens speak for a user.

use async_trait::async_trait;
use rspotify::clients::OAuthClient;
use rspotify::{ClientError, ClientResult, OAuth};

use crate::Spotify;

#[async_trait]
impl OAuthClient for Spotify {
    fn get_oauth(&self) -> &OAuth {
        &self.oauth
    }

    /// Fails: the user logs in with `spotify-token`.
    async fn request_token(&self, _code: &str) -> ClientResult<()> {
        Err(ClientError::InvalidToken)
    }
}
