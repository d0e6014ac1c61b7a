//! Stores that do not work: the token comes from the server.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::PathBuf;

use spotify_token::ErrorKind::{InvalidClient, RateLimited};
use spotify_token::stand_in::Reply;
use spotify_token::unstable::Logger;

use super::place::Place;
use super::row::{Ends, Row, fails, survives};
use super::support::clock::Moved;

pub const ABOUT: &str = "The file cache. If it fails, the token comes from the server, and the logger gets a warning. See [stores.md](stores.md) for more.";

/// The cache's directory, in use: a token lies in it, and nothing has been asked since.
fn used(place: &mut Place) -> PathBuf {
    place.set("SPOTIFY_CACHE", &format!("file:{}", place.path("cache").display()));
    place.spotify();
    place
        .client(Logger::default(), Some(Moved::new()))
        .unwrap()
        .token()
        .unwrap();
    place.path("cache")
}

/// The file in the cache with this end.
fn file_in(directory: &std::path::Path, end: &str) -> PathBuf {
    let entries = fs::read_dir(directory).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths.find(|path| path.to_str().unwrap().ends_with(end)).unwrap()
}

/// A cache that was in use, and its file with a token.
fn token_file(place: &mut Place) -> PathBuf {
    let directory = used(place);
    file_in(&directory, ".json")
}

fn set_mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Another process has had the right to ask for long.
pub fn somebody_asks(place: &mut Place) {
    let directory = used(place);
    fs::remove_file(file_in(&directory, ".json")).unwrap();
    let lock = fs::File::open(file_in(&directory, ".lock")).unwrap();
    lock.lock().unwrap();
    place.keep(lock);
    place.forget_requests();
    // The call is there when it has looked at the lock, which nobody can see; a moment does no harm.
    let start = std::time::Instant::now();
    place.reached = Some(Box::new(move || start.elapsed().as_millis() > 100));
}

/// Another process asked, and got this.
pub fn refused_before(place: &mut Place, reply: Reply) {
    if place.value("SPOTIFY_CACHE") == Some("memory") {
        place.set("SPOTIFY_CACHE", &format!("file:{}", place.path("cache").display()));
    }
    place.answers([reply]);
    let client = place.client(Logger::default(), Some(Moved::new())).unwrap();
    client.token().unwrap_err();
    place.forget_requests();
}

pub fn in_the_way(
    fault: &'static str,
    words: &'static str,
    arrange: impl Fn(&mut Place) + Send + Sync + 'static,
) -> Row {
    survives(fault, move |place| {
        arrange(place);
        place.forget_requests();
    })
    .warns(words)
}

pub fn rows() -> Vec<Row> {
    vec![
        in_the_way("the file of the token is damaged", "damaged", |place| {
            let file = token_file(place);
            fs::write(file, "{\"BQcanary").unwrap();
        }),
        in_the_way("the file of the token is empty", "damaged", |place| {
            let file = token_file(place);
            fs::write(file, "").unwrap();
        }),
        in_the_way("the file of the token is huge", "larger than any record", |place| {
            let file = token_file(place);
            fs::write(file, vec![b' '; 1 << 20]).unwrap();
        }),
        in_the_way(
            "other users may read the file of the token",
            "other users may read",
            |place| {
                let file = token_file(place);
                set_mode(&file, 0o644);
            },
        ),
        in_the_way("the file of the token is a link", "symbolic link", |place| {
            let file = token_file(place);
            let elsewhere = place.path("elsewhere");
            fs::rename(&file, &elsewhere).unwrap();
            symlink(elsewhere, file).unwrap();
        }),
        in_the_way("the file of the token is a directory", "not a regular file", |place| {
            let file = token_file(place);
            fs::remove_file(&file).unwrap();
            fs::create_dir(file).unwrap();
        }),
        in_the_way("other users may write to the cache directory", "chmod go-w", |place| {
            let directory = used(place);
            set_mode(&directory, 0o777);
        }),
        in_the_way("the cache directory is a link", "not a directory", |place| {
            let directory = used(place);
            let elsewhere = place.path("elsewhere");
            fs::rename(&directory, &elsewhere).unwrap();
            symlink(elsewhere, directory).unwrap();
        }),
        in_the_way("the cache directory is a file", "not a directory", |place| {
            let file = place.file("cache", "");
            place.spotify().set("SPOTIFY_CACHE", &format!("file:{file}"));
        }),
        in_the_way("the parent of the cache directory is a file", "directory", |place| {
            let file = place.file("cache", "");
            place.spotify().set("SPOTIFY_CACHE", &format!("file:{file}/below"));
        }),
        in_the_way("the cache directory cannot be created", "cannot be created", |place| {
            place.spotify().set("SPOTIFY_CACHE", "file:/proc/nowhere");
        }),
        in_the_way(
            "there is no home directory",
            "neither XDG_CACHE_HOME nor HOME",
            |place| {
                place.spotify().set("SPOTIFY_CACHE", "file").unset("HOME");
            },
        ),
        survives("the cache directory does not exist yet", |place| {
            let cache = format!("file:{}", place.path("a/b/c").display());
            place.spotify().set("SPOTIFY_CACHE", &cache);
        }),
        in_the_way(
            "the home directory belongs to another user",
            "belongs to another user",
            |place| {
                let home = place.path("home");
                fs::create_dir(&home).unwrap();
                chown(&home, Some(65534), None).unwrap();
                place
                    .spotify()
                    .set("SPOTIFY_CACHE", "file")
                    .set("HOME", home.to_str().unwrap());
            },
        )
        .rights("test $(id -u) = 0"),
        fails(
            "the server refused another process a moment ago",
            InvalidClient,
            "dashboard",
            |place| refused_before(place, Reply::json(400, r#"{"error":"invalid_client"}"#)),
        ),
        fails(
            "the server told another process to wait",
            RateLimited,
            "Try again in more than a day",
            |place| refused_before(place, Reply::empty(429).header("Retry-After", "90000")),
        ),
        survives("a token is cached", |place| {
            used(place);
            place.forget_requests();
        })
        .requests(0),
        survives("the cached token belongs to another secret", |place| {
            used(place);
            let accounts = spotify_token::stand_in::Accounts {
                client_secret: "1".repeat(32),
                ..Default::default()
            };
            place
                .asks(spotify_token::stand_in::StandIn::spotify(accounts).unwrap())
                .set("CLIENT_SECRET", &"1".repeat(32));
            place.forget_requests();
        }),
        survives("another process holds the lock and hangs", |place| {
            somebody_asks(place);
            place.hurried();
        })
        .ends(Ends::WithTheCall),
        survives("another process was killed during its request", |place| {
            let directory = used(place);
            fs::remove_file(file_in(&directory, ".json")).unwrap();
            fs::write(directory.join("left-behind.json.1.tmp"), "BQcanary").unwrap();
            place.forget_requests();
        }),
    ]
}
