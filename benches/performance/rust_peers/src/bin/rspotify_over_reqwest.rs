//! rspotify with reqwest.

use rspotify::clients::BaseClient;
use rspotify::{ClientCredsSpotify, Config, Credentials};
use rust_peers::variable;

#[tokio::main]
async fn main() {
    let credentials = Credentials::new(&variable("CLIENT_ID"), &variable("CLIENT_SECRET"));
    let config = Config {
        // rspotify adds the path.
        auth_base_url: variable("TOKEN_URL").strip_suffix("api/token").unwrap().to_owned(),
        ..Config::default()
    };
    let spotify = ClientCredsSpotify::with_config(credentials, config);
    spotify.request_token().await.unwrap();
    println!(
        "{}",
        spotify.get_token().lock().await.unwrap().as_ref().unwrap().access_token
    );
}
