//! No credentials, half of them, and texts that cannot be credentials. No request is sent then, and no message shows a value.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use spotify_token::ErrorKind::{File, MalformedCredentials, MissingCredentials, Timeout};

use super::place::Place;
use super::row::{By, Ends, Row, fails, survives};
use super::support::{ID, SECRET};

pub const ABOUT: &str = "Credentials, before a request is made. No message shows any part of an id or a secret.";

/// Sets these variables.
fn set(place: &mut Place, variables: &[(&str, &str)]) {
    for (name, value) in variables {
        place.set(name, value);
    }
}

/// A text that cannot be a secret.
fn malformed(fault: &'static str, secret: &'static str, hint: &'static str) -> Row {
    fails(fault, MalformedCredentials, hint, move |place| {
        set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET", secret)])
    })
}

/// Names a dotenv file with this content.
fn dotenv(place: &mut Place, content: impl AsRef<[u8]>) {
    let path = place.file("app.env", content);
    place.set("SPOTIFY_DOTENV", &path);
}

/// Names a file with this content in `CLIENT_SECRET_FILE`.
fn secret_file(place: &mut Place, content: impl AsRef<[u8]>) {
    let path = place.file("secret", content);
    set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", &path)]);
}

/// The id's variable, and a FIFO for the secret. A shell writes to it, or does not.
fn secret_pipe(place: &mut Place, writer: &str) {
    let path = place.path("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    if !writer.is_empty() {
        let mut writer = Command::new("sh").args(["-c", writer]).arg(&path).spawn().unwrap();
        std::thread::spawn(move || writer.wait());
    }
    set(
        place,
        &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", &path.display().to_string())],
    );
}

/// Something in the directory is another user's, and the command is run without root's right to read it all the same.
fn of_another_user(place: &mut Place, name: &str, mode: u32) {
    let path = place.path(name);
    std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    chown(&path, Some(NOBODY), None).unwrap();
    place.wrapped_in = Some(format!("exec {WITHOUT_ROOTS_RIGHTS} \"$@\""));
}

const NOBODY: u32 = 65534;
const WITHOUT_ROOTS_RIGHTS: &str = "setpriv --bounding-set=-dac_override,-dac_read_search";
const RIGHTS: &str = "test $(id -u) = 0 && setpriv --bounding-set=-dac_override,-dac_read_search true";

