//! Logins of users, seen from a socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::form::{Parameters, encoded};
use super::tests::{FORM, basic, post, say};
use super::*;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://127.0.0.1:4711/callback";
const STATE: &str = "a state & more";
const SCOPE: &str = "user-read-private playlist-read-private";

fn start() -> StandIn {
    StandIn::spotify(Accounts::default()).unwrap()
}

/// The address of a login. A parameter with another value replaces the usual one; `None` leaves it out.
fn url_with(server: &StandIn, changes: &[(&str, Option<&str>)]) -> String {
    let usual = [
        ("client_id", Accounts::CLIENT_ID),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("state", STATE),
        ("scope", SCOPE),
        ("code_challenge_method", "S256"),
        ("code_challenge", CHALLENGE),
    ];
    let mut parameters = Vec::new();
    for (name, value) in usual {
        let change = changes.iter().find(|(changed, _)| *changed == name);
        if let Some(value) = change.map_or(Some(value), |(_, value)| *value) {
            parameters.push(format!("{name}={}", encoded(value)));
        }
    }
    format!("{}?{}", server.authorize_url(), parameters.join("&"))
}

fn url(server: &StandIn) -> String {
    url_with(server, &[])
}

fn get(server: &StandIn, url: &str) -> String {
    let path = url.strip_prefix(&format!("http://{}", server.address())).unwrap();
    say(
        server,
        &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    )
}

fn status(answer: &str) -> u16 {
    answer[9..12].parse().unwrap()
}

fn code(location: &str) -> String {
    Parameters::of_query(location).get("code").unwrap().to_owned()
}

fn token_request(server: &StandIn, parameters: &[(&str, &str)]) -> (u16, Value) {
    token_request_as(server, None, parameters)
}

fn token_request_as(server: &StandIn, authorization: Option<&str>, parameters: &[(&str, &str)]) -> (u16, Value) {
    let form: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let (status, body) = post(server, authorization, FORM, &form.join("&"));
    (status, serde_json::from_str(&body).unwrap())
}

fn exchange_with(server: &StandIn, code: &str, redirect_uri: &str, verifier: &str) -> (u16, Value) {
    token_request(
        server,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", Accounts::CLIENT_ID),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ],
    )
}

fn exchange(server: &StandIn, code: &str) -> (u16, Value) {
    exchange_with(server, code, REDIRECT, VERIFIER)
}

fn refresh(server: &StandIn, refresh_token: &str) -> (u16, Value) {
    token_request(
        server,
        &[
            ("grant_type", "refresh_token"),
            ("client_id", Accounts::CLIENT_ID),
            ("refresh_token", refresh_token),
        ],
    )
}

/// The tokens of a new login.
fn log_in(server: &StandIn) -> Value {
    let (status, tokens) = exchange(server, &code(&server.agree(&url(server))));
    assert_eq!(status, 200, "{tokens}");
    tokens
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

fn assert_refused(answer: &(u16, Value), error: &str, description: &str) {
    let (status, body) = answer;
    assert_eq!(
        (*status, text(body, "error"), text(body, "error_description")),
        (400, error, description)
    );
}

fn api(server: &StandIn, method: &str, path: &str, token: &Value) -> (u16, Value) {
    let token = text(token, "access_token");
    let answer = say(
        server,
        &format!("{method} {path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"),
    );
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status(&answer), serde_json::from_str(body).unwrap_or_default())
}

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
fn a_user_declines_and_no_code_is_issued() {
    let server = start();
    let location = server.decline(&url(&server));
    assert_eq!(
        location,
        format!("{REDIRECT}?error=access_denied&state={}", encoded(STATE))
    );
    let without_state = server.decline(&url_with(&server, &[("state", None)]));
    assert_eq!(without_state, format!("{REDIRECT}?error=access_denied"));
}

const INVALID: &str = "INVALID_CLIENT: Invalid redirect URI";

