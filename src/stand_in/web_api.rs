//! A small part of Spotify's Web API: an artist, a search, the user's own data, and the errors that people meet.

use super::catalogue;
use super::failures::{self, web_api_error};
use super::http::Received;
use super::logins::{Holder, TokenRefused};
use super::reply::Reply;
use super::spotify::Spotify;
use super::user;

/// Responds to a request below `/v1`.
pub(super) fn respond(spotify: &Spotify, request: &Received) -> Reply {
    let holder = match holder(spotify, request) {
        Ok(holder) => holder,
        Err(None) => return web_api_error(401, "No token provided"),
        Err(Some(TokenRefused::Unknown)) => return web_api_error(401, "Invalid access token"),
        Err(Some(TokenRefused::Expired)) => return web_api_error(401, "The access token expired"),
    };
    if !spotify.accounts.premium {
        return Reply::text(
            403,
            "text/plain",
            "Active premium subscription required for the owner of the app.",
        );
    }
    if let Some(status) = spotify.api_failures.next() {
        return failures::of_web_api(status);
    }
    let path = request.endpoint().trim_end_matches('/');
    let respond: Respond = match path.strip_prefix("/v1/artists/") {
        Some(id) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => &|| catalogue::artist(id),
        _ => match path {
            "/v1/search" => &|| catalogue::search(request),
            "/v1/me" => &|| of_user(&holder, user::profile),
            "/v1/me/playlists" => &|| of_user(&holder, |scopes| user::playlists(request, scopes)),
            "/v1/me/player" => &|| of_user(&holder, user::player),
            _ => return web_api_error(404, "Resource not found"),
        },
    };
    if matches!(&*request.method, "GET" | "HEAD") {
        respond()
    } else {
        web_api_error(405, "Method not allowed").header("allow", "GET, HEAD")
    }
}

type Respond<'a> = &'a dyn Fn() -> Reply;

/// Responds to what only a user's token may ask, with its scopes.
fn of_user(holder: &Holder, respond: impl Fn(&[String]) -> Reply) -> Reply {
    match holder {
        Holder::App => web_api_error(401, "Valid user authentication required"),
        Holder::User { scopes } => respond(scopes),
    }
}

/// Returns who the token of a request speaks for; `None` as an error where there is no token.
pub(super) fn holder(spotify: &Spotify, request: &Received) -> Result<Holder, Option<TokenRefused>> {
    let authorization = request.header("authorization").ok_or(None)?;
    let presented = authorization.strip_prefix("Bearer ").unwrap_or_default();
    spotify.logins.holder(presented).map_err(Some)
}
