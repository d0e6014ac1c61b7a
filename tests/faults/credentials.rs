//! No credentials, half of them, and texts that cannot be any. Nothing is asked then, and no message shows a value.

use spotify_token::Code::{File, MalformedCredentials, MissingCredentials};

use super::place::Place;
use super::row::{By, Row, fails, survives};
use super::support::{ID, SECRET};

pub const ABOUT: &str = "What a machine says before it asks anybody. No message shows any part of an id or a secret.";

/// These variables and nothing else.
fn set(place: &mut Place, variables: &[(&str, &str)]) {
    for (name, value) in variables {
        place.set(name, value);
    }
}

/// A secret that cannot be one.
fn malformed(fault: &'static str, secret: &'static str, hint: &'static str) -> Row {
    fails(fault, MalformedCredentials, hint, move |place| {
        set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET", secret)])
    })
}

/// A dotenv file with this content.
fn dotenv(place: &mut Place, content: impl AsRef<[u8]>) {
    let path = place.file("app.env", content);
    place.set("SPOTIFY_DOTENV", &path);
}

/// A file that `CLIENT_SECRET_FILE` names.
fn secret_file(place: &mut Place, content: impl AsRef<[u8]>) {
    let path = place.file("secret", content);
    set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", &path)]);
}

pub fn rows() -> Vec<Row> {
    [missing(), broken(), files(), survived()]
        .into_iter()
        .flatten()
        .collect()
}

fn missing() -> Vec<Row> {
    vec![
        fails("nothing is set anywhere", MissingCredentials, "dashboard", |place| {
            place.unset("SPOTIFY_DOTENV");
        })
        .by(By::Command),
        fails(
            "nothing is set, and dotenv files are turned off",
            MissingCredentials,
            "turned off",
            |_| {},
        ),
        fails(
            "the id alone is set",
            MissingCredentials,
            "nothing gives CLIENT_SECRET",
            |place| set(place, &[("CLIENT_ID", ID)]),
        ),
        fails(
            "the secret alone is set",
            MissingCredentials,
            "nothing gives CLIENT_ID",
            |place| set(place, &[("CLIENT_SECRET", "canary")]),
        ),
        fails(
            "one half under one name, one under another",
            MissingCredentials,
            "the same place",
            |place| {
                set(place, &[("SPOTIFY_CLIENT_ID", ID), ("CLIENT_SECRET", "canary")]);
            },
        ),
        fails(
            "the secret's variable is empty",
            MissingCredentials,
            "nothing gives CLIENT_SECRET",
            |place| {
                set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET", "")]);
            },
        ),
        fails(
            "the names of spotipy",
            MissingCredentials,
            "SPOTIPY_CLIENT_ID is set",
            |place| {
                set(place, &[("SPOTIPY_CLIENT_ID", ID), ("SPOTIPY_CLIENT_SECRET", "canary")]);
            },
        ),
        fails(
            "the names of rspotify",
            MissingCredentials,
            "here it is SPOTIFY_CLIENT_ID",
            |place| {
                set(
                    place,
                    &[("RSPOTIFY_CLIENT_ID", ID), ("RSPOTIFY_CLIENT_SECRET", "canary")],
                );
            },
        ),
        fails(
            "a made-up name for the secret",
            MissingCredentials,
            "SPOTIFY_SECRET is set",
            |place| {
                set(place, &[("SPOTIFY_SECRET", "canary")]);
            },
        ),
        fails(
            "the file is called .env.txt",
            MissingCredentials,
            "rename it to .env",
            |place| {
                place.file(".env.txt", "CLIENT_ID=a\nCLIENT_SECRET=canary\n");
                place.unset("SPOTIFY_DOTENV");
            },
        )
        .by(By::Command),
        fails(
            "the dotenv file has the names of spotipy",
            MissingCredentials,
            "another library's name",
            |place| {
                dotenv(place, "SPOTIPY_CLIENT_ID=a\nSPOTIPY_CLIENT_SECRET=canary\n");
            },
        ),
        fails(
            "the dotenv file has half of the pair",
            MissingCredentials,
            "nothing gives CLIENT_SECRET",
            |place| {
                dotenv(place, "CLIENT_ID=a\n");
            },
        ),
        fails(
            "the dotenv file has nothing for us",
            MissingCredentials,
            "app.env",
            |place| dotenv(place, "PATH=/bin\n"),
        ),
        fails(
            "the dotenv file has a name without a value",
            MissingCredentials,
            "CLIENT_SECRET",
            |place| {
                dotenv(place, "CLIENT_ID=a\nCLIENT_SECRET=\n");
            },
        ),
        fails(
            "systemd's directory has half of the pair",
            MissingCredentials,
            "spotify_client_secret",
            |place| {
                place.file("spotify_client_id", ID);
                let directory = place.directory().display().to_string();
                place.set("CREDENTIALS_DIRECTORY", &directory);
            },
        ),
        fails(
            "systemd's directory is empty",
            MissingCredentials,
            "spotify_client_id",
            |place| {
                let directory = place.directory().display().to_string();
                place.set("CREDENTIALS_DIRECTORY", &directory);
            },
        ),
    ]
}