/// A parameter, its value, and what the page says.
const REFUSED_ON_A_PAGE: [(&str, Option<&str>, &str); 20] = [
    ("client_id", Some("nobody"), "INVALID_CLIENT: Invalid client"),
    ("client_id", None, "Missing required parameter: client_id"),
    ("redirect_uri", None, "Missing required parameter: redirect_uri"),
    ("redirect_uri", Some("http://127.0.0.1/other"), INVALID),
    ("redirect_uri", Some("http://127.0.0.1:0/callback"), INVALID),
    ("redirect_uri", Some("http://127.0.0.1:70000/callback"), INVALID),
    (
        "redirect_uri",
        Some("http://127.0.0.1:1@evil.example/callback"),
        INVALID,
    ),
    ("redirect_uri", Some("http://127.0.0.1.evil.example/callback"), INVALID),
    ("redirect_uri", Some("http://127.0.0.1:1/callback#x"), INVALID),
    ("redirect_uri", Some("http://127.0.0.1:1/callback\r\nx: y"), INVALID),
    ("redirect_uri", Some("http://127.0.0.1:98/fixed"), INVALID),
    ("redirect_uri", Some("http://localhost:4711/callback"), INVALID),
    ("redirect_uri", Some("https://evil.example/callback"), INVALID),
    (
        "redirect_uri",
        Some("http://localhost/callback"),
        "INVALID_CLIENT: Insecure redirect URI",
    ),
    (
        "redirect_uri",
        Some("https://localhost:1/x"),
        "INVALID_CLIENT: Insecure redirect URI",
    ),
    (
        "redirect_uri",
        Some("http://example.com/"),
        "INVALID_CLIENT: Insecure redirect URI",
    ),
    ("response_type", Some("token"), "response_type must be code"),
    ("response_type", None, "Missing required parameter: response_type"),
    ("scope", Some("user-read-private,user-read-email"), "Illegal scope"),
    ("scope", Some("user-read-birthdate"), "Illegal scope"),
];

