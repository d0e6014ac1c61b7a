//! What the service knows of music: one artist, under any id.

use serde_json::{Map, Value, json};

use super::failures::BadParameter;
use super::form::Parameters;
use super::http::Received;
use super::paging::Page;
use super::reply::Reply;

const NAME: &str = "Pitbull";
const ID: &str = "0TnOYISbd1XYRBk9myaseg";
const TYPES: [&str; 7] = ["album", "artist", "audiobook", "episode", "playlist", "show", "track"];

/// `GET /v1/artists/{id}`.
pub(super) fn artist(id: &str) -> Reply {
    Reply::json(200, artist_object(id).to_string())
}

/// `GET /v1/search`: finds the artist by a part of the name, and nothing of another type.
pub(super) fn search(request: &Received) -> Reply {
    found(request).unwrap_or_else(Reply::from)
}

fn found(request: &Received) -> Result<Reply, BadParameter> {
    let query = Parameters::of_query(&request.path);
    let wanted = query.get("q").filter(|wanted| !wanted.is_empty());
    let wanted = wanted.ok_or_else(|| BadParameter("No search query".to_owned()))?;
    let types = query.get("type");
    let types = types.ok_or_else(|| BadParameter("Missing parameter type".to_owned()))?;
    let page = Page::of(request)?;
    let wanted = wanted.strip_prefix("artist:").unwrap_or(wanted).to_lowercase();
    let mut pages = Map::new();
    for kind in types.split(',') {
        if !TYPES.contains(&kind) {
            return Err(BadParameter(format!("Bad search type field {kind}")));
        }
        let is_found = kind == "artist" && NAME.to_lowercase().contains(&wanted);
        let items = if is_found { vec![artist_object(ID)] } else { Vec::new() };
        pages.insert(format!("{kind}s"), page.part(&items));
    }
    Ok(Reply::json(200, Value::Object(pages).to_string()))
}

fn artist_object(id: &str) -> Value {
    json!({
        "external_urls": {"spotify": format!("https://open.spotify.com/artist/{id}")},
        "followers": {"href": null, "total": 11_000_000},
        "genres": ["dance pop", "miami hip hop"],
        "href": format!("https://api.spotify.com/v1/artists/{id}"),
        "id": id,
        "images": [],
        "name": NAME,
        "popularity": 82,
        "type": "artist",
        "uri": format!("spotify:artist:{id}"),
    })
}