pub fn rows() -> Vec<Row> {
    [missing(), skipped(), broken(), lines(), files(), survived()]
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
            "CLIENT_SECRET is not set",
            |place| set(place, &[("CLIENT_ID", ID)]),
        ),
        fails(
            "the secret alone is set",
            MissingCredentials,
            "CLIENT_ID is not set",
            |place| set(place, &[("CLIENT_SECRET", "canary")]),
        ),
        fails(
            "one half under one name, one under another",
            MissingCredentials,
            "the same source",
            |place| {
                set(place, &[("SPOTIFY_CLIENT_ID", ID), ("CLIENT_SECRET", "canary")]);
            },
        ),
        fails(
            "the variable for the secret is empty",
            MissingCredentials,
            "Set CLIENT_SECRET",
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
            "Use SPOTIFY_CLIENT_ID instead",
            |place| {
                set(
                    place,
                    &[("RSPOTIFY_CLIENT_ID", ID), ("RSPOTIFY_CLIENT_SECRET", "canary")],
                );
            },
        ),
        fails(
            "an invented variable name for the secret",
            MissingCredentials,
            "SPOTIFY_SECRET is set",
            |place| {
                set(place, &[("SPOTIFY_SECRET", "canary")]);
            },
        ),
        fails(
            "the file is called .env.txt",
            MissingCredentials,
            "Rename .env.txt to .env",
            |place| {
                place.file(".env.txt", "CLIENT_ID=a\nCLIENT_SECRET=canary\n");
                place.unset("SPOTIFY_DOTENV");
            },
        )
        .by(By::Command),
        fails(
            "the dotenv file has the names of spotipy",
            MissingCredentials,
            "a name of another library",
            |place| {
                dotenv(place, "SPOTIPY_CLIENT_ID=a\nSPOTIPY_CLIENT_SECRET=canary\n");
            },
        ),
        fails(
            "the dotenv file has half of the pair",
            MissingCredentials,
            "Set CLIENT_SECRET",
            |place| {
                dotenv(place, "CLIENT_ID=a\n");
            },
        ),
        fails(
            "the dotenv file has neither id nor secret",
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

/// Sources that nobody named and that cannot be read: they count as empty.
fn skipped() -> Vec<Row> {
    vec![
        fails(
            "systemd's directory belongs to another user",
            MissingCredentials,
            "cannot be read: Permission denied",
            |place| {
                place.file("credentials/spotify_client_id", ID);
                let directory = place.path("credentials").display().to_string();
                place.set("CREDENTIALS_DIRECTORY", &directory);
                of_another_user(place, "credentials", 0o700);
            },
        )
        .by(By::Command)
        .rights(RIGHTS),
        fails(
            "systemd's directory is a file",
            MissingCredentials,
            "cannot be read: Not a directory",
            |place| {
                let file = place.file("credentials", "");
                place.set("CREDENTIALS_DIRECTORY", &file);
            },
        ),
        fails(
            ".env is a directory",
            MissingCredentials,
            ".env (cannot be read: Is a directory)",
            |place| {
                place.file(".env/bin/activate", "");
                place.unset("SPOTIFY_DOTENV").set("SPOTIPY_CLIENT_ID", ID);
            },
        )
        .by(By::Command),
        fails(
            ".env belongs to another user",
            MissingCredentials,
            ".env (cannot be read: Permission denied)",
            |place| {
                place.file(".env", "CLIENT_ID=a\nCLIENT_SECRET=canary\n");
                place.unset("SPOTIFY_DOTENV");
                of_another_user(place, ".env", 0o600);
            },
        )
        .by(By::Command)
        .rights(RIGHTS),
        fails(
            ".env is UTF-16 without a byte order mark",
            MissingCredentials,
            ".env (cannot be used: it is not UTF-8 text",
            |place| {
                place.file(".env", b"C\0L\0I\0E\0N\0T\0");
                place.unset("SPOTIFY_DOTENV");
            },
        )
        .by(By::Command),
        fails(
            "the names are in lower case",
            MissingCredentials,
            "Write CLIENT_ID",
            |place| set(place, &[("client_id", ID), ("client_secret", "canary")]),
        ),
        fails(
            "the names in the dotenv file are in lower case",
            MissingCredentials,
            "line 1 of",
            |place| dotenv(place, "client_id=a\nclient_secret=canary\n"),
        ),
        fails(
            "the dotenv file has variables with the suffix _FILE",
            MissingCredentials,
            "Write CLIENT_SECRET=value",
            |place| dotenv(place, "CLIENT_SECRET_FILE=/run/secrets/secret\n"),
        ),
    ]
}

/// A dotenv file in which a line has one of our names, and a fault.
fn line(fault: &'static str, content: &'static str, hint: &'static str) -> Row {
    fails(fault, MalformedCredentials, hint, move |place| dotenv(place, content))
}

fn lines() -> Vec<Row> {
    vec![
        line(
            "a line before the id has an unclosed quote",
            "NAME=Bob's\nCLIENT_ID=a\nCLIENT_SECRET=canary\n",
            "line 1 of",
        ),
        line(
            "a quoted value spans the line of the id",
            "NAME=Bob's\nCLIENT_ID=a\nCLIENT_SECRET=canary\nNOTE=that's\n",
            "line 1 of",
        ),
        line(
            "the dotenv file is written for cmd.exe",
            "set CLIENT_ID=a\nset CLIENT_SECRET=canary\n",
            "written for another shell (set)",
        ),
        line(
            "the dotenv file is written for PowerShell",
            "$env:CLIENT_ID=\"a\"\n$env:CLIENT_SECRET=\"canary\"\n",
            "PowerShell",
        ),
        line(
            "the dotenv file is YAML",
            "CLIENT_ID: a\nCLIENT_SECRET: canary\n",
            "a colon in place of =",
        ),
        line(
            "the value of the secret in the dotenv file uses an unset variable",
            "CLIENT_ID=a\nCLIENT_SECRET=$CANARY\n",
            "a variable that is not set",
        ),
        line(
            "the secret in the dotenv file contains a $ without single quotes",
            "CLIENT_ID=a\nCLIENT_SECRET=\"can$canary\"\n",
            "single quotes",
        ),
        line(
            "the value of the secret in the dotenv file contains a command",
            "CLIENT_ID=a\nCLIENT_SECRET=$(pass show canary)\n",
            "a command in it",
        ),
    ]
}

fn broken() -> Vec<Row> {
    vec![
        malformed("the secret ends with a space", "canary ", "Remove the spaces"),
        malformed("the secret is in quotes", "\"canary\"", "Remove the quotes"),
        malformed(
            "the secret is in typographic quotes",
            "\u{201c}canary\u{201d}",
            "Remove the quotes",
        ),
        malformed("the secret contains a newline", "canary\n", "Remove it"),
        malformed("the secret contains a tab", "cana\tcanary", "Remove the spaces"),
        malformed(
            "the secret contains an invisible character",
            "canary\u{7}",
            "Copy it from the app's page",
        ),
        malformed("the secret contains a byte order mark", "\u{feff}canary", "without BOM"),
        malformed(
            "the secret is still a placeholder",
            "<canary>",
            "is still a placeholder",
        ),
        malformed(
            "the secret is a shell variable that was not expanded",
            "${CANARY}",
            "is still a placeholder",
        ),
        fails(
            "the id contains both id and secret",
            MalformedCredentials,
            "Set the id alone",
            |place| {
                set(place, &[("CLIENT_ID", "a:canary"), ("CLIENT_SECRET", "canary")]);
            },
        ),
        fails(
            "the value of the secret in the dotenv file contains a space",
            MalformedCredentials,
            "Write CLIENT_SECRET=value",
            |place| {
                dotenv(place, "CLIENT_ID=a\nCLIENT_SECRET=cana canary\n");
            },
        ),
        fails(
            "the value of the secret in the dotenv file has an unclosed quote",
            MalformedCredentials,
            "Write CLIENT_SECRET=value",
            |place| {
                dotenv(place, "CLIENT_ID=a\nCLIENT_SECRET=\"canary\n");
            },
        ),
        fails(
            "the file of the secret is empty",
            MalformedCredentials,
            "is empty",
            |place| secret_file(place, ""),
        ),
        fails(
            "the file of the secret has two newlines",
            MalformedCredentials,
            "newline in it",
            |place| secret_file(place, "canary\n\n"),
        ),
        fails("the file of the secret is UTF-16, cut off", File, "UTF-8", |place| {
            secret_file(place, b"\xff\xfec\0a\0n\0a\0r\0y")
        }),
    ]
}

fn files() -> Vec<Row> {
    vec![
        fails("the file of the secret is missing", File, "No such file", |place| {
            let nowhere = place.path("secret").display().to_string();
            set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", &nowhere)]);
        }),
        fails(
            "the file of the secret is a directory",
            File,
            "named by CLIENT_SECRET_FILE",
            |place| {
                let directory = place.directory().display().to_string();
                set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", &directory)]);
            },
        ),
        fails(
            "the file of the secret is one megabyte long",
            File,
            "larger than 64 KiB",
            |place| {
                secret_file(place, "canary".repeat(200_000));
            },
        ),
        fails(
            "the configured dotenv file is missing",
            File,
            "named by the option dotenv",
            |place| {
                let nowhere = place.path("app.env").display().to_string();
                place.set("SPOTIFY_DOTENV", &nowhere);
            },
        ),
        fails(
            "the path of the secret's file begins with ~",
            File,
            "is not expanded here",
            |place| set(place, &[("CLIENT_ID", ID), ("CLIENT_SECRET_FILE", "~/secret")]),
        ),
        fails(
            "the file of the secret is a pipe that nobody writes to",
            Timeout,
            "took longer than",
            |place| {
                place.hurried();
                secret_pipe(place, "");
            },
        )
        .ends(Ends::WithTheCall),
        fails("the dotenv file is not text", File, "UTF-8", |place| {
            dotenv(place, b"CLIENT_ID=\xff\xfe\n")
        }),
        fails(
            "systemd's file is not text",
            File,
            "named by CREDENTIALS_DIRECTORY",
            |place| {
                place.file("spotify_client_id", b"\xff");
                let directory = place.directory().display().to_string();
                place.set("CREDENTIALS_DIRECTORY", &directory);
            },
        ),
    ]
}

fn survived() -> Vec<Row> {
    vec![
        survives("the file of the secret ends with a newline", |place| {
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
        survives("the dotenv file is UTF-16, as PowerShell writes it", |place| {
            place.spotify().unset("CLIENT_ID").unset("CLIENT_SECRET");
            let text = format!("\u{feff}CLIENT_ID={ID}\r\nCLIENT_SECRET={SECRET}\r\n");
            dotenv(
                place,
                text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
            );
        }),
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
        survives("the dotenv file has an unreadable line of another program", |place| {
            place.spotify().unset("CLIENT_ID").unset("CLIENT_SECRET");
            dotenv(place, format!("OTHER=a b c\nCLIENT_ID={ID}\nCLIENT_SECRET={SECRET}\n"));
        }),
        survives(
            "the file of the secret is a pipe that is written once, and late",
            |place| {
                place.spotify().unset("CLIENT_SECRET");
                secret_pipe(place, &format!("sleep 0.3; echo {SECRET} > \"$0\""));
            },
        ),
        survives("the dotenv file uses variables, as a shell does", |place| {
            place.spotify().unset("CLIENT_ID").unset("CLIENT_SECRET");
            place.set("MY_ID", ID);
            dotenv(
                place,
                format!("MY_SECRET='{SECRET}'\nCLIENT_ID=$MY_ID\nCLIENT_SECRET=${{MY_SECRET}}\n"),
            );
        }),
        survives("the secret has an unusual length", |place| {
            let secret = "canary-of-another-length";
            let accounts = spotify_token::stand_in::Accounts {
                client_secret: secret.to_owned(),
                ..Default::default()
            };
            place
                .asks(spotify_token::stand_in::StandIn::spotify(accounts).unwrap())
                .set("CLIENT_SECRET", secret);
        }),
    ]
}