fn broken() -> Vec<Row> {
    vec![
        malformed("the secret has a blank at its end", "canary ", "Remove the blanks"),
        malformed("the secret is in quotes", "\"canary\"", "Remove the quotes"),
        malformed(
            "the secret is in a word processor's quotes",
            "\u{201c}canary\u{201d}",
            "Remove the quotes",
        ),
        malformed("the secret has a line end in it", "canary\n", "Remove it"),
        malformed("the secret has a tab in it", "cana\tcanary", "Remove the blanks"),
        malformed(
            "the secret has an invisible character in it",
            "canary\u{7}",
            "Copy it from the app's page",
        ),
        malformed(
            "the secret has a byte order mark in it",
            "\u{feff}canary",
            "without BOM",
        ),
        malformed(
            "the secret is still a placeholder",
            "<canary>",
            "is still a placeholder",
        ),
        malformed(
            "the secret is a shell variable that was not put in",
            "${CANARY}",
            "is still a placeholder",
        ),
        fails(
            "id and secret are both in the id",
            MalformedCredentials,
            "Give the id alone",
            |place| {
                set(place, &[("CLIENT_ID", "a:canary"), ("CLIENT_SECRET", "canary")]);
            },
        ),
        fails(
            "the secret's line of the dotenv file has a blank in the value",
            MalformedCredentials,
            "Write CLIENT_SECRET=value",
            |place| {
                dotenv(place, "CLIENT_ID=a\nCLIENT_SECRET=cana canary\n");
            },
        ),
        fails(
            "the secret's line of the dotenv file has an open quote",
            MalformedCredentials,
            "Write CLIENT_SECRET=value",
            |place| {
                dotenv(place, "CLIENT_ID=a\nCLIENT_SECRET=\"canary\n");
            },
        ),
        fails(
            "the secret's file is empty",
            MalformedCredentials,
            "is empty",
            |place| secret_file(place, ""),
        ),
        fails(
            "the secret's file has two line ends",
            MalformedCredentials,
            "line end in it",
            |place| secret_file(place, "canary\n\n"),
        ),
        fails("the secret's file is UTF-16", File, "UTF-8", |place| {
            secret_file(place, b"\xff\xfec\0a\0n\0a\0r\0y\0")
        }),
    ]
}

fn files() -> Vec<Row> {
    vec![
        fails("the secret's file is not there", File, "No such file", |place| {
            let nowhere = place.path("secret").display().to_string();
            set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", &nowhere)]);
        }),
        fails(
            "the secret's file is a directory",
            File,
            "CLIENT_SECRET_FILE names",
            |place| {
                let directory = place.directory().display().to_string();
                set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", &directory)]);
            },
        ),
        fails(
            "the secret's file is a megabyte long",
            File,
            "larger than 64 KiB",
            |place| {
                secret_file(place, "canary".repeat(200_000));
            },
        ),
        fails(
            "the dotenv file that is named is not there",
            File,
            "the option dotenv names",
            |place| {
                let nowhere = place.path("app.env").display().to_string();
                place.set("SPOTIFY_DOTENV", &nowhere);
            },
        ),
        fails("the dotenv file is not text", File, "UTF-8", |place| {
            dotenv(place, b"CLIENT_ID=\xff\xfe\n")
        }),
        fails(
            "systemd's file is not text",
            File,
            "CREDENTIALS_DIRECTORY names",
            |place| {
                place.file("spotify_client_id", b"\xff\xfe");
                let directory = place.directory().display().to_string();
                place.set("CREDENTIALS_DIRECTORY", &directory);
            },
        ),
    ]
}

fn survived() -> Vec<Row> {
    vec![
        survives("the secret's file ends in a line end", |place| {
            place.spotify().unset("CLIENT_SECRET");
            secret_file(place, format!("{SECRET}\r\n"));
        }),
        survives(
            "the dotenv file was written on Windows, with a byte order mark",
            |place| {
                place.spotify().unset("CLIENT_ID").unset("CLIENT_SECRET");
                dotenv(place, format!("\u{feff}CLIENT_ID={ID}\r\nCLIENT_SECRET={SECRET}\r\n"));
            },
        ),
        survives(
            "the dotenv file is written for a shell, with export and quotes",
            |place| {
                place.spotify().unset("CLIENT_ID").unset("CLIENT_SECRET");
                dotenv(
                    place,
                    format!("export CLIENT_ID='{ID}'\nexport CLIENT_SECRET=\"{SECRET}\" # mine\n"),
                );
            },
        ),
        survives(
            "a line of the dotenv file that is another program's cannot be read",
            |place| {
                place.spotify().unset("CLIENT_ID").unset("CLIENT_SECRET");
                dotenv(place, format!("OTHER=a b c\nCLIENT_ID={ID}\nCLIENT_SECRET={SECRET}\n"));
            },
        ),
        survives("the secret has an unusual length", |place| {
            let secret = "canary-of-another-length";
            let accounts = spotify_token::stand_in::Accounts {
                client_secret: secret.to_owned(),
                ..Default::default()
            };
            place
                .asks(spotify_token::stand_in::StandIn::spotify(accounts).unwrap())
                .set("CLIENT_SECRET", secret);
        })
        .warns("not the usual 32 hex digits"),
    ]
}
