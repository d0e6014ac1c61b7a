//! What rspotify asks of every client.

use std::sync::Arc;

use async_trait::async_trait;
use rspotify::clients::BaseClient;
use rspotify::http::{BaseHttpClient, Headers, HttpClient, HttpError, Query};
use rspotify::sync::Mutex;
use rspotify::{ClientResult, Config, Credentials, Token};

use crate::{Spotify, token};

/// Sends a request. After a 401 it sends it once more, with a new token.
macro_rules! send {
    ($spotify:ident.$method:ident($url:ident, $payload:ident)) => {{
        let url = $spotify.api_url($url);
        let used = $spotify.ask().await?;
        match $spotify.http.$method(&url, Some(&headers(&used)), $payload).await {
            Err(HttpError::StatusCode(response)) if response.status() == 401 => {
                $spotify.invalidate(used).await?;
                let renewed = $spotify.ask().await?;
                Ok($spotify.http.$method(&url, Some(&headers(&renewed)), $payload).await?)
            }
            result => Ok(result?),
        }
    }};
}

fn headers(token: &spotify_token::Token) -> Headers {
    [("authorization".to_owned(), token.authorization().to_owned())].into()
}

#[async_trait]
impl BaseClient for Spotify {
    fn get_config(&self) -> &Config {
        &self.config
    }

    fn get_http(&self) -> &HttpClient {
        &self.http
    }

    fn get_creds(&self) -> &Credentials {
        &self.credentials
    }

    fn get_token(&self) -> Arc<Mutex<Option<Token>>> {
        self.token.clone()
    }

    async fn refetch_token(&self) -> ClientResult<Option<Token>> {
        Ok(Some(token::of_rspotify(&self.ask().await?)))
    }

    async fn auto_reauth(&self) -> ClientResult<()> {
        self.refresh_token().await
    }

    async fn api_get(&self, url: &str, payload: &Query<'_>) -> ClientResult<String> {
        send!(self.get(url, payload))
    }

    async fn api_post(&self, url: &str, payload: &serde_json::Value) -> ClientResult<String> {
        send!(self.post(url, payload))
    }

    async fn api_put(&self, url: &str, payload: &serde_json::Value) -> ClientResult<String> {
        send!(self.put(url, payload))
    }

    async fn api_delete(&self, url: &str, payload: &serde_json::Value) -> ClientResult<String> {
        send!(self.delete(url, payload))
    }
}
