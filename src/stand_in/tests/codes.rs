//! Codes exchanged for tokens, and what the responses have in them.

use super::basic;
use super::login::*;
use crate::stand_in::form::Parameters;
use crate::stand_in::{Accounts, StandIn};

#[test]
fn a_user_agrees_and_the_code_brings_tokens() {
    let server = start();
    let location = server.agree(&url(&server));
    assert!(location.starts_with(&format!("{REDIRECT}?code=AQ")), "{location}");
    assert_eq!(Parameters::of_query(&location).get("state"), Some(STATE));
    let (status, tokens) = exchange(&server, &code(&location));
    assert_eq!(status, 200);
    assert!(text(&tokens, "access_token").starts_with("BQ"));
    let refresh_token = text(&tokens, "refresh_token");
    assert!(
        refresh_token.starts_with("AQ") && refresh_token.len() == 131,
        "{refresh_token}"
    );
    assert_eq!(
        (
            text(&tokens, "token_type"),
            text(&tokens, "scope"),
            &tokens["expires_in"]
        ),
        ("Bearer", SCOPE, &3600.into())
    );
    assert_eq!(tokens.as_object().unwrap().len(), 5);
    assert_eq!(
        server.requests().len(),
        1,
        "the browser's requests are not token requests"
    );
}

#[test]
fn a_code_is_bound_to_what_it_was_issued_for() {
    let server = start();
    let code = code(&server.agree(&url(&server)));
    let other = "http://127.0.0.1:4712/callback";
    assert_refused(
        &exchange_with(&server, &code, other, VERIFIER),
        "invalid_grant",
        "Invalid redirect URI",
    );
    assert_refused(
        &exchange_with(&server, &code, REDIRECT, CHALLENGE),
        "invalid_grant",
        "code_verifier was incorrect",
    );
    assert_refused(
        &exchange(&server, "AQnonsense"),
        "invalid_grant",
        "Invalid authorization code",
    );
    let form = |without: &str, client_id: &'static str| {
        let all = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        let kept: Vec<_> = all.into_iter().filter(|(name, _)| *name != without).collect();
        token_request(&server, &kept)
    };
    assert_refused(
        &form("code", Accounts::CLIENT_ID),
        "invalid_request",
        "code must be supplied",
    );
    assert_refused(
        &form("redirect_uri", Accounts::CLIENT_ID),
        "invalid_request",
        "redirect_uri must be supplied",
    );
    assert_refused(
        &form("code_verifier", Accounts::CLIENT_ID),
        "invalid_request",
        "code_verifier required",
    );
    assert_refused(&form("client_id", ""), "invalid_client", "");
    assert_refused(&form("", "nobody"), "invalid_client", "Invalid client");
    assert_eq!(form("", Accounts::CLIENT_ID).0, 200, "what was refused changed nothing");
}

#[test]
fn a_code_used_twice_revokes_what_it_brought() {
    let server = start();
    let other_login = log_in(&server);
    let code = code(&server.agree(&url(&server)));
    let (_, tokens) = exchange(&server, &code);
    let (_, refreshed) = refresh(&server, text(&tokens, "refresh_token"));
    assert_eq!(api(&server, "GET", "/v1/me", &refreshed).0, 200);
    assert_refused(&exchange(&server, &code), "invalid_grant", "Invalid authorization code");
    assert_refused(
        &refresh(&server, text(&tokens, "refresh_token")),
        "invalid_grant",
        "Refresh token revoked",
    );
    for token in [&tokens, &refreshed] {
        assert_eq!(api(&server, "GET", "/v1/me", token).0, 401);
    }
    assert_eq!(api(&server, "GET", "/v1/me", &other_login).0, 200);
    assert_eq!(refresh(&server, text(&other_login, "refresh_token")).0, 200);
}

#[test]
fn a_basic_header_is_taken_and_checked() {
    let server = start();
    let tokens = log_in(&server);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
    ];
    let good = basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    assert_eq!(token_request_as(&server, Some(&good), &form).0, 200);
    let wrong = basic(Accounts::CLIENT_ID, "wrong");
    assert_refused(
        &token_request_as(&server, Some(&wrong), &form),
        "invalid_client",
        "Invalid client secret",
    );
    assert_refused(&token_request(&server, &form), "invalid_client", "");
}

#[test]
fn without_pkce_the_app_needs_its_secret() {
    let server = start();
    let plain = [("code_challenge", None), ("code_challenge_method", None)];
    let code = code(&server.agree(&url_with(&server, &plain)));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", Accounts::CLIENT_ID),
        ("code", &code),
        ("redirect_uri", REDIRECT),
    ];
    assert_refused(&token_request(&server, &form), "invalid_client", "");
    let good = basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    let (status, tokens) = token_request_as(&server, Some(&good), &form);
    assert_eq!(status, 200);
    let token = text(&tokens, "refresh_token");
    assert_refused(&refresh(&server, token), "invalid_client", "");
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    assert_eq!(token_request_as(&server, Some(&good), &form).0, 200);
}

#[test]
fn responses_differ_as_a_test_wants() {
    let accounts = Accounts {
        withheld_scopes: vec!["playlist-read-private".to_owned()],
        token_type: "mac".to_owned(),
        ..Accounts::default()
    };
    let tokens = log_in(&StandIn::spotify(accounts).unwrap());
    assert_eq!(
        (text(&tokens, "scope"), text(&tokens, "token_type")),
        ("user-read-private", "mac")
    );
    let accounts = Accounts {
        names_scope: false,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let tokens = log_in(&server);
    assert!(tokens.get("scope").is_none());
    assert!(
        refresh(&server, text(&tokens, "refresh_token"))
            .1
            .get("scope")
            .is_none()
    );
    let without = url_with(&server, &[("scope", None)]);
    assert!(get(&server, &without).contains("See what is public about you"));
}