#[test]
fn what_spotify_refuses_on_a_page_brings_nothing_back() {
    let accounts = Accounts {
        redirect_uris: [
            "http://127.0.0.1/callback",
            "http://[::1]/callback",
            "http://127.0.0.1:99/fixed",
            "https://example.com/a?b=c",
            "http://example.com/",
            "http://localhost/callback",
            "https://localhost:1/x",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let redirect = "redirect_uri";
    for (name, value, message) in REFUSED_ON_A_PAGE {
        let answer = get(&server, &url_with(&server, &[(name, value)]));
        assert!(
            status(&answer) == 400 && answer.contains(&format!("<p id=\"error\">{message}</p>")),
            "{name} {value:?}: {answer}"
        );
        assert!(!answer.to_ascii_lowercase().contains("\r\nlocation:"), "{answer}");
    }
    let twice = format!("{}&state=x", url(&server));
    assert_eq!(status(&get(&server, &twice)), 400);
    for passing in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback",
        "http://[::1]:65535/callback",
        "http://127.0.0.1:99/fixed",
    ] {
        let location = server.agree(&url_with(&server, &[(redirect, Some(passing))]));
        assert!(location.starts_with(&format!("{passing}?code=")), "{location}");
    }
    let with_query = server.agree(&url_with(&server, &[(redirect, Some("https://example.com/a?b=c"))]));
    assert!(
        with_query.starts_with("https://example.com/a?b=c&code="),
        "{with_query}"
    );
}

#[test]
fn a_wrong_challenge_is_said_to_the_app() {
    let server = start();
    let (method, challenge) = ("code_challenge_method", "code_challenge");
    for changes in [
        &[(method, None)][..],
        &[(method, Some("plain"))],
        &[(challenge, None)],
        &[(challenge, Some("short"))],
        &[(challenge, Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"))],
    ] {
        let location = server.agree(&url_with(&server, changes));
        let said = Parameters::of_query(&location);
        assert_eq!(
            (said.get("error"), said.get("state"), said.get("code")),
            (Some("invalid_request"), Some(STATE), None),
            "{changes:?}"
        );
    }
}

#[test]
fn the_consent_page_escapes_and_is_good_once() {
    let accounts = Accounts {
        client_id: "<script>\"'&".to_owned(),
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let address = url_with(&server, &[("client_id", Some("<script>\"'&"))]);
    let page = get(&server, &address);
    assert_eq!(status(&page), 200);
    for part in [
        "<code>&lt;script&gt;&quot;&#39;&amp;</code>",
        "<code>user-read-private</code>",
        "<code>playlist-read-private</code>",
        "id=\"agree\"",
        "id=\"cancel\"",
        "content-security-policy: default-src 'none'",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script") && !page.contains("http"), "{page}");
    let (_, rest) = page.split_once("name=\"ticket\" value=\"").unwrap();
    let ticket = rest.split('"').next().unwrap();
    let decide = |form: &str| {
        say(
            &server,
            &format!(
                "POST /authorize HTTP/1.1\r\nConnection: close\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            ),
        )
    };
    // A foreign page knows no ticket, and an answer is one of the two.
    for form in [
        "decision=agree",
        "decision=agree&ticket=x",
        &format!("ticket={ticket}"),
        &format!("ticket={ticket}&decision=x"),
    ] {
        assert_eq!(status(&decide(form)), 400, "{form}");
    }
    let good = format!("ticket={ticket}&decision=agree");
    let answer = decide(&good);
    assert!(
        status(&answer) == 303 && answer.contains("location: http://127.0.0.1:4711/callback?code=AQ"),
        "{answer}"
    );
    assert_eq!(status(&decide(&good)), 400);
}

#[test]
fn a_consent_page_and_a_code_end() {
    let server = start();
    let page = get(&server, &url(&server));
    let (_, rest) = page.split_once("name=\"ticket\" value=\"").unwrap();
    let form = format!("decision=agree&ticket={}", rest.split('"').next().unwrap());
    let code = code(&server.agree(&url(&server)));
    server.advance(Duration::from_secs(600));
    let late = say(
        &server,
        &format!(
            "POST /authorize HTTP/1.1\r\nConnection: close\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    );
    assert_eq!(status(&late), 400);
    assert_refused(&exchange(&server, &code), "invalid_grant", "Authorization code expired");
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
fn without_rotation_the_refresh_token_stays() {
    let server = start();
    let tokens = log_in(&server);
    let old = text(&tokens, "refresh_token");
    for _ in 0..3 {
        let (status, refreshed) = refresh(&server, old);
        assert_eq!(status, 200);
        assert!(refreshed.get("refresh_token").is_none());
        assert_eq!(text(&refreshed, "scope"), SCOPE);
        assert_ne!(text(&refreshed, "access_token"), text(&tokens, "access_token"));
    }
    assert_eq!((server.refreshes(), server.overlapping_refreshes()), (3, 0));
}

#[test]
fn with_rotation_each_refresh_revokes_the_old_token() {
    let accounts = Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let tokens = log_in(&server);
    let first = text(&tokens, "refresh_token");
    let (_, second) = refresh(&server, first);
    let second = text(&second, "refresh_token");
    assert!(second.starts_with("AQ") && second != first);
    assert_refused(&refresh(&server, first), "invalid_grant", "Refresh token revoked");
    assert_eq!(refresh(&server, second).0, 200, "the new one is still good");
}

#[test]
fn a_login_ends_however_often_it_is_refreshed() {
    let server = start();
    let tokens = log_in(&server);
    let token = text(&tokens, "refresh_token");
    let day = Duration::from_secs(24 * 60 * 60);
    server.advance(Accounts::LOGIN_LIFETIME.saturating_sub(day));
    let (status, refreshed) = refresh(&server, token);
    assert_eq!(status, 200);
    server.advance(day);
    assert_refused(&refresh(&server, token), "invalid_grant", "Refresh token expired");
    let (status, error) = api(&server, "GET", "/v1/me", &refreshed);
    assert_eq!(
        (status, text(&error["error"], "message")),
        (401, "The access token expired")
    );
}

#[test]
fn logins_are_revoked_and_good_refreshes_refused() {
    let server = start();
    let tokens = log_in(&server);
    let token = text(&tokens, "refresh_token");
    server.refuse_refreshes(2);
    for _ in 0..2 {
        assert_refused(&refresh(&server, token), "invalid_grant", "Refresh token revoked");
    }
    assert_eq!(refresh(&server, token).0, 200);
    assert_refused(&refresh(&server, "nonsense"), "invalid_grant", "Invalid refresh token");
    server.revoke_logins();
    assert_refused(&refresh(&server, token), "invalid_grant", "Refresh token revoked");
    assert_eq!(api(&server, "GET", "/v1/me", &tokens).0, 200, "until it expires");
    assert_eq!(server.refreshes(), 5);
    for (revoke_after, statuses) in [(0, [400, 400]), (1, [200, 400])] {
        let accounts = Accounts {
            revoke_after: Some(revoke_after),
            ..Accounts::default()
        };
        let server = StandIn::spotify(accounts).unwrap();
        let tokens = log_in(&server);
        assert_eq!(
            [(); 2].map(|()| refresh(&server, text(&tokens, "refresh_token")).0),
            statuses
        );
    }
    let accounts = Accounts {
        refuse_refreshes: 1,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let tokens = log_in(&server);
    assert_eq!(
        [(); 2].map(|()| refresh(&server, text(&tokens, "refresh_token")).0),
        [400, 200]
    );
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

/// Sends a refresh without waiting for the response.
fn begin_refresh(server: &StandIn, refresh_token: &str) -> TcpStream {
    let before = server.refreshes();
    let body = format!(
        "grant_type=refresh_token&client_id={}&refresh_token={refresh_token}",
        Accounts::CLIENT_ID
    );
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(
        stream,
        "POST /api/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    while server.refreshes() == before {
        std::thread::yield_now();
    }
    stream
}

#[test]
fn refreshes_of_one_login_at_the_same_time_are_counted() {
    let delay = Duration::from_millis(300);
    let accounts = Accounts {
        delay,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let (one, other) = (log_in(&server), log_in(&server));
    let (one, other) = (text(&one, "refresh_token"), text(&other, "refresh_token"));
    let finish = |mut stream: TcpStream| stream.read_to_string(&mut String::new()).unwrap();
    let first = begin_refresh(&server, one);
    let of_other = begin_refresh(&server, other);
    assert_eq!(server.overlapping_refreshes(), 0, "two logins");
    let second = begin_refresh(&server, one);
    assert_eq!(server.overlapping_refreshes(), 1);
    for stream in [first, of_other, second] {
        finish(stream);
    }
    for _ in 0..3 {
        finish(begin_refresh(&server, one));
    }
    assert_eq!(server.overlapping_refreshes(), 1, "one after the other");
    // A process that was killed refreshes no more.
    drop(begin_refresh(&server, one));
    finish(begin_refresh(&server, one));
    assert_eq!((server.refreshes(), server.overlapping_refreshes()), (8, 1));
}

#[test]
fn refreshes_one_after_the_other_never_count_as_overlapping() {
    let accounts = Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let mut token = text(&log_in(&server), "refresh_token").to_owned();
    // The connections stay open, as those of other threads and processes may.
    let mut open = Vec::new();
    for _ in 0..100 {
        let body = format!(
            "grant_type=refresh_token&client_id={}&refresh_token={token}",
            Accounts::CLIENT_ID
        );
        let mut stream = TcpStream::connect(server.address()).unwrap();
        write!(
            stream,
            "POST /api/token HTTP/1.1\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap();
            answer.extend_from_slice(&bytes[..read]);
        }
        let answer = String::from_utf8(answer).unwrap();
        let tokens: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        token = text(&tokens, "refresh_token").to_owned();
        open.push(stream);
    }
    assert_eq!((server.refreshes(), server.overlapping_refreshes()), (100, 0));
}

#[test]
fn the_web_api_knows_users_and_their_scopes() {
    let server = start();
    let log_in_with = |scope: &str| {
        let location = server.agree(&url_with(&server, &[("scope", Some(scope))]));
        exchange(&server, &code(&location)).1
    };
    let all = log_in_with(
        "user-read-email user-read-private playlist-read-private playlist-read-collaborative user-read-playback-state",
    );
    let none = log_in_with("");
    let (status, me) = api(&server, "GET", "/v1/me", &all);
    assert_eq!(
        (status, text(&me, "type"), text(&me, "product")),
        (200, "user", "premium")
    );
    assert_eq!(text(&me, "uri"), format!("spotify:user:{}", text(&me, "id")));
    assert!(text(&me, "email").contains('@') && !text(&me, "display_name").is_empty());
    let (_, me) = api(&server, "GET", "/v1/me", &none);
    assert!(me.get("email").is_none() && me.get("product").is_none() && me.get("id").is_some());

    let (_, playlists) = api(&server, "GET", "/v1/me/playlists", &all);
    let total = playlists["total"].as_u64().unwrap();
    assert_eq!(playlists["items"].as_array().unwrap().len() as u64, total);
    assert_eq!(
        (&playlists["next"], &playlists["previous"]),
        (&Value::Null, &Value::Null)
    );
    let (_, public) = api(&server, "GET", "/v1/me/playlists", &none);
    assert_eq!(public["total"].as_u64(), Some(total - 2));
    assert!(
        public["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["public"] == true)
    );
    let mut seen = Vec::new();
    let mut path = "/v1/me/playlists?limit=2".to_owned();
    loop {
        let (status, page) = api(&server, "GET", &path, &all);
        assert_eq!(status, 200);
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = next.strip_prefix("http://api").unwrap().to_owned();
    }
    assert_eq!(Value::Array(seen), playlists["items"]);
    for bad in ["limit=0", "limit=51", "limit=x", "offset=-1"] {
        assert_eq!(
            api(&server, "GET", &format!("/v1/me/playlists?{bad}"), &all).0,
            400,
            "{bad}"
        );
    }

    assert_eq!(api(&server, "GET", "/v1/me/player", &all).0, 204);
    let (status, error) = api(&server, "GET", "/v1/me/player", &none);
    assert_eq!(
        (status, text(&error["error"], "message")),
        (403, "Insufficient client scope")
    );
    assert_eq!(api(&server, "GET", "/v1/artists/x", &none).0, 200);
    assert_eq!(api(&server, "POST", "/v1/me", &all).0, 405);
    assert_eq!(api(&server, "HEAD", "/v1/me", &all).0, 200);
    let secret = basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    let (_, of_app) = token_request_as(&server, Some(&secret), &[("grant_type", "client_credentials")]);
    for path in ["/v1/me", "/v1/me/playlists", "/v1/me/player"] {
        let (status, error) = api(&server, "GET", path, &of_app);
        assert_eq!(
            (status, text(&error["error"], "message")),
            (401, "Valid user authentication required")
        );
    }
}

#[test]
fn wrong_methods_and_places_get_their_statuses() {
    let server = start();
    let path = url(&server);
    let path = path.strip_prefix(&format!("http://{}", server.address())).unwrap();
    let ask = |method: &str, path: &str, headers: &str| {
        say(
            &server,
            &format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"),
        )
    };
    let head = ask("HEAD", path, "");
    assert!(status(&head) == 200 && head.ends_with("\r\n\r\n"), "{head}");
    assert!(ask("PUT", path, "").contains("allow: GET, HEAD, POST"));
    assert_eq!(status(&ask("PUT", path, "")), 405);
    assert_eq!(status(&ask("POST", path, "Content-Type: text/plain\r\n")), 415);
    assert_eq!(status(&ask("GET", "/authorize/", "")), 404);
    assert_eq!(status(&ask("GET", "/api/token?x", "")), 405);
    assert_eq!(status(&ask("GET", "/", "")), 404);
    assert_eq!(status(&ask("GET", "/v1/nothing", "Authorization: Bearer x\r\n")), 401);
}

#[test]
fn no_log_line_has_a_secret() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let accounts = Accounts {
        log: Some(Arc::new(move |line: &str| log.lock().unwrap().push(line.to_owned()))),
        rotate: Rotate::Always,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let canary = url_with(&server, &[("state", Some("canary-state"))]);
    let code = code(&server.agree(&canary));
    server.decline(&canary);
    let (_, tokens) = exchange(&server, &code);
    let refresh_token = text(&tokens, "refresh_token");
    let (_, refreshed) = refresh(&server, refresh_token);
    refresh(&server, refresh_token);
    api(&server, "GET", "/v1/me?access_token=canary-query", &refreshed);
    exchange(&server, &code);
    get(&server, &format!("{}/?client_id=canary-client", server.authorize_url()));
    let log = lines.lock().unwrap().join("\n");
    assert_eq!(log.lines().count(), 10, "{log}");
    for secret in [
        &code,
        "canary",
        VERIFIER,
        CHALLENGE,
        refresh_token,
        text(&tokens, "access_token"),
        text(&refreshed, "refresh_token"),
        text(&refreshed, "access_token"),
        "?",
    ] {
        assert!(!secret.is_empty() && !log.contains(secret), "{secret}: {log}");
    }
    assert!(log.contains("GET /v1/me 200 token=user"), "{log}");
    assert!(
        log.contains("GET /authorize 200 client_id=known\nPOST /authorize 303 client_id=none"),
        "{log}"
    );
    let shown = format!("{:?} {:?}", server.requests(), server.api_requests());
    assert!(!shown.contains("canary") && !shown.contains(&code), "{shown}");
}

#[test]
fn a_browser_goes_nowhere_else() {
    let server = start();
    let elsewhere = [
        "http://127.0.0.1:1/authorize".to_owned(),
        format!("{}\r\nx", url(&server)),
    ];
    for url in elsewhere {
        let error = browser::decide(server.address(), &url, Button::Agree).unwrap_err();
        assert_eq!(error.to_string(), "the address is not one of this server");
    }
    let refused = url_with(&server, &[("redirect_uri", Some("http://localhost/callback"))]);
    let error = browser::decide(server.address(), &refused, Button::Agree).unwrap_err();
    assert!(
        error.to_string().contains("INVALID_CLIENT: Invalid redirect URI"),
        "{error}"
    );
}
