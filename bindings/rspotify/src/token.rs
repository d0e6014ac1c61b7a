//! From the errors and tokens of `spotify-token` to those of rspotify.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta, Utc};
use rspotify::{ClientError, ClientResult, Token};

use crate::Spotify;

impl Spotify {
    /// Returns a valid token. The task waits, and its thread goes on.
    pub(crate) async fn ask(&self) -> ClientResult<spotify_token::Token> {
        let source = self.source.clone().ok_or(ClientError::InvalidToken)?;
        let token = match source.cached() {
            Some(token) if token.expires_in() > REFRESH_BEFORE => Ok(token),
            _ => tokio::task::spawn_blocking(move || source.token())
                .await
                .map_err(io::Error::other)?,
        };
        // It says what to do. rspotify has no error of its own for this.
        Ok(token.map_err(io::Error::other)?)
    }

    /// Drops the token that the Web API rejected.
    pub(crate) async fn invalidate(&self, rejected: spotify_token::Token) -> ClientResult<()> {
        let source = self.source.clone().ok_or(ClientError::InvalidToken)?;
        let call = tokio::task::spawn_blocking(move || source.invalidate(&rejected));
        Ok(call.await.map_err(io::Error::other)?)
    }
}

/// For how long before its end a token may be due for a refresh, which `cached` does not begin.
const REFRESH_BEFORE: Duration = Duration::from_secs(300);

/// Makes a token of rspotify's.
pub(crate) fn of_rspotify(token: &spotify_token::Token) -> Token {
    Token {
        access_token: token.access_token().to_owned(),
        expires_in: TimeDelta::from_std(token.expires_in()).unwrap_or(TimeDelta::MAX),
        expires_at: date(token.expires_at()),
        refresh_token: None,
        scopes: token.scope().split_whitespace().map(str::to_owned).collect(),
    }
}

/// `None` where it is out of the calendar.
fn date(time: SystemTime) -> Option<DateTime<Utc>> {
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    DateTime::from_timestamp(seconds.try_into().ok()?, 0)
}
