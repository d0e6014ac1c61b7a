//! Options that are not acceptable, from the environment, and the files that they name.

use spotify_token::ErrorKind::{File, InvalidArgument};

use super::row::{Row, fails, survives};

pub const ABOUT: &str = "Invalid options. No request is made until all options are valid.";

/// A variable with a value that its option does not take.
fn bad(fault: &'static str, variable: &'static str, value: &'static str, hint: &'static str) -> Row {
    fails(fault, InvalidArgument, hint, move |place| {
        place.spotify().set(variable, value);
    })
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        bad(
            "the token URL is plain http to another host",
            "SPOTIFY_TOKEN_URL",
            "http://accounts.spotify.com/api/token",
            "with https",
        ),
        bad(
            "the token URL has no scheme",
            "SPOTIFY_TOKEN_URL",
            "accounts.spotify.com/api/token",
            "scheme and host",
        ),
        bad(
            "the token URL contains a user and a password",
            "SPOTIFY_TOKEN_URL",
            "https://me:canary@accounts.spotify.com/",
            "without user",
        ),
        bad(
            "the token URL has a fragment",
            "SPOTIFY_TOKEN_URL",
            "https://accounts.spotify.com/api/token#x",
            "fragment",
        ),
        bad(
            "the port of the token URL is invalid",
            "SPOTIFY_TOKEN_URL",
            "https://accounts.spotify.com:99999/",
            "from 1 to 65535",
        ),
        bad(
            "a time is not a number",
            "SPOTIFY_TIMEOUT_MS",
            "30s",
            "whole number of milliseconds",
        ),
        bad("a time is 0", "SPOTIFY_ATTEMPT_TIMEOUT_MS", "0", "from 1 to"),
        bad("a time is negative", "SPOTIFY_TIMEOUT_MS", "-1", "from 1 to"),
        bad(
            "the number of retries is too large",
            "SPOTIFY_MAX_RETRIES",
            "101",
            "from 0 to 100",
        ),
        bad("the cache is unknown", "SPOTIFY_CACHE", "disk", "memory, file").redis(false),
        bad(
            "the name of the cache directory is empty",
            "SPOTIFY_CACHE",
            "file:",
            "file:DIRECTORY",
        ),
        bad(
            "the cache directory begins with ~",
            "SPOTIFY_CACHE",
            "file:~/tokens",
            "is not expanded here",
        ),
        bad(
            "the cache directory begins with $",
            "SPOTIFY_CACHE",
            "file:$HOME/tokens",
            "is not expanded here",
        ),
        bad(
            "the proxy is not a URL",
            "SPOTIFY_PROXY",
            "nonsense://canary@proxy",
            "http://proxy.example:3128",
        ),
        bad(
            "the port of the proxy is invalid",
            "SPOTIFY_PROXY",
            "http://proxy.example:canary",
            "http://proxy.example:3128",
        ),
        bad(
            "the User-Agent contains a newline",
            "SPOTIFY_USER_AGENT",
            "me\r\nX: y",
            "printable ASCII",
        ),
        fails(
            "the User-Agent is too long for a request",
            InvalidArgument,
            "at most 8192 characters",
            |place| {
                place.spotify().set("SPOTIFY_USER_AGENT", &"a".repeat(10_000));
            },
        ),
        fails(
            "the token URL is too long for a request",
            InvalidArgument,
            "at most 8192 characters",
            |place| {
                let url = format!("https://localhost/{}", "a".repeat(10_000));
                place.spotify().set("SPOTIFY_TOKEN_URL", &url);
            },
        ),
        fails(
            "the file of CA certificates is missing",
            File,
            "No such file",
            |place| {
                let nowhere = place.path("ca.pem").display().to_string();
                place
                    .asks_port("https", "localhost", 1)
                    .set("SPOTIFY_CA_FILE", &nowhere);
            },
        ),
        fails(
            "the file of CA certificates is a directory",
            File,
            "directory",
            |place| {
                let directory = place.directory().display().to_string();
                place
                    .asks_port("https", "localhost", 1)
                    .set("SPOTIFY_CA_FILE", &directory);
            },
        ),
        fails(
            "the file of CA certificates contains something else",
            File,
            "no certificate in it",
            |place| {
                let notes = place.file("ca.pem", "not a certificate\n");
                place.asks_port("https", "localhost", 1).set("SPOTIFY_CA_FILE", &notes);
            },
        ),
        fails(
            "a certificate in the file of CA certificates is damaged",
            File,
            "damaged",
            |place| {
                let damaged = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
                let file = place.file("ca.pem", damaged);
                place.asks_port("https", "localhost", 1).set("SPOTIFY_CA_FILE", &file);
            },
        ),
        fails("SSL_CERT_FILE names a missing file", File, "SSL_CERT_FILE", |place| {
            let nowhere = place.path("ca.pem").display().to_string();
            place.asks_port("https", "localhost", 1).set("SSL_CERT_FILE", &nowhere);
        }),
        survives("a variable for a number is empty", |place| {
            place.spotify().set("SPOTIFY_TIMEOUT_MS", "").set("SPOTIFY_CA_FILE", "");
        }),
        survives("the file of CA certificates is missing, without TLS", |place| {
            place.spotify().set("SPOTIFY_CA_FILE", "/nowhere");
        }),
    ];
    let without_redis = bad(
        "Redis, in a build without Redis",
        "SPOTIFY_CACHE",
        "redis://:canary@127.0.0.1/0",
        "cargo feature \"redis\"",
    );
    rows.push(without_redis.redis(false));
    rows
}
