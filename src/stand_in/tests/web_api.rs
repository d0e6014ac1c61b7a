//! The Web API for users.

use serde_json::Value;

use super::basic;
use super::login::*;
use crate::stand_in::Accounts;

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
