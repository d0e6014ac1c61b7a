//! Errors that a test wants: so many times, then the service works.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::accounts::Failing;
use super::reply::Reply;

/// The errors that are still to come at one part of the service.
pub(super) struct Failures {
    failing: Option<Failing>,
    failed: AtomicU32,
}

impl Failures {
    pub(super) fn new(failing: Option<Failing>) -> Failures {
        Failures {
            failing,
            failed: AtomicU32::new(0),
        }
    }

    /// Returns the status that the next request gets; `None`: it gets a response.
    pub(super) fn next(&self) -> Option<u16> {
        let failing = self.failing?;
        let failed = self.failed.fetch_add(1, Ordering::SeqCst);
        let is_over = failing.count.is_some_and(|count| failed >= count);
        (!is_over).then_some(failing.status)
    }
}

/// Returns what the token endpoint says with this status.
pub(super) fn of_token_endpoint(status: u16) -> Reply {
    match status {
        400 | 401 => Reply::oauth_error(status, "invalid_client", Some("Invalid client")),
        429 => rate_limited(),
        502 => Reply::empty(502),
        503 => Reply::text(
            503,
            "text/plain",
            "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        ),
        300..=399 => Reply::empty(status).header("location", "/elsewhere"),
        402..=499 => Reply::oauth_error(status, "server_error", Some(&format!("Unexpected status: {status}"))),
        _ => Reply::empty(status),
    }
}

/// Returns what the Web API says with this status.
pub(super) fn of_web_api(status: u16) -> Reply {
    match status {
        401 => web_api_error(401, "The access token expired"),
        403 => web_api_error(403, "Forbidden"),
        404 => web_api_error(404, "Resource not found"),
        429 => rate_limited(),
        500 => web_api_error(500, "Server error."),
        502 => web_api_error(502, "Bad gateway."),
        503 => web_api_error(503, "Service unavailable"),
        _ => Reply::empty(status),
    }
}

fn rate_limited() -> Reply {
    web_api_error(429, "API rate limit exceeded").header("retry-after", "1")
}

/// A bad parameter of a request to the Web API, and what that says of it.
pub(super) struct BadParameter(pub(super) String);

impl From<BadParameter> for Reply {
    fn from(BadParameter(message): BadParameter) -> Reply {
        web_api_error(400, &message)
    }
}

/// Makes an error as the Web API has it.
pub(super) fn web_api_error(status: u16, message: &str) -> Reply {
    let message = Value::from(message);
    Reply::json(
        status,
        format!(r#"{{"error":{{"status":{status},"message":{message}}}}}"#),
    )
}
