//! Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//!
//! ```sh
//! cargo run --example artist
//! ```

use std::env;
use std::error::Error;
use std::process::ExitCode;

use spotify_token::Client;

const ARTIST: &str = "0TnOYISbd1XYRBk9myaseg";

fn main() -> ExitCode {
    match artist_name(ARTIST) {
        Ok(name) => {
            println!("{name}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            match error.downcast_ref::<spotify_token::Error>() {
                Some(error) => eprintln!("{}: {}", error.kind().name(), error.message()),
                None => eprintln!("the Web API: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn artist_name(id: &str) -> Result<String, Box<dyn Error>> {
    let api = env::var("SPOTIFY_API_URL").unwrap_or_else(|_| "https://api.spotify.com/v1".to_owned());
    let url = format!("{api}/artists/{id}");
    let client = Client::from_env()?; // once per program

    // Blocks while a token is requested. In async code, call it in tokio::task::spawn_blocking.
    let token = client.token()?;
    let body = match get(&url, token.authorization()) {
        // The token was revoked: try once more, with a new one.
        Err(ureq::Error::StatusCode(401)) => {
            client.invalidate(&token);
            get(&url, client.token()?.authorization())?
        }
        result => result?,
    };
    let artist: serde_json::Value = serde_json::from_str(&body)?;
    Ok(artist["name"].as_str().ok_or("the response has no name")?.to_owned())
}

fn get(url: &str, authorization: &str) -> Result<String, ureq::Error> {
    ureq::get(url)
        .header("Authorization", authorization)
        .call()?
        .body_mut()
        .read_to_string()
}
