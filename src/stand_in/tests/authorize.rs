//! The authorization endpoint and its pages.

use std::time::Duration;

use super::login::*;
use super::{FORM, say};
use crate::stand_in::browser::{self, Button};
use crate::stand_in::form::{Parameters, encoded};
use crate::stand_in::{Accounts, StandIn};

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
        let response = get(&server, &url_with(&server, &[(name, value)]));
        assert!(
            status(&response) == 400 && response.contains(&format!("<p id=\"error\">{message}</p>")),
            "{name} {value:?}: {response}"
        );
        assert!(!response.to_ascii_lowercase().contains("\r\nlocation:"), "{response}");
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
    let response = decide(&good);
    assert!(
        status(&response) == 303 && response.contains("location: http://127.0.0.1:4711/callback?code=AQ"),
        "{response}"
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
