//! The Web API for users.

use serde_json::Value;

use super::login::*;
use super::{basic, say};
use crate::stand_in::{Accounts, StandIn};

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
    let (status, me) = api(&server, "GET", "/v1/me/", &all);
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
    let of_app = app_token(&server);
    for path in ["/v1/me", "/v1/me/playlists", "/v1/me/player"] {
        let (status, error) = api(&server, "GET", path, &of_app);
        assert_eq!(
            (status, text(&error["error"], "message")),
            (401, "Valid user authentication required")
        );
    }
}

fn app_token(server: &StandIn) -> Value {
    let secret = basic(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    token_request_as(server, Some(&secret), &[("grant_type", "client_credentials")]).1
}

#[test]
fn the_web_api_finds_its_artist() {
    let server = start();
    let token = app_token(&server);
    let (status, artist) = api(&server, "GET", "/v1/artists/0TnOYISbd1XYRBk9myaseg", &token);
    assert_eq!((status, text(&artist, "name")), (200, "Pitbull"));
    for query in [
        "q=pit&type=artist",
        "q=artist%3APitbull&type=track,artist",
        "q=BULL&type=artist&limit=1",
    ] {
        let (status, found) = api(&server, "GET", &format!("/v1/search?{query}"), &token);
        assert_eq!((status, &found["artists"]["items"][0]), (200, &artist), "{query}");
    }
    let (_, found) = api(&server, "GET", "/v1/search?q=a%26b&type=artist,album&limit=5", &token);
    assert_eq!(
        (&found["artists"]["total"], &found["albums"]["total"]),
        (&0.into(), &0.into())
    );
    let href = text(&found["albums"], "href");
    assert!(
        href.ends_with("/v1/search?q=a%26b&type=artist%2Calbum&offset=0&limit=5"),
        "{href}"
    );
    for (query, message) in [
        ("type=artist", "No search query"),
        ("q=&type=artist", "No search query"),
        ("q=x", "Missing parameter type"),
        ("q=x&type=artist,%22%C3%BC", "Bad search type field \"ü"),
        ("q=x&type=artist&limit=51", "Invalid limit"),
    ] {
        let (status, error) = api(&server, "GET", &format!("/v1/search?{query}"), &token);
        assert_eq!((status, text(&error["error"], "message")), (400, message), "{query}");
    }
}

#[test]
fn the_web_api_fails_as_often_as_configured() {
    for (status, message) in [
        (401, "The access token expired"),
        (429, "API rate limit exceeded"),
        (503, "Service unavailable"),
    ] {
        let server = StandIn::spotify(Accounts {
            fail_api: Some(format!("{status}:1").parse().unwrap()),
            ..Accounts::default()
        })
        .unwrap();
        let token = app_token(&server);
        assert_eq!(
            api(&server, "GET", "/v1/artists/x", &Value::Null).0,
            401,
            "it is not one of those"
        );
        let (failed, error) = api(&server, "GET", "/v1/artists/x", &token);
        assert_eq!((failed, text(&error["error"], "message")), (status, message));
        assert_eq!(api(&server, "GET", "/v1/artists/x", &token).0, 200);
    }
}

#[test]
fn a_rate_limit_says_when_to_come_back() {
    let server = StandIn::spotify(Accounts {
        fail_api: Some("429".parse().unwrap()),
        ..Accounts::default()
    })
    .unwrap();
    let token = app_token(&server);
    let request = format!(
        "GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        text(&token, "access_token")
    );
    let response = say(&server, &request).to_lowercase();
    assert!(
        response.starts_with("http/1.1 429") && response.contains("\r\nretry-after: 1\r\n"),
        "{response}"
    );
}
