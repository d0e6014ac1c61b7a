//! What the status of an answer means, with the bodies that come with it.

use spotify_token::ErrorKind::{self, BadResponse, Http, InvalidClient, Oauth, RateLimited, Server};
use spotify_token::stand_in::Reply;

use super::row::{Ends, Row, fails, survives};
use super::support::{ID, SECRET};

pub const ABOUT: &str = "The status decides; the body explains. Only errors that can be temporary are retried.";

/// An answer that is final.
pub fn once(fault: &'static str, code: ErrorKind, hint: &'static str, reply: Reply) -> Row {
    fails(fault, code, hint, move |place| {
        place.answers([reply.clone()]);
    })
    .requests(1)
}

/// An answer after which another may be better, and is not.
pub fn lasting(fault: &'static str, code: ErrorKind, hint: &'static str, reply: Reply) -> Row {
    once(fault, code, hint, reply).requests(4).ends(Ends::AfterRetries)
}

/// An OAuth error in Spotify's words.
fn oauth(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        format!(r#"{{"error":"{error}","error_description":"{description}"}}"#),
    )
}

pub fn rows() -> Vec<Row> {
    [credentials(), requests(), redirects(), later(), limits()]
        .into_iter()
        .flatten()
        .collect()
}

fn credentials() -> Vec<Row> {
    vec![
        fails("the secret is wrong", InvalidClient, "are not swapped", |place| {
            place.spotify().set("CLIENT_SECRET", &SECRET.replace('0', "1"));
        })
        .requests(1),
        fails("the id is wrong", InvalidClient, "are not swapped", |place| {
            place.spotify().set("CLIENT_ID", &ID.replace('5', "1"));
        })
        .requests(1),
        fails("id and secret are swapped", InvalidClient, "not swapped", |place| {
            place.spotify().set("CLIENT_ID", SECRET).set("CLIENT_SECRET", ID);
        })
        .requests(1),
        fails(
            "user name and password of an account instead",
            InvalidClient,
            "neither your account's name and password",
            |place| {
                place
                    .spotify()
                    .set("CLIENT_ID", "me@mail.example")
                    .set("CLIENT_SECRET", "canary");
            },
        )
        .requests(1),
        once(
            "400 invalid_client without a description",
            InvalidClient,
            "dashboard",
            Reply::json(400, r#"{"error":"invalid_client"}"#),
        ),
        once(
            "401 invalid_client, as other servers send it",
            InvalidClient,
            "dashboard",
            oauth(401, "invalid_client", "Unknown"),
        ),
        once("401 without a body", InvalidClient, "status 401", Reply::empty(401)),
        once(
            "401 with a web page",
            InvalidClient,
            "web page",
            Reply::text(401, "text/html", "<html>canary</html>"),
        ),
        once(
            "the server sends the secret back",
            InvalidClient,
            "[hidden]",
            oauth(400, "invalid_client", SECRET),
        ),
    ]
}

fn requests() -> Vec<Row> {
    let web_api = r#"{"error":{"status":403,"message":"Forbidden for you"}}"#;
    vec![
        once(
            "400 unsupported_grant_type",
            Oauth,
            "unsupported_grant_type",
            oauth(400, "unsupported_grant_type", "no"),
        ),
        once(
            "400 invalid_request",
            Oauth,
            "invalid_request",
            oauth(400, "invalid_request", "a parameter is missing"),
        ),
        once(
            "400 invalid_scope",
            Oauth,
            "invalid_scope",
            Reply::json(400, r#"{"error":"invalid_scope"}"#),
        ),
        once(
            "400 unauthorized_client",
            Oauth,
            "unauthorized_client",
            Reply::json(400, r#"{"error":"unauthorized_client"}"#),
        ),
        once(
            "403 access_denied",
            Oauth,
            "access_denied",
            Reply::json(403, r#"{"error":"access_denied"}"#),
        ),
        once(
            "405 server_error, as Spotify sends it",
            Oauth,
            "Check the token URL",
            oauth(405, "server_error", "Unexpected status: 405"),
        ),
        once(
            "404 server_error, as Spotify sends it for a wrong path",
            Oauth,
            "Check the token URL",
            oauth(404, "server_error", "Unexpected status: 404"),
        ),
        once(
            "an unknown OAuth error",
            Oauth,
            "brand_new",
            Reply::json(400, r#"{"error":"brand_new"}"#),
        ),
        once("400 without a body", Http, "status 400", Reply::empty(400)),
        once(
            "400 with a web page",
            Http,
            "web page",
            Reply::text(400, "text/html", "<html>canary</html>"),
        ),
        once(
            "400 with plain text",
            Http,
            "client certificate",
            Reply::text(400, "text/plain", "a client certificate is wanted"),
        ),
        once(
            "403 in the format of the Web API",
            Http,
            "Forbidden for you",
            Reply::json(403, web_api),
        ),
        once(
            "403 with a firewall's page",
            Http,
            "a firewall or a login page",
            Reply::text(403, "text/html", "<html>blocked</html>"),
        ),
        once("404 without a body", Http, "Check the token URL", Reply::empty(404)),
        once("405 without a body", Http, "Check the token URL", Reply::empty(405)),
        once(
            "407 from the server: a transparent proxy",
            Http,
            "whether a proxy",
            Reply::empty(407),
        ),
        once("410 Gone", Http, "status 410", Reply::empty(410)),
        once("413 Content Too Large", Http, "status 413", Reply::empty(413)),
        once("415 Unsupported Media Type", Http, "status 415", Reply::empty(415)),
        once("418 I'm a teapot", Http, "status 418", Reply::empty(418)),
        once("421 Misdirected Request", Http, "status 421", Reply::empty(421)),
        once(
            "431 Request Header Fields Too Large",
            Http,
            "status 431",
            Reply::empty(431),
        ),
        once(
            "451 Unavailable For Legal Reasons",
            Http,
            "status 451",
            Reply::empty(451),
        ),
        once(
            "201 with a token",
            Http,
            "status 201",
            Reply::json(201, r#"{"access_token":"BQcanary","token_type":"Bearer"}"#),
        ),
        once("204 No Content", Http, "status 204", Reply::empty(204)),
        once("206 Partial Content", Http, "status 206", Reply::empty(206)),
        once(
            "a status beyond the defined range (600)",
            Http,
            "status 600",
            Reply::empty(600),
        ),
        once(
            "an error of the Web API without a message",
            Http,
            "status 403",
            Reply::json(403, r#"{"error":{"status":403}}"#),
        ),
        once(
            "an error with terminal control characters",
            Oauth,
            "status 400",
            oauth(400, "x\\u001b[31mred", "two\\r\\nlines"),
        ),
        once(
            "an error of 100,000 words",
            ErrorKind::ResponseTooLarge,
            "64 KiB",
            Reply::text(400, "text/plain", "word ".repeat(100_000)),
        ),
        once(
            "an error of 1,000 words",
            Http,
            ".... Check",
            Reply::text(400, "text/plain", "word ".repeat(1000)),
        ),
    ]
}

fn redirects() -> Vec<Row> {
    let to = |status, location: &str| Reply::empty(status).header("location", location);
    vec![
        once(
            "301 to another host",
            Http,
            "Correct the token URL",
            to(301, "https://elsewhere.example/"),
        ),
        once(
            "302 to a login page",
            Http,
            "not followed",
            to(302, "http://login.example/?canary"),
        ),
        once("303 to itself", Http, "not followed", to(303, "/api/token")),
        once(
            "307, which would send the secret again",
            Http,
            "not followed",
            to(307, "https://elsewhere.example/"),
        ),
        once(
            "308 from http to https",
            Http,
            "Correct the token URL",
            to(308, "https://127.0.0.1/"),
        ),
        once("304 Not Modified", Http, "status 304", Reply::empty(304)),
    ]
}

fn later() -> Vec<Row> {
    let envoy = "upstream connect error or disconnect/reset before headers. reset reason: connection termination";
    vec![
        lasting("500", Server, "status 500", Reply::empty(500)),
        lasting(
            "502 with a web page",
            Server,
            "web page",
            Reply::text(502, "text/html", "<html>Bad Gateway</html>"),
        ),
        lasting(
            "503 as Spotify's front end sends it",
            Server,
            "upstream connect error",
            Reply::text(503, "text/plain", envoy),
        ),
        lasting(
            "503 with an OAuth error",
            Server,
            "temporarily_unavailable",
            Reply::json(503, r#"{"error":"temporarily_unavailable"}"#),
        ),
        lasting("504", Server, "status 504", Reply::empty(504)),
        lasting(
            "511: the network requires a login",
            Server,
            "Log in with a browser",
            Reply::text(511, "text/html", "<html>Log in</html>"),
        ),
        lasting("599, which is not assigned", Server, "status 599", Reply::empty(599)),
        lasting("408 Request Timeout", Server, "status 408", Reply::empty(408)),
        lasting("425 Too Early", Server, "status 425", Reply::empty(425)),
        once(
            "503 with a Retry-After of an hour",
            Server,
            "Try again in 3600 s",
            Reply::empty(503).header("retry-after", "3600"),
        ),
        survives("503 once", |place| {
            place.answers([Reply::empty(503), Reply::token("BQ", 60)]);
        })
        .requests(2)
        .ends(Ends::AfterRetries),
        survives("503 three times", |place| {
            place.answers([
                Reply::empty(503),
                Reply::empty(502),
                Reply::empty(500),
                Reply::token("BQ", 60),
            ]);
        })
        .requests(4)
        .ends(Ends::AfterRetries),
        fails("503, then a rejection", InvalidClient, "dashboard", |place| {
            place.answers([Reply::empty(503), Reply::json(400, r#"{"error":"invalid_client"}"#)]);
        })
        .requests(2)
        .ends(Ends::AfterRetries),
        fails("no retries are allowed", Server, "status 503", |place| {
            place.answers([Reply::empty(503)]).set("SPOTIFY_MAX_RETRIES", "0");
        })
        .requests(1),
        survives("several kinds of failure, one after the other", |place| {
            place.answers([
                Reply::close(),
                Reply::empty(503),
                Reply::empty(429),
                Reply::token("BQ", 60),
            ]);
        })
        .requests(4)
        .ends(Ends::AfterRetries),
    ]
}

fn limits() -> Vec<Row> {
    let limited = |value: &str| Reply::empty(429).header("retry-after", value);
    let spotifys = r#"{"error":{"status":429,"message":"API rate limit exceeded"}}"#;
    vec![
        lasting(
            "429 without Retry-After",
            RateLimited,
            "Wait a minute",
            Reply::empty(429),
        ),
        lasting(
            "429 with Spotify's body",
            RateLimited,
            "API rate limit exceeded",
            Reply::json(429, spotifys),
        ),
        once("429 for an hour", RateLimited, "Try again in 3600 s", limited("3600")),
        once(
            "429 until a date",
            RateLimited,
            "in more than a day",
            limited("Fri, 01 Jan 2100 00:00:00 GMT"),
        ),
        once(
            "429 with a huge Retry-After",
            RateLimited,
            "in more than a day",
            limited("99999999999999999999"),
        ),
        lasting(
            "429 until a date in the past",
            RateLimited,
            "rate limiting requests",
            limited("Sun, 06 Nov 1994 08:49:37 GMT"),
        ),
        lasting(
            "429 with an invalid Retry-After",
            RateLimited,
            "Wait a minute",
            limited("soon"),
        ),
        lasting(
            "429 with a negative Retry-After",
            RateLimited,
            "Wait a minute",
            limited("-1"),
        ),
        lasting("429 for 0 seconds", RateLimited, "Wait a minute", limited("0")),
        survives("429 for a second", move |place| {
            place.answers([limited("1"), Reply::token("BQ", 60)]);
        })
        .requests(2)
        .ends(Ends::AfterItsWish),
        fails(
            "429 for two seconds, and the call has less",
            RateLimited,
            "Try again in 2 s",
            move |place| {
                place.answers([limited("2")]).hurried();
            },
        )
        .requests(1),
        survives("100 Continue first", |place| {
            let token = r#"{"access_token":"BQ","token_type":"Bearer"}"#;
            let answer = format!(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{token}",
                token.len()
            );
            place.answers([Reply::raw(answer)]);
        }),
        once(
            "101 Switching Protocols",
            Http,
            "status 101",
            Reply::raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
        ),
        once(
            "a status of two digits",
            BadResponse,
            "not valid HTTP",
            Reply::raw("HTTP/1.1 99 Strange\r\n\r\n"),
        ),
        once(
            "a status that is not a number",
            BadResponse,
            "not valid HTTP",
            Reply::raw("HTTP/1.1 OK\r\n\r\n"),
        ),
    ]
}
