//! rspotify with tokens of `spotify-token`, against a server that responds like Spotify's.

use std::collections::BTreeSet;
use std::time::Duration;

use libspotify_token_rspotify::Spotify;
use rspotify::clients::{BaseClient, OAuthClient};
use rspotify::model::{ArtistId, SearchResult, SearchType};
use rspotify::{ClientError, Config};
use spotify_token::stand_in::{Accounts, StandIn};
use spotify_token::{Client, ClientBuilder, Grant, Logins};
use tokio::task::JoinSet;

const CALLERS: usize = 32;

fn server() -> StandIn {
    StandIn::spotify(Accounts::default()).unwrap()
}

fn of_app(server: &StandIn) -> Client {
    let builder = Client::builder().credentials(Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
    builder.token_url(&server.token_url()).build().unwrap()
}

fn spotify(server: &StandIn, client: Client) -> Spotify {
    let config = Config {
        api_base_url: server.api_url(),
        ..Config::default()
    };
    Spotify::with_config(client, config)
}

/// Asks for the artist in as many tasks at once. Returns each name once.
async fn names_of_the_artist(spotify: &Spotify) -> BTreeSet<String> {
    let mut tasks = JoinSet::new();
    for _ in 0..CALLERS {
        let spotify = spotify.clone();
        let artist = ArtistId::from_id("0TnOYISbd1XYRBk9myaseg").unwrap();
        tasks.spawn(async move { spotify.artist(artist).await.unwrap().name });
    }
    tasks.join_all().await.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_share_one_token_request_and_one_more_after_the_token_has_ended() {
    let server = server();
    let spotify = spotify(&server, of_app(&server));
    let pitbull: BTreeSet<String> = ["Pitbull".to_owned()].into();

    assert_eq!(names_of_the_artist(&spotify).await, pitbull);
    assert_eq!(server.requests().len(), 1);

    // The server alone notices.
    server.advance(Duration::from_secs(3600));
    assert_eq!(names_of_the_artist(&spotify).await, pitbull);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_app_searches() {
    let server = server();
    let spotify = spotify(&server, of_app(&server));
    let found = spotify.search("pit", SearchType::Artist, None, None, None, None).await;
    let SearchResult::Artists(artists) = found.unwrap() else {
        panic!("these are no artists");
    };
    assert_eq!(artists.items[0].name, "Pitbull");
}

#[tokio::test]
async fn a_user_who_has_logged_in_has_playlists() {
    let server = server();
    let logins = tempfile::tempdir().unwrap();
    let of_user = || -> ClientBuilder {
        Client::builder()
            .grant(Grant::User)
            .client_id(Accounts::CLIENT_ID)
            .scope("user-read-private playlist-read-private")
            .token_url(&server.token_url())
            .authorize_url(&server.authorize_url())
            .logins(Logins::Directory(logins.path().join("logins")))
    };
    let login = of_user().login().unwrap();
    login.finish(&server.agree(login.url())).unwrap();

    let spotify = spotify(&server, of_user().build().unwrap());
    assert_eq!(
        spotify.current_user().await.unwrap().display_name.unwrap(),
        "JM Wizzler"
    );
    server.advance(Duration::from_secs(3600));
    let playlists = spotify.current_user_playlists_manual(None, None).await.unwrap();
    assert_eq!(playlists.items[0].name, "Monday Morning");
    assert_eq!(server.refreshes(), 1);
}

#[tokio::test]
async fn a_wrong_secret_is_explained() {
    let server = server();
    let builder = Client::builder().credentials(Accounts::CLIENT_ID, "0123456789abcdef0123456789abcdef");
    let client = builder.token_url(&server.token_url()).build().unwrap();
    let error = spotify(&server, client).current_user().await.unwrap_err();
    assert!(matches!(error, ClientError::Io(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("the server rejected the client id or secret"),
        "{error}"
    );
}

#[test]
fn debug_shows_no_token() {
    let server = server();
    let spotify = spotify(&server, of_app(&server));
    assert_eq!(format!("{spotify:?}"), "Spotify { .. }");
}
