//! The one user of the service: a profile, playlists, and a player that plays nothing.

use serde_json::{Value, json};

use super::failures::web_api_error;
use super::http::Received;
use super::paging::Page;
use super::reply::Reply;

const ID: &str = "wizzler";
const NAME: &str = "JM Wizzler";
const ACCOUNT_ID: &str = "31hhgvbnlzcm3yq5dkq2pj6wlu7e";

/// Name, description, and who sees it, of each playlist.
const PLAYLISTS: [(&str, &str, Visibility); 5] = [
    ("Monday Morning", "Slow, then faster", Visibility::Public),
    (
        "Songs for \"the\" road <3",
        "Quotes & brackets, as people write them",
        Visibility::Public,
    ),
    ("Nur für mich", "Nobody else sees it", Visibility::Private),
    ("Party 2026", "All friends add to it", Visibility::Collaborative),
    ("夜のドライブ", "", Visibility::Public),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Public,
    Private,
    Collaborative,
}

impl Visibility {
    fn is_seen_with(self, scopes: &[String]) -> bool {
        match self {
            Visibility::Public => true,
            Visibility::Private => has(scopes, "playlist-read-private"),
            Visibility::Collaborative => has(scopes, "playlist-read-collaborative"),
        }
    }
}

/// `GET /v1/me`.
pub(super) fn profile(scopes: &[String]) -> Reply {
    let mut profile = user();
    profile["account_id"] = ACCOUNT_ID.into();
    profile["followers"] = json!({"href": null, "total": 3});
    profile["images"] = json!([]);
    if has(scopes, "user-read-email") {
        profile["email"] = "wizzler@example.com".into();
    }
    if has(scopes, "user-read-private") {
        profile["country"] = "SE".into();
        profile["product"] = "premium".into();
    }
    Reply::json(200, profile.to_string())
}

/// What everybody sees of the user.
fn user() -> Value {
    json!({
        "display_name": NAME,
        "external_urls": {"spotify": format!("https://open.spotify.com/user/{ID}")},
        "href": format!("https://api.spotify.com/v1/users/{ID}"),
        "id": ID,
        "type": "user",
        "uri": format!("spotify:user:{ID}"),
    })
}

/// `GET /v1/me/playlists`: a page of them.
pub(super) fn playlists(request: &Received, scopes: &[String]) -> Reply {
    let page = match Page::of(request) {
        Ok(page) => page,
        Err(bad) => return bad.into(),
    };
    let seen: Vec<Value> = PLAYLISTS
        .iter()
        .enumerate()
        .filter(|(_, (_, _, visibility))| visibility.is_seen_with(scopes))
        .map(|(number, (name, description, visibility))| playlist(number, name, description, *visibility))
        .collect();
    Reply::json(200, page.part(&seen).to_string())
}

fn playlist(number: usize, name: &str, description: &str, visibility: Visibility) -> Value {
    let id = format!("37i9dQZF1DX0000000000{number}");
    // Since February 2026 Spotify calls them items; many programs read the old name.
    let items = json!({"href": format!("https://api.spotify.com/v1/playlists/{id}/items"), "total": 7 + number});
    json!({
        "collaborative": visibility == Visibility::Collaborative,
        "description": description,
        "external_urls": {"spotify": format!("https://open.spotify.com/playlist/{id}")},
        "href": format!("https://api.spotify.com/v1/playlists/{id}"),
        "id": id,
        "images": [],
        "name": name,
        "owner": user(),
        "primary_color": null,
        "public": visibility == Visibility::Public,
        "snapshot_id": format!("AAAAAQ{number}"),
        "items": items,
        "tracks": items,
        "type": "playlist",
        "uri": format!("spotify:playlist:{id}"),
    })
}

/// `GET /v1/me/player`: nothing plays.
pub(super) fn player(scopes: &[String]) -> Reply {
    if has(scopes, "user-read-playback-state") {
        Reply::empty(204)
    } else {
        web_api_error(403, "Insufficient client scope")
    }
}

fn has(scopes: &[String], wanted: &str) -> bool {
    scopes.iter().any(|scope| scope == wanted)
}
