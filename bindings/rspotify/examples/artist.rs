//! Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.

use libspotify_token_rspotify::Spotify;
use rspotify::clients::BaseClient;
use rspotify::model::ArtistId;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spotify = Spotify::new(spotify_token::Client::from_env()?);
    let artist = spotify.artist(ArtistId::from_id("0TnOYISbd1XYRBk9myaseg")?).await?;
    println!("{}", artist.name);
    Ok(())
}
