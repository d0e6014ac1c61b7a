//! Every source, their order, and every way to get them wrong. No test touches the process's environment.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::config::Config;

const CANARY: &str = "CANARYvalue0";

struct Boundary {
    directory: TempDir,
    variables: Vec<(String, String)>,
    config: Config,
}

impl Boundary {
    /// Without a dotenv file, unless a test names one: the tests' own working directory is not theirs.
    fn new() -> Boundary {
        let mut config = Config::new();
        config.set("dotenv", "").unwrap();
        Boundary {
            directory: TempDir::new().unwrap(),
            variables: Vec::new(),
            config,
        }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.directory.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn variable(mut self, name: &str, value: &str) -> Boundary {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn variable_file(self, name: &str, content: impl AsRef<[u8]>) -> Boundary {
        let path = self.file(name, content);
        self.variable(name, &path)
    }

    fn dotenv(mut self, content: impl AsRef<[u8]>) -> Boundary {
        let path = self.file("app.env", content);
        self.config.set("dotenv", &path).unwrap();
        self
    }

    fn option(mut self, name: &str, value: &str) -> Boundary {
        self.config.set(name, value).unwrap();
        self
    }

    fn find(&self) -> Result<Credentials, Error> {
        let environment = Environment::from_pairs(self.variables.clone());
        let settings = Settings::resolve(&self.config, &environment).unwrap();
        find(&settings, &environment)
    }

    fn found(&self) -> (String, String) {
        let credentials = self.find().unwrap();
        (
            credentials.client_id.expose().to_owned(),
            credentials.client_secret.expose().to_owned(),
        )
    }

    fn refused(&self, code: Code) -> String {
        let error = self.find().unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.message().contains(CANARY), "{error}");
        error.message().to_owned()
    }
}

fn pair(id: &str, secret: &str) -> (String, String) {
    (id.to_owned(), secret.to_owned())
}

#[test]
fn the_first_source_that_has_a_pair_decides() {
    let place = Boundary::new().dotenv("CLIENT_ID=i5\nCLIENT_SECRET=s5\n");
    assert_eq!(place.found(), pair("i5", "s5"));

    let systemd = TempDir::new().unwrap();
    fs::write(systemd.path().join("spotify_client_id"), "i4\n").unwrap();
    fs::write(systemd.path().join("spotify_client_secret"), "s4\r\n").unwrap();
    let place = place.variable("CREDENTIALS_DIRECTORY", systemd.path().to_str().unwrap());
    assert_eq!(place.found(), pair("i4", "s4"));

    let place = place.variable("CLIENT_ID", "i3").variable("CLIENT_SECRET", "s3");
    assert_eq!(place.found(), pair("i3", "s3"));

    let place = place
        .variable("SPOTIFY_CLIENT_ID", "i2")
        .variable_file("SPOTIFY_CLIENT_SECRET_FILE", "s2");
    assert_eq!(place.found(), pair("i2", "s2"));

    let place = place.option("client_id", "i1").option("client_secret", "s1");
    assert_eq!(place.found(), pair("i1", "s1"));
}

#[test]
fn half_a_pair_is_never_completed_from_a_later_source() {
    let complete = || Boundary::new().dotenv("CLIENT_ID=i\nCLIENT_SECRET=s\n");
    for (place, lacking) in [
        (complete().option("client_id", "x"), "the client secret is missing"),
        (complete().option("client_secret", "x"), "the client id is missing"),
        (
            complete()
                .variable("SPOTIFY_CLIENT_ID", "x")
                .variable("CLIENT_SECRET", "y"),
            "nothing gives SPOTIFY_CLIENT_SECRET",
        ),
        (complete().variable("CLIENT_SECRET", "x"), "the client id is missing"),
        (
            Boundary::new().dotenv("CLIENT_ID=i\n"),
            "nothing gives CLIENT_SECRET in",
        ),
        (
            Boundary::new().dotenv("CLIENT_ID=i\nCLIENT_SECRET=\n"),
            "nothing gives CLIENT_SECRET in",
        ),
    ] {
        let message = place.refused(Code::MissingCredentials);
        assert!(message.contains(lacking), "{message}");
    }
    let systemd = TempDir::new().unwrap();
    fs::write(systemd.path().join("spotify_client_id"), "i").unwrap();
    let place = complete().variable("CREDENTIALS_DIRECTORY", systemd.path().to_str().unwrap());
    assert!(
        place
            .refused(Code::MissingCredentials)
            .contains("spotify_client_secret")
    );
}

#[test]
fn an_empty_variable_is_unset_and_a_value_wins_over_its_file() {
    let place = Boundary::new()
        .variable("SPOTIFY_CLIENT_ID", "")
        .variable("CLIENT_ID", "i")
        .variable("CLIENT_SECRET", "s")
        .variable("CLIENT_SECRET_FILE", "/nowhere");
    assert_eq!(place.found(), pair("i", "s"));
}

#[test]
fn one_line_end_of_a_file_is_dropped_and_no_more() {
    for (content, read) in [("s", "s"), ("s\n", "s"), ("s\r\n", "s")] {
        let place = Boundary::new()
            .variable("CLIENT_ID", "i")
            .variable_file("CLIENT_SECRET_FILE", content);
        assert_eq!(place.found(), pair("i", read));
    }
    let place = Boundary::new()
        .variable("CLIENT_ID", "i")
        .variable_file("CLIENT_SECRET_FILE", "s\n\n");
    assert!(place.refused(Code::MalformedCredentials).contains("line end"));
}

#[test]
fn a_text_that_cannot_be_a_credential_is_refused_with_its_source_and_fault() {
    for (secret, fault) in [
        (format!("{CANARY}\n"), "line end"),
        (format!("{CANARY}\r"), "line end"),
        (format!("\"{CANARY}\""), "quote"),
        (format!("'{CANARY}'"), "quote"),
        (format!("\u{201c}{CANARY}\u{201d}"), "quote"),
        (format!("{CANARY} "), "blank"),
        (format!("{CANARY}\t"), "blank"),
        (format!("{CANARY}\u{a0}"), "blank"),
        (format!("{CANARY}\u{1}"), "control character"),
        (format!("\u{feff}{CANARY}"), "byte order mark"),
        (format!("<{CANARY} here>"), "placeholder"),
        (format!("{{{CANARY}}}"), "placeholder"),
        (format!("${{{CANARY}}}"), "placeholder"),
    ] {
        let place = Boundary::new()
            .variable("CLIENT_ID", "i")
            .variable("CLIENT_SECRET", &secret);
        let message = place.refused(Code::MalformedCredentials);
        assert!(
            message.contains(fault) && message.contains("CLIENT_SECRET"),
            "{message}"
        );
    }
    let place = Boundary::new()
        .variable("CLIENT_ID", &format!("{CANARY}:x"))
        .variable("CLIENT_SECRET", "s");
    assert!(place.refused(Code::MalformedCredentials).contains("colon"));
    let place = Boundary::new()
        .variable("CLIENT_ID", "i")
        .variable("CLIENT_SECRET", "s:x");
    assert_eq!(place.found(), pair("i", "s:x"));
    let place = Boundary::new().option("client_id", "").option("client_secret", CANARY);
    assert!(place.refused(Code::MalformedCredentials).contains("empty"));
}

#[test]
fn a_file_that_is_named_has_to_be_readable() {
    let directory = TempDir::new().unwrap();
    let directory = directory.path().to_str().unwrap();
    let base = || Boundary::new().variable("CLIENT_ID", "i");
    let missing = base().variable("CLIENT_SECRET_FILE", "/nowhere/secret");
    let message = missing.refused(Code::File);
    assert!(
        message.contains("/nowhere/secret") && message.contains("CLIENT_SECRET_FILE"),
        "{message}"
    );
    base().variable("CLIENT_SECRET_FILE", directory).refused(Code::File);
    base().variable("CLIENT_SECRET_FILE", "/dev/zero").refused(Code::File);
    base()
        .variable_file("CLIENT_SECRET_FILE", b"\xff\xfe")
        .refused(Code::File);
    Boundary::new().option("dotenv", "/nowhere/.env").refused(Code::File);
    Boundary::new().dotenv(b"CLIENT_ID=\xff").refused(Code::File);
}

#[test]
fn a_dotenv_file_is_read_as_people_write_it() {
    for content in [
        "CLIENT_ID=i\nCLIENT_SECRET=s\n",
        "export CLIENT_ID=\"i\"\r\nexport CLIENT_SECRET='s'\r\n",
        "\u{feff}CLIENT_ID=i\nCLIENT_SECRET=s",
        "# a comment\nOTHER=x y z\n\nCLIENT_ID = i # mine\nCLIENT_SECRET=s",
        "SPOTIFY_CLIENT_ID=i\nSPOTIFY_CLIENT_SECRET=s\nCLIENT_ID=no\nCLIENT_SECRET=no",
        "CLIENT_ID=old\nCLIENT_ID=i\nCLIENT_SECRET=s\n",
    ] {
        assert_eq!(Boundary::new().dotenv(content).found(), pair("i", "s"), "{content}");
    }
    let place = Boundary::new().dotenv(format!("CLIENT_ID=i\nCLIENT_SECRET={CANARY} and more\n"));
    assert!(place.refused(Code::MalformedCredentials).contains("CLIENT_SECRET"));
}

#[test]
fn a_dotenv_file_is_a_source_of_nothing_else() {
    let place = Boundary::new().dotenv("SPOTIFY_TOKEN_URL=http://127.0.0.1:9/\nCLIENT_ID=i\nCLIENT_SECRET=s\n");
    place.found();
    let settings = Settings::resolve(&place.config, &Environment::default()).unwrap();
    assert_eq!(settings.token_url.host(), "accounts.spotify.com");
    assert!(std::env::var_os("SPOTIFY_TOKEN_URL").is_none());
}

#[test]
fn when_nothing_is_found_the_message_says_where_it_looked() {
    let message = Boundary::new().refused(Code::MissingCredentials);
    for part in [
        "CLIENT_ID and CLIENT_SECRET",
        "_FILE",
        "$CREDENTIALS_DIRECTORY",
        "dotenv",
        "developer.spotify.com",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_near_miss_is_named() {
    for name in ["SPOTIPY_CLIENT_ID", "RSPOTIFY_CLIENT_ID", "SPOTIFY_ID"] {
        let message = Boundary::new().variable(name, CANARY).refused(Code::MissingCredentials);
        assert!(
            message.contains(name) && message.contains("here it is SPOTIFY_CLIENT_ID"),
            "{message}"
        );
        let message = Boundary::new()
            .dotenv(format!("{name}={CANARY}\n"))
            .refused(Code::MissingCredentials);
        assert!(message.contains(name), "{message}");
    }
    assert!(
        Path::new("Cargo.toml").exists(),
        "tests run in the crate's root, where no .env.txt is"
    );
}

#[test]
fn an_odd_shape_is_worth_a_word_and_no_refusal() {
    let usual = "0123456789abcdef0123456789abcdef";
    let place = Boundary::new()
        .variable("CLIENT_ID", usual)
        .variable("CLIENT_SECRET", usual);
    assert_eq!(place.find().unwrap().warning(), None);
    let place = Boundary::new()
        .variable("CLIENT_ID", CANARY)
        .variable("CLIENT_SECRET", usual);
    let warning = place.find().unwrap().warning().unwrap();
    assert!(
        warning.contains("client id is") && !warning.contains(CANARY),
        "{warning}"
    );
}

#[test]
fn debug_hides_both_halves() {
    let place = Boundary::new()
        .variable("CLIENT_ID", CANARY)
        .variable("CLIENT_SECRET", CANARY);
    assert!(!format!("{:?}", place.find().unwrap()).contains(CANARY));
}

#[test]
fn a_nul_is_a_control_character_and_not_dropped() {
    let secret = read_credential(&b"0123\x00456\n"[..]).unwrap();
    let error = Credentials::from_arguments(Some("id"), Some(secret.expose())).unwrap_err();
    assert_eq!(error.code(), Code::MalformedCredentials);
    assert!(error.message().contains("control character"), "{error}");
}
