//! The login of a user: none, one that has ended, one that cannot be read, and one that the server refuses to refresh.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use spotify_token::ErrorKind::{File, LoginRequired};
use spotify_token::Logins;
use spotify_token::stand_in::{Accounts, StandIn};

use super::place::Place;
use super::row::{Row, fails, survives};
use super::support::{ID, logins};

pub const ABOUT: &str = "The login of a user, with the option `grant` set to `user`. A login that cannot be read is an error: nobody \
                         else can give a new one but the user.";

pub fn rows() -> Vec<Row> {
    vec![
        fails(
            "the user has not logged in",
            LoginRequired,
            "has not logged in",
            |place| {
                place.spotify().set("SPOTIFY_GRANT", "user");
            },
        ),
        fails("the login lacks a scope", LoginRequired, "user-library-read", |place| {
            logged_in(place, Accounts::default());
            place.set("SPOTIFY_SCOPE", "user-read-private user-library-read");
        }),
        fails(
            "the login was revoked",
            LoginRequired,
            "Refresh token revoked",
            |place| {
                let accounts = Accounts {
                    revoke_after: Some(0),
                    ..Accounts::default()
                };
                logged_in(place, accounts);
                expire(place);
            },
        )
        .requests(1),
        fails("the record of the login is cut in half", File, "is damaged", |place| {
            logged_in(place, Accounts::default());
            let text = fs::read_to_string(record(place)).unwrap();
            fs::write(record(place), &text[..text.len() / 2]).unwrap();
        }),
        fails(
            "the record of the login is of a later version",
            File,
            "newer version",
            |place| {
                logged_in(place, Accounts::default());
                let text = fs::read_to_string(record(place)).unwrap();
                fs::write(record(place), text.replace("\"version\":1", "\"version\":2")).unwrap();
            },
        ),
        fails(
            "the record of the login is of another app",
            File,
            "another app or account",
            |place| {
                logged_in(place, Accounts::default());
                let text = fs::read_to_string(record(place)).unwrap();
                fs::write(record(place), text.replace(ID, "00000000000000000000000000000000")).unwrap();
            },
        ),
        fails(
            "other users may read the record of the login",
            File,
            "other users may read",
            |place| {
                logged_in(place, Accounts::default());
                fs::set_permissions(record(place), Permissions::from_mode(0o644)).unwrap();
            },
        ),
        fails(
            "a file is where the directory of the logins should be",
            File,
            "not a directory",
            |place| {
                place.spotify().set("SPOTIFY_GRANT", "user");
                let path = place.file("logins", "");
                place.set("SPOTIFY_LOGINS", &format!("file:{path}"));
            },
        ),
        survives("the access token in the record has expired", |place| {
            logged_in(place, Accounts::default());
            expire(place);
        }),
    ]
}

/// A server, and a user who has logged in.
fn logged_in(place: &mut Place, accounts: Accounts) {
    let server = StandIn::spotify(accounts).unwrap();
    let directory = place.path("logins");
    let options = logins::user(&server).scope("user-read-private");
    logins::log_in(&server, options.logins(Logins::Directory(directory.clone())));
    place.asks(server).set("SPOTIFY_GRANT", "user");
    place.set("SPOTIFY_LOGINS", &format!("file:{}", directory.display()));
    place.forget_requests();
}

/// The file of the login.
fn record(place: &Place) -> PathBuf {
    let entries = fs::read_dir(place.path("logins")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap()
}

/// Makes the access token in the record expire.
fn expire(place: &Place) {
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(record(place)).unwrap()).unwrap();
    json["token"]["expires_at_ms"] = 1.into();
    fs::write(record(place), json.to_string()).unwrap();
}
