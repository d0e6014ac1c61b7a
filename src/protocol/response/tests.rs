//! Every row of what Spotify responds, and everything else a server can send.

use std::time::Duration;

use super::*;
use crate::credentials::{Credentials, PublicClient};
use crate::error::ErrorKind;
use crate::secret::Secret;

const SECRET: &str = "CANARY:secret value";

fn credentials() -> Credentials {
    Credentials {
        client_id: Secret::new("0123456789abcdef0123456789abcdef"),
        client_secret: Secret::new(SECRET),
        source: "a test".to_owned(),
    }
}

fn outcome(status: u16, body: &str) -> Result<TokenResponse, Error> {
    outcome_of(&Response {
        status,
        body: Zeroizing::new(body.as_bytes().to_vec()),
        ..Response::default()
    })
}

fn outcome_of(response: &Response) -> Result<TokenResponse, Error> {
    let now = Moment {
        wall_ms: 784_111_777_000,
        steady_ms: 0,
    };
    read(response, &AuthorizationGrant::ClientCredentials(&credentials()), now).map(|success| success.token)
}

fn success(members: &str) -> Result<TokenResponse, Error> {
    outcome(
        200,
        &format!(r#"{{"access_token":"BQabc","token_type":"Bearer"{members}}}"#),
    )
}

#[test]
fn the_answer_of_the_tutorial() {
    let token_response = success(r#","expires_in":3600"#).unwrap();
    assert_eq!(token_response.access_token.expose(), "BQabc");
    assert_eq!(token_response.lifetime, Duration::from_secs(3600));
    assert_eq!(token_response.scope, "");
}

#[test]
fn expires_in_in_every_form() {
    for (value, seconds) in [
        ("1", 1),
        ("3600.0", 3600),
        ("3.6e3", 3600),
        ("\"3600\"", 3600),
        ("\" 3600 \"", 3600),
        ("\"3600.0\"", 3600),
        ("null", 300),
        ("9223372036854775807", i64::MAX as u64),
    ] {
        let token_response = success(&format!(r#","expires_in":{value}"#)).expect(value);
        assert_eq!(token_response.lifetime, Duration::from_secs(seconds), "{value}");
    }
    assert_eq!(success("").unwrap().lifetime, Duration::from_secs(300));
    for value in [
        "0",
        "-1",
        "0.5",
        "3600.5",
        "9223372036854775808",
        "1e19",
        "1e400",
        "\"\"",
        "\"soon\"",
        "\"inf\"",
        "\"NaN\"",
        "true",
        "[]",
        "{}",
    ] {
        let error = success(&format!(r#","expires_in":{value}"#)).expect_err(value);
        assert_eq!(error.kind(), ErrorKind::BadResponse, "{value}");
    }
}

#[test]
fn token_type_is_required_and_read_without_case() {
    let with = |member: &str| outcome(200, &format!(r#"{{"access_token":"BQabc"{member}}}"#));
    for kind in ["bearer", "BEARER", "Bearer"] {
        assert!(with(&format!(r#","token_type":"{kind}""#)).is_ok());
    }
    for member in [
        "",
        r#","token_type":null"#,
        r#","token_type":"mac""#,
        r#","token_type":1"#,
        r#","token_type":"""#,
    ] {
        assert_eq!(with(member).unwrap_err().kind(), ErrorKind::BadResponse, "{member}");
    }
}

#[test]
fn what_is_not_a_token_is_refused_and_not_shown() {
    for token in [
        "CANARY\\r\\nX: y",
        "CANARY\\\"",
        "CANARY token",
        "",
        "=",
        "CANARY\\u0000",
        "CANARYä",
    ] {
        let error = outcome(200, &format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadResponse);
        assert!(!error.message().contains("CANARY"), "{error}");
    }
}

#[test]
fn unknown_members_and_a_scope_are_taken() {
    let token_response = success(r#","scope":"a b","new":{"x":[1,null]}"#).unwrap();
    assert_eq!(token_response.scope, "a b");
    assert_eq!(success(r#","scope":null"#).unwrap().scope, "");
    assert_eq!(
        success(r#","scope":"a\nb""#).unwrap_err().kind(),
        ErrorKind::BadResponse
    );
}

#[test]
fn a_success_that_is_none() {
    let deep = "[".repeat(100_000);
    for body in [
        "",
        " ",
        "null",
        "[]",
        "\"BQabc\"",
        "{}",
        "{\"access_token\":\"BQabc\",\"token_type\":\"Bearer\"",
        "{\"access_token\":\"BQabc\",\"token_type\":\"Bearer\"} and more",
        "{\"access_token\":\"BQabc\",\"access_token\":\"BQabc\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"BQabc\",\"token_type\":\"Bearer\",\"expires_in\":1,\"expires_in\":2}",
        "{\"access_token\":17,\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"BQabc\",\"token_type\":\"Bearer\",\"error\":{}}",
        "<html>Sign in to the network</html>",
        "\u{0}",
        &deep,
    ] {
        let error = outcome(200, body).expect_err(body);
        assert_eq!(error.kind(), ErrorKind::BadResponse);
        assert_eq!(error.http_status(), Some(200));
        assert!(!error.message().contains("BQabc"), "{error}");
    }
}

#[test]
fn an_error_inside_a_200_is_that_error() {
    let error = outcome(200, r#"{"error":"invalid_client","error_description":"no"}"#).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidClient);
    let error = success(r#","error":"server_error""#).unwrap_err();
    assert_eq!(
        (error.kind(), error.oauth_error()),
        (ErrorKind::Oauth, Some("server_error"))
    );
    assert!(success(r#","error":null"#).is_ok());
}

#[test]
fn every_refusal_has_its_code() {
    let invalid = r#"{"error":"invalid_client","error_description":"Invalid client secret"}"#;
    let token_response = r#"{"error":"unsupported_grant_type","error_description":"grant_type parameter is missing"}"#;
    let status = r#"{"error":"server_error","error_description":"Unexpected status: 415"}"#;
    let quota = r#"{"error":{"status":429,"message":"API rate limit exceeded","reason":"QUOTA_EXCEEDED"}}"#;
    for (status, body, code, oauth_error) in [
        (400, invalid, ErrorKind::InvalidClient, Some("invalid_client")),
        (401, invalid, ErrorKind::InvalidClient, Some("invalid_client")),
        (
            400,
            r#"{"error":"invalid_client"}"#,
            ErrorKind::InvalidClient,
            Some("invalid_client"),
        ),
        (401, "", ErrorKind::InvalidClient, None),
        (401, "<html>", ErrorKind::InvalidClient, None),
        (401, token_response, ErrorKind::Oauth, Some("unsupported_grant_type")),
        (400, token_response, ErrorKind::Oauth, Some("unsupported_grant_type")),
        (415, status, ErrorKind::Oauth, Some("server_error")),
        (405, status, ErrorKind::Oauth, Some("server_error")),
        (429, quota, ErrorKind::RateLimited, None),
        (429, invalid, ErrorKind::RateLimited, Some("invalid_client")),
        (408, "", ErrorKind::Server, None),
        (425, "", ErrorKind::Server, None),
        (500, "", ErrorKind::Server, None),
        (502, "", ErrorKind::Server, None),
        (503, "upstream connect error", ErrorKind::Server, None),
        (
            503,
            r#"{"error":"temporarily_unavailable"}"#,
            ErrorKind::Server,
            Some("temporarily_unavailable"),
        ),
        (599, "", ErrorKind::Server, None),
        (400, "", ErrorKind::Http, None),
        (400, "<html>Bad Request</html>", ErrorKind::Http, None),
        (400, r#"{"error":{"status":400,"message":"no"}}"#, ErrorKind::Http, None),
        (400, r#"{"error":""}"#, ErrorKind::Http, None),
        (403, "no", ErrorKind::Http, None),
        (404, "", ErrorKind::Http, None),
        (407, "", ErrorKind::Http, None),
        (301, "", ErrorKind::Http, None),
        (307, invalid, ErrorKind::Http, Some("invalid_client")),
        (
            201,
            r#"{"access_token":"BQabc","token_type":"Bearer"}"#,
            ErrorKind::Http,
            None,
        ),
        (204, "", ErrorKind::Http, None),
        (600, "", ErrorKind::Http, None),
    ] {
        let error = outcome(status, body).unwrap_err();
        assert_eq!(error.kind(), code, "{status} {body}");
        assert_eq!(error.oauth_error(), oauth_error, "{status} {body}");
        assert_eq!(error.http_status(), Some(status));
        assert!(error.message().contains(&status.to_string()), "{error}");
    }
}

#[test]
fn retry_after_comes_along() {
    let error = outcome_of(&Response {
        status: 429,
        retry_after: Some("19056".to_owned()),
        ..Response::default()
    })
    .unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(19056)));
    assert!(error.message().contains("19056"), "{error}");
    assert_eq!(outcome(429, "").unwrap_err().retry_after(), None);
}

#[test]
fn a_servers_words_are_cleaned_cut_and_masked() {
    let shown = |text: &str| outcome(503, text).unwrap_err().message().to_owned();
    let message = shown(&format!("\u{1b}[31mred\r\n{}", "x".repeat(70_000)));
    assert!(!message.contains(char::is_control) && message.len() < 800, "{message}");

    let credentials = credentials();
    let authorization = crate::protocol::grant::basic(&credentials);
    let sent_back = [
        SECRET.to_owned(),
        "CANARY%3Asecret+value".to_owned(),
        authorization.expose().to_owned(),
    ];
    for secret in sent_back {
        for body in [
            format!("you sent {secret}"),
            format!("{}{secret}", "x".repeat(490)),
            format!(r#"{{"error":"{secret}","error_description":"{secret}"}}"#),
        ] {
            for status in [200, 400, 429, 503] {
                let error = outcome(status, &body).unwrap_err();
                let everything = format!("{error:?} {error}");
                assert!(!everything.contains("CANARY"), "{everything}");
                assert!(!everything.contains(&authorization.expose()[6..]), "{everything}");
            }
        }
    }
}

#[test]
fn a_token_in_what_is_no_success_is_not_quoted() {
    let token = "BQcanarycanary";
    for body in [
        format!(r#"{{"access_token":"{token}","token_type":"Bearer""#),
        format!(r#"{{"access_token":"{token}","error":"{token}","error_description":"{token}"}}"#),
        format!(r#"{{"access_token":"{token}","error":"server_error","error_description":"{token}"}}"#),
        format!(r#"{{"access_token":"{token}","token_type":"{token}"}}"#),
        format!("<p>access_token={token}</p>"),
    ] {
        for status in [200, 201, 302, 400, 503] {
            let error = outcome(status, &body).unwrap_err();
            let everything = format!("{error:?} {error}");
            assert!(!everything.contains(token), "{status}: {everything}");
        }
    }
    let error = outcome(400, r#"{"access_token":"x","error":"server_error"}"#).unwrap_err();
    assert_eq!(error.oauth_error(), Some("server_error"), "a known word is no token");
}

#[test]
fn a_secret_with_a_character_that_cleaning_takes_away_is_masked() {
    let secret = "canary\u{202e}yranac";
    // Such a secret is refused where it comes in.
    let credentials = Credentials {
        client_id: Secret::new("id"),
        client_secret: Secret::new(secret),
        source: "a test".to_owned(),
    };
    assert_eq!(
        redact::shown(
            &format!("you sent {secret}"),
            &AuthorizationGrant::ClientCredentials(&credentials)
        ),
        "you sent [hidden]"
    );
}

#[test]
fn advice_names_the_source_and_an_odd_shape() {
    let error = outcome(400, r#"{"error":"invalid_client"}"#).unwrap_err();
    let message = error.message();
    assert!(
        message.contains("a test") && message.contains("32 hex digits"),
        "{message}"
    );
}

fn refreshed(status: u16, body: &str) -> Result<Success, Error> {
    let client = PublicClient {
        client_id: Secret::new("0123456789abcdef0123456789abcdef"),
        source: "a test".to_owned(),
    };
    let grant = AuthorizationGrant::RefreshToken {
        client: &client,
        refresh_token: &Secret::new("AQcanary/1"),
        scope: "user-read-private",
    };
    let response = Response {
        status,
        body: Zeroizing::new(body.as_bytes().to_vec()),
        ..Response::default()
    };
    let now = Moment {
        wall_ms: 0,
        steady_ms: 0,
    };
    read(&response, &grant, now)
}

#[test]
fn a_refresh_may_bring_a_new_refresh_token_and_another_scope() {
    let bare = refreshed(200, r#"{"access_token":"BQa","token_type":"Bearer","expires_in":1}"#).unwrap();
    assert_eq!(
        (bare.refresh_token, bare.token.scope.as_str()),
        (None, "user-read-private")
    );
    for none in ["null", "\"\""] {
        let body = format!(r#"{{"access_token":"BQa","token_type":"Bearer","refresh_token":{none}}}"#);
        assert_eq!(refreshed(200, &body).unwrap().refresh_token, None);
    }
    let rotated = refreshed(
        200,
        r#"{"access_token":"BQa","token_type":"Bearer","scope":"","refresh_token":"AQnew"}"#,
    );
    let rotated = rotated.unwrap();
    assert_eq!(rotated.refresh_token.as_ref().unwrap().expose(), "AQnew");
    assert_eq!(rotated.token.scope, "");
    assert!(!format!("{rotated:?}").contains("AQnew"));
    let bad = refreshed(
        200,
        r#"{"access_token":"BQa","token_type":"Bearer","refresh_token":"AQ\u0000x"}"#,
    );
    assert_eq!(bad.unwrap_err().kind(), ErrorKind::BadResponse);
}

#[test]
fn a_refused_refresh_shows_the_servers_words_and_no_token() {
    let error = refreshed(
        400,
        r#"{"error":"invalid_grant","error_description":"Refresh token revoked: AQcanary/1, AQcanary%2F1"}"#,
    )
    .unwrap_err();
    assert_eq!(
        (error.kind(), error.oauth_error()),
        (ErrorKind::Oauth, Some("invalid_grant"))
    );
    let message = error.message();
    assert!(
        message.contains("Refresh token revoked") && !message.contains("canary"),
        "{message}"
    );
}

#[test]
fn an_app_token_ignores_a_refresh_token() {
    let response = Response {
        status: 200,
        body: Zeroizing::new(br#"{"access_token":"BQa","token_type":"Bearer","refresh_token":"AQ x"}"#.to_vec()),
        ..Response::default()
    };
    let now = Moment {
        wall_ms: 0,
        steady_ms: 0,
    };
    let read = super::read(&response, &AuthorizationGrant::ClientCredentials(&credentials()), now).unwrap();
    assert_eq!(read.refresh_token, None);
}
