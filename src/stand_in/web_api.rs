//! A small part of Spotify's Web API: one artist, and the errors that people meet.

use std::collections::VecDeque;
use std::time::Instant;

use super::http::Received;
use super::reply::Reply;

/// A token that was issued.
pub(super) struct Issued {
    pub(super) access_token: String,
    pub(super) end: Instant,
}

/// Answers a request below `/v1`.
pub(super) fn answer(request: &Received, issued: &VecDeque<Issued>, premium: bool) -> Reply {
    let Some(authorization) = request.header("authorization") else {
        return refused(401, "No token provided");
    };
    let presented = authorization.strip_prefix("Bearer ").unwrap_or_default();
    match issued.iter().rev().find(|issued| issued.access_token == presented) {
        None => return refused(401, "Invalid access token"),
        Some(issued) if issued.end <= Instant::now() => return refused(401, "The access token expired"),
        Some(_) => {}
    }
    if !premium {
        return Reply::text(
            403,
            "text/plain",
            "Active premium subscription required for the owner of the app.",
        );
    }
    let path = request.path.split('?').next().unwrap_or_default();
    match path.strip_prefix("/v1/artists/") {
        Some(id) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => artist(id),
        _ if path == "/v1/me" => refused(401, "Valid user authentication required"),
        _ => refused(404, "Resource not found"),
    }
}

fn artist(id: &str) -> Reply {
    Reply::json(
        200,
        format!(
            r#"{{"genres":["dance pop","miami hip hop"],"id":"{id}","name":"Pitbull","popularity":82,"type":"artist","uri":"spotify:artist:{id}"}}"#
        ),
    )
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        format!(r#"{{"error":{{"status":{status},"message":"{message}"}}}}"#),
    )
}
