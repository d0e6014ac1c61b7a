//! Tokens of `spotify-token` for [rspotify]: a [`Spotify`] that has the functions of rspotify's own clients.
//!
//! Each request asks `spotify-token` for the token, which is in memory as long as it is valid. After a 401 the request is sent once
//! more, with a new token.

mod base_client;
mod oauth_client;
mod token;

use std::fmt;
use std::sync::Arc;

use rspotify::http::HttpClient;
use rspotify::sync::Mutex;
use rspotify::{Config, Credentials, OAuth, Token};

/// A client of the Web API with the functions of [`BaseClient`](rspotify::clients::BaseClient) and, where the tokens are those of a
/// user, of [`OAuthClient`](rspotify::clients::OAuthClient). Its clones share everything.
#[derive(Clone, Default)]
pub struct Spotify {
    /// `None` only in a `Default`, which rspotify wants and which has no tokens.
    source: Option<spotify_token::Client>,
    config: Config,
    http: HttpClient,
    /// The token of the last request, for those who ask rspotify for it.
    token: Arc<Mutex<Option<Token>>>,
    /// Empty: `spotify-token` has the credentials.
    credentials: Credentials,
    oauth: OAuth,
}

impl Spotify {
    /// Makes a client with tokens of `source`.
    #[must_use]
    pub fn new(source: spotify_token::Client) -> Spotify {
        Spotify::with_config(source, Config::default())
    }

    /// Does the same with a configuration of rspotify's, such as another address of the Web API.
    #[must_use]
    pub fn with_config(source: spotify_token::Client, config: Config) -> Spotify {
        Spotify {
            source: Some(source),
            config,
            ..Spotify::default()
        }
    }
}

impl fmt::Debug for Spotify {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spotify").finish_non_exhaustive()
    }
}
