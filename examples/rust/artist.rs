//! Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//!
//! ```sh
//! cargo run --example artist
//! ```

use std::env;
use std::error::Error;
use std::process::ExitCode;

use spotify_token::{Client, Config, Logger};

const ARTIST: &str = "0TnOYISbd1XYRBk9myaseg";

fn main() -> ExitCode {
    match artist_name(ARTIST) {
        Ok(name) => {
            println!("{name}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            match error.downcast_ref::<spotify_token::Error>() {
                Some(refused) => eprintln!("{}: {refused}", refused.code().row().name()),
                None => eprintln!("the Web API: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn artist_name(id: &str) -> Result<String, Box<dyn Error>> {
    let api = env::var("SPOTIFY_API_URL").unwrap_or_else(|_| "https://api.spotify.com/v1".to_owned());
    let url = format!("{api}/artists/{id}");
    let client = Client::new(&Config::new(), Logger::default())?;

    // Blocks while the server must be asked: in async code, tokio::task::spawn_blocking.
    let token = client.token()?;
    let body = match get(&url, token.authorization()) {
        // The token was revoked before its time: one more try, with a new one.
        Err(ureq::Error::StatusCode(401)) => {
            client.invalidate(Some(token.access_token()));
            get(&url, client.token()?.authorization())?
        }
        answer => answer?,
    };
    let artist: serde_json::Value = serde_json::from_str(&body)?;
    Ok(artist["name"].as_str().ok_or("the answer has no name")?.to_owned())
}

fn get(url: &str, authorization: &str) -> Result<String, ureq::Error> {
    ureq::get(url)
        .header("Authorization", authorization)
        .call()?
        .body_mut()
        .read_to_string()
}
