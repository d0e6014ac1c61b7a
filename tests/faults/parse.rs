//! What is in the body of a 200: strict where a mistake would hurt, patient elsewhere.

use spotify_token::ErrorKind::{BadResponse, InvalidClient, Oauth};
use spotify_token::stand_in::Reply;

use super::row::{Row, survives};
use super::status::once;
use super::support::SECRET;

pub const ABOUT: &str = "The content of a response with status 200.";

/// A 200 that cannot be used.
fn unusable(fault: &'static str, body: &str, hint: &'static str) -> Row {
    once(fault, BadResponse, hint, Reply::json(200, body))
}

/// A grant with one more member, which cannot be used.
fn odd(fault: &'static str, member: &str, hint: &'static str) -> Row {
    unusable(fault, &with(member), hint)
}

/// A grant with one more member, which is let pass.
fn passes(fault: &'static str, member: &str) -> Row {
    passes_whole(fault, with(member))
}

fn passes_whole(fault: &'static str, body: impl Into<String>) -> Row {
    let reply = Reply::json(200, body);
    survives(fault, move |place| {
        place.answers([reply.clone()]);
    })
}

fn with(member: &str) -> String {
    format!(r#"{{"access_token":"BQcanary","token_type":"Bearer",{member}}}"#)
}

pub fn rows() -> Vec<Row> {
    [shapes(), members(), lifetimes(), survived()]
        .into_iter()
        .flatten()
        .collect()
}

fn shapes() -> Vec<Row> {
    vec![
        once(
            "a login page of the network",
            BadResponse,
            "login page",
            Reply::text(200, "text/html", "<html>Sign in</html>"),
        ),
        once(
            "plain text instead of JSON",
            BadResponse,
            "not a JSON object",
            Reply::text(200, "text/plain", "OK"),
        ),
        once(
            "a form instead of JSON",
            BadResponse,
            "not a JSON object",
            Reply::text(
                200,
                "application/x-www-form-urlencoded",
                "access_token=BQcanary&token_type=bearer",
            ),
        ),
        unusable("incomplete JSON", r#"{"access_token":"BQcanary"#, "not JSON"),
        unusable(
            "JSON followed by something else",
            &format!("{}x", with(r#""x":1"#)),
            "not JSON",
        ),
        unusable("a list instead of an object", "[]", "not a JSON object"),
        unusable(
            "a list with the values of a token",
            r#"["BQcanary","Bearer",3600,"",null,null]"#,
            "not a JSON object",
        ),
        unusable("a string instead of an object", r#""BQcanary""#, "not a JSON object"),
        unusable("null", "null", "not a JSON object"),
        unusable("an empty object", "{}", "no access_token"),
        unusable("an object 10,000 deep", &"{\"a\":".repeat(10_000), "not JSON"),
        unusable(
            "text that is not UTF-8",
            "{\"access_token\":\"BQcanary\\ud800\",\"token_type\":\"Bearer\"}",
            "not JSON",
        ),
        once(
            "a leading byte order mark",
            BadResponse,
            "not a JSON object",
            Reply::json(200, format!("\u{feff}{}", with(r#""x":1"#))),
        ),
    ]
}

fn members() -> Vec<Row> {
    vec![
        unusable("no access_token", r#"{"token_type":"Bearer"}"#, "no access_token"),
        unusable(
            "access_token is null",
            r#"{"access_token":null,"token_type":"Bearer"}"#,
            "no access_token",
        ),
        unusable(
            "access_token is empty",
            r#"{"access_token":"","token_type":"Bearer"}"#,
            "invalid characters",
        ),
        unusable(
            "access_token is a number",
            r#"{"access_token":5,"token_type":"Bearer"}"#,
            "wrong type",
        ),
        unusable(
            "access_token contains a newline and a header",
            r#"{"access_token":"BQ\r\nX: canary","token_type":"Bearer"}"#,
            "invalid characters",
        ),
        unusable(
            "access_token contains a space",
            r#"{"access_token":"BQ canary","token_type":"Bearer"}"#,
            "invalid characters",
        ),
        odd(
            "access_token is duplicated",
            r#""access_token":"BQcanary2""#,
            "duplicated",
        ),
        unusable("no token_type", r#"{"access_token":"BQcanary"}"#, "no token_type"),
        unusable(
            "token_type is mac",
            r#"{"access_token":"BQcanary","token_type":"mac"}"#,
            "'mac' instead of Bearer",
        ),
        unusable(
            "token_type is our secret",
            &format!(r#"{{"access_token":"BQcanary","token_type":"{SECRET}"}}"#),
            "[hidden]",
        ),
        odd("scope contains a quote", r#""scope":"a\"b""#, "invalid characters"),
        odd("scope is a list", r#""scope":["a"]"#, "wrong type"),
        once(
            "an OAuth error inside a 200",
            Oauth,
            "invalid_request",
            Reply::json(200, r#"{"error":"invalid_request"}"#),
        ),
        once(
            "invalid_client inside a 200",
            InvalidClient,
            "dashboard",
            Reply::json(200, r#"{"error":"invalid_client"}"#),
        ),
        once(
            "an OAuth error beside a token",
            Oauth,
            "server_error",
            Reply::json(200, with(r#""error":"server_error""#)),
        ),
        odd(
            "an error that is not an OAuth error beside a token",
            r#""error":{"status":500}"#,
            "a token and an error",
        ),
    ]
}

fn lifetimes() -> Vec<Row> {
    const HINT: &str = "expires_in is not a positive whole number";
    vec![
        odd("expires_in is 0", r#""expires_in":0"#, HINT),
        odd("expires_in is negative", r#""expires_in":-1"#, HINT),
        odd("expires_in is half a second", r#""expires_in":0.5"#, HINT),
        odd(
            "expires_in is beyond 64 bits",
            r#""expires_in":99999999999999999999"#,
            HINT,
        ),
        odd("expires_in is text", r#""expires_in":"soon""#, HINT),
        odd("expires_in is true", r#""expires_in":true"#, HINT),
        odd("expires_in is an empty string", r#""expires_in":"""#, HINT),
        odd(
            "expires_in is duplicated",
            r#""expires_in":60,"expires_in":61"#,
            "duplicated",
        ),
    ]
}

fn survived() -> Vec<Row> {
    vec![
        passes("no expires_in", r#""x":1"#),
        passes("expires_in is null", r#""expires_in":null"#),
        passes("expires_in is a numeric string", r#""expires_in":"3600""#),
        passes("expires_in is a float", r#""expires_in":3.6e3"#),
        passes("expires_in is a century", r#""expires_in":3155760000"#),
        passes("expires_in is a second", r#""expires_in":1"#),
        passes_whole(
            "token_type is bearer, in lower case",
            r#"{"access_token":"BQcanary","token_type":"bearer"}"#,
        ),
        passes("scope is null", r#""scope":null"#),
        passes("two scopes", r#""scope":"a b""#),
        passes("error is null", r#""error":null"#),
        passes("unknown fields", r#""refresh_token":"x","foo":[{"a":{}}]"#),
        passes("an unknown field is duplicated", r#""foo":1,"foo":2"#),
        passes_whole(
            "escaped characters",
            r#"{"access_\u0074oken":"BQ\u0063anary","token_type":"B\u0065arer"}"#,
        ),
        passes_whole(
            "a token of 20,000 characters",
            format!(r#"{{"access_token":"BQ{}","token_type":"Bearer"}}"#, "a".repeat(20_000)),
        ),
    ]
}
