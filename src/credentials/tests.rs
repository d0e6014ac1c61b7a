//! Every source, their order, and every way to get them wrong. No test touches the process's environment.

#[cfg(unix)]
mod unix;

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::config::Config;

const CANARY: &str = "CANARYvalue0";
const PAIR: &str = "CLIENT_ID=i\nCLIENT_SECRET=s\n";
const ALLOWED: Duration = Duration::from_secs(20);

struct Sandbox {
    directory: TempDir,
    variables: Vec<(String, String)>,
    config: Config,
}

impl Sandbox {
    /// Without a dotenv file, unless a test names one: the tests' own working directory is not theirs.
    fn new() -> Sandbox {
        let mut config = Config::new();
        config.set("dotenv", "").unwrap();
        Sandbox {
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

    fn variable(mut self, name: &str, value: &str) -> Sandbox {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn variable_file(self, name: &str, content: impl AsRef<[u8]>) -> Sandbox {
        let path = self.file(name, content);
        self.variable(name, &path)
    }

    fn dotenv(mut self, content: impl AsRef<[u8]>) -> Sandbox {
        let path = self.file("app.env", content);
        self.config.set("dotenv", &path).unwrap();
        self
    }

    fn option(mut self, name: &str, value: &str) -> Sandbox {
        self.config.set(name, value).unwrap();
        self
    }

    fn find(&self) -> Result<Credentials, Error> {
        self.find_within(ALLOWED, &Cancel::new())
    }

    fn find_within(&self, allowed: Duration, cancel: &Cancel) -> Result<Credentials, Error> {
        let environment = Environment::from_pairs(self.variables.clone());
        let settings = Settings::resolve(&self.config, &environment).unwrap();
        find(&settings, &environment, allowed, cancel)
    }

    fn found(&self) -> (String, String) {
        let credentials = self.find().unwrap();
        (
            credentials.client_id.expose().to_owned(),
            credentials.client_secret.expose().to_owned(),
        )
    }

    fn refused(&self, code: ErrorKind) -> String {
        let error = self.find().unwrap_err();
        assert_eq!(error.kind(), code, "{error}");
        assert!(!error.message().contains(CANARY), "{error}");
        assert!(!error.advice().is_empty(), "{error}");
        error.message().to_owned()
    }
}

fn pair(id: &str, secret: &str) -> (String, String) {
    (id.to_owned(), secret.to_owned())
}

#[test]
fn the_first_source_that_has_a_pair_decides() {
    let place = Sandbox::new().dotenv("CLIENT_ID=i5\nCLIENT_SECRET=s5\n");
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
    let complete = || Sandbox::new().dotenv("CLIENT_ID=i\nCLIENT_SECRET=s\n");
    for (place, lacking) in [
        (complete().option("client_id", "x"), "the client secret is missing"),
        (complete().option("client_secret", "x"), "the client id is missing"),
        (
            complete()
                .variable("SPOTIFY_CLIENT_ID", "x")
                .variable("CLIENT_SECRET", "y"),
            "SPOTIFY_CLIENT_SECRET is not set",
        ),
        (complete().variable("CLIENT_SECRET", "x"), "the client id is missing"),
        (Sandbox::new().dotenv("CLIENT_ID=i\n"), "Set CLIENT_SECRET in"),
        (
            Sandbox::new().dotenv("CLIENT_ID=i\nCLIENT_SECRET=\n"),
            "Set CLIENT_SECRET in",
        ),
    ] {
        let message = place.refused(ErrorKind::MissingCredentials);
        assert!(message.contains(lacking), "{message}");
    }
    let systemd = TempDir::new().unwrap();
    fs::write(systemd.path().join("spotify_client_id"), "i").unwrap();
    let place = complete().variable("CREDENTIALS_DIRECTORY", systemd.path().to_str().unwrap());
    assert!(
        place
            .refused(ErrorKind::MissingCredentials)
            .contains("spotify_client_secret")
    );
}

#[test]
fn an_empty_variable_is_unset_and_a_value_wins_over_its_file() {
    let sandbox = Sandbox::new().variable("CLIENT_ID", "i").variable("CLIENT_SECRET", "");
    let sandbox = sandbox.variable_file("CLIENT_SECRET_FILE", "s\n");
    assert_eq!(sandbox.found(), pair("i", "s"));
    let place = Sandbox::new()
        .variable("SPOTIFY_CLIENT_ID", "")
        .variable("CLIENT_ID", "i")
        .variable("CLIENT_SECRET", "s")
        .variable("CLIENT_SECRET_FILE", "/nowhere");
    assert_eq!(place.found(), pair("i", "s"));
}

#[test]
fn one_line_end_of_a_file_is_dropped_and_no_more() {
    for (content, read) in [("s", "s"), ("s\n", "s"), ("s\r\n", "s")] {
        let place = Sandbox::new()
            .variable("CLIENT_ID", "i")
            .variable_file("CLIENT_SECRET_FILE", content);
        assert_eq!(place.found(), pair("i", read));
    }
    let place = Sandbox::new()
        .variable("CLIENT_ID", "i")
        .variable_file("CLIENT_SECRET_FILE", "s\n\n");
    assert!(place.refused(ErrorKind::MalformedCredentials).contains("newline"));
}

#[test]
fn a_text_that_cannot_be_a_credential_is_refused_with_its_source_and_fault() {
    for (secret, fault) in [
        (format!("{CANARY}\n"), "newline"),
        (format!("{CANARY}\r"), "newline"),
        (format!("\"{CANARY}\""), "quote"),
        (format!("'{CANARY}'"), "quote"),
        (format!("\u{201c}{CANARY}\u{201d}"), "quote"),
        (format!("{CANARY} "), "space"),
        (format!("{CANARY}\t"), "space"),
        (format!("{CANARY}\u{a0}"), "space"),
        (format!("{CANARY}\u{1}"), "control character"),
        (format!("{CANARY}\u{200b}"), "invisible character"),
        (CANARY.repeat(400), "longer than 4096 bytes"),
        (format!("\u{feff}{CANARY}"), "byte order mark"),
        (format!("<{CANARY} here>"), "placeholder"),
        (format!("{{{CANARY}}}"), "placeholder"),
        (format!("${{{CANARY}}}"), "placeholder"),
    ] {
        let place = Sandbox::new()
            .variable("CLIENT_ID", "i")
            .variable("CLIENT_SECRET", &secret);
        let message = place.refused(ErrorKind::MalformedCredentials);
        assert!(
            message.contains(fault) && message.contains("CLIENT_SECRET"),
            "{message}"
        );
    }
    let place = Sandbox::new()
        .variable("CLIENT_ID", &format!("{CANARY}:x"))
        .variable("CLIENT_SECRET", "s");
    assert!(place.refused(ErrorKind::MalformedCredentials).contains("colon"));
    let place = Sandbox::new()
        .variable("CLIENT_ID", "i")
        .variable("CLIENT_SECRET", "s:x");
    assert_eq!(place.found(), pair("i", "s:x"));
    let place = Sandbox::new().option("client_id", "").option("client_secret", CANARY);
    assert!(place.refused(ErrorKind::MalformedCredentials).contains("empty"));
}

#[test]
fn a_file_that_is_named_has_to_be_readable() {
    let directory = TempDir::new().unwrap();
    let directory = directory.path().to_str().unwrap();
    let base = || Sandbox::new().variable("CLIENT_ID", "i");
    let missing = base().variable("CLIENT_SECRET_FILE", "/nowhere/secret");
    let message = missing.refused(ErrorKind::File);
    assert!(
        message.contains("/nowhere/secret") && message.contains("CLIENT_SECRET_FILE"),
        "{message}"
    );
    base()
        .variable("CLIENT_SECRET_FILE", directory)
        .refused(ErrorKind::File);
    base()
        .variable("CLIENT_SECRET_FILE", "/dev/zero")
        .refused(ErrorKind::File);
    base()
        .variable_file("CLIENT_SECRET_FILE", b"\xff")
        .refused(ErrorKind::File);
    Sandbox::new()
        .option("dotenv", "/nowhere/.env")
        .refused(ErrorKind::File);
    Sandbox::new().dotenv(b"CLIENT_ID=\xff").refused(ErrorKind::File);
}

#[test]
fn a_dotenv_file_is_read_as_people_write_it() {
    for content in [
        PAIR,
        "export CLIENT_ID=\"i\"\r\nexport CLIENT_SECRET='s'\r\n",
        "\u{feff}CLIENT_ID=i\nCLIENT_SECRET=s",
        "# a comment\nOTHER=x y z\n\nCLIENT_ID = i # mine\nCLIENT_SECRET=s",
        "  # it's a comment\n\texport\tCLIENT_ID= i\n  CLIENT_SECRET =s \t\r\n\r\n",
        "SPOTIFY_CLIENT_ID=i\nSPOTIFY_CLIENT_SECRET=s\nCLIENT_ID=no\nCLIENT_SECRET=no",
        "CLIENT_ID=old\nCLIENT_ID=i\nCLIENT_SECRET=s\n",
        "CLIENT_ID: old\nCLIENT_ID=i\nset CLIENT_SECRET=old\nCLIENT_SECRET=s\n",
        "KEY='-----BEGIN KEY-----\nabc=\n-----END KEY-----'\nCLIENT_ID=i\nCLIENT_SECRET=s\n",
        "see SPOTIFY_CLIENT_ID\nSPOTIFY_CLIENT_SECRET: old\nCLIENT_ID=i\nCLIENT_SECRET=s\n",
        "LAST=$UNSET\nCLIENT_ID=i\nCLIENT_SECRET=s\nNAME=Bob's\n",
    ] {
        assert_eq!(Sandbox::new().dotenv(content).found(), pair("i", "s"), "{content}");
    }
}

/// Dotenv files, the line that is named, and what is said of it. CANARY is never shown.
const FAULTY: [(&str, usize, &str); 26] = [
    ("CLIENT_ID=i\nCLIENT_SECRET=CANARY and more\n", 2, "a space in it"),
    (
        "CLIENT_ID=i\n\nCLIENT_SECRET='CANARY\n",
        3,
        "a quote that is not closed",
    ),
    ("CLIENT_SECRET=\"CANARY\nCLIENT_ID=i\n", 1, "a quote that is not closed"),
    (
        "NAME=Bob's\nCLIENT_ID=i\nCLIENT_SECRET=CANARY\n",
        1,
        "CLIENT_ID in a later line",
    ),
    (
        "A=1\nNAME=\"x\nCLIENT_ID=i\nCLIENT_SECRET=CANARY\nB=\"\n",
        2,
        "not closed on the same line",
    ),
    (
        "N='\n export  CLIENT_SECRET = CANARY\n'\nCLIENT_ID=i\n",
        1,
        "CLIENT_SECRET in a later line",
    ),
    (
        "set CLIENT_ID=i\nset CLIENT_SECRET=CANARY\n",
        1,
        "written for another shell (set)",
    ),
    (
        "setx CLIENT_ID i\nsetx CLIENT_SECRET CANARY\n",
        1,
        "written for another shell (set)",
    ),
    ("CLIENT_ID: i\nCLIENT_SECRET: CANARY\n", 1, "a colon in place of ="),
    (
        "{\n  \"CLIENT_ID\": \"i\",\n  \"CLIENT_SECRET\": \"CANARY\"\n}\n",
        2,
        "a colon in place of =",
    ),
    ("client_id: i\nclient_secret: CANARY\n", 1, "a colon in place of ="),
    ("$env:CLIENT_ID=\"i\"\n$env:CLIENT_SECRET=\"CANARY\"\n", 1, "PowerShell"),
    (
        "$Env:SPOTIFY_CLIENT_ID = 'i'\n$Env:SPOTIFY_CLIENT_SECRET = 'CANARY'\n",
        1,
        "PowerShell",
    ),
    ("CLIENT_ID=i\nCLIENT_SECRET CANARY\n", 2, "is not an assignment"),
    (
        "const CLIENT_ID = 'i';\nconst CLIENT_SECRET = 'CANARY';\n",
        1,
        "is not an assignment",
    ),
    ("- CLIENT_ID=i\n- CLIENT_SECRET=CANARY\n", 1, "is not an assignment"),
    ("CLIENT_ID=i\nCLIENT_SECRET=$CANARY\n", 2, "a variable that is not set"),
    (
        "CLIENT_ID=i\nCLIENT_SECRET=a$CANARY.b\n",
        2,
        "a variable that is not set",
    ),
    (
        "CLIENT_ID=i\nCLIENT_SECRET=\"${CANARY}\"\n",
        2,
        "a variable that is not set",
    ),
    (
        "CLIENT_ID=i\nCLIENT_SECRET=$LATER\nLATER=CANARY\n",
        2,
        "a variable that is not set",
    ),
    (
        "CLIENT_ID=i\nS=$CANARY\nCLIENT_SECRET=$S\n",
        3,
        "the variable of line 2",
    ),
    ("CLIENT_ID=i\nCLIENT_SECRET=$(echo CANARY)\n", 2, "a command in it"),
    ("CLIENT_ID=i\nCLIENT_SECRET=`echo CANARY`\n", 2, "a command in it"),
    ("CLIENT_ID=i\nCLIENT_SECRET=${X:-CANARY}\n", 2, "the name of a variable"),
    ("CLIENT_ID=i\nCLIENT_SECRET=CANARY$1\n", 2, "the name of a variable"),
    ("CLIENT_ID=i\nCLIENT_SECRET=${CANARY\n", 2, "the name of a variable"),
];

#[test]
fn a_line_of_a_dotenv_file_that_cannot_be_used_is_named() {
    for (content, line, fault) in FAULTY {
        let content = content.replace("CANARY", CANARY);
        let message = Sandbox::new().dotenv(&content).refused(ErrorKind::MalformedCredentials);
        let named = message.contains(&format!("line {line} of "));
        assert!(named && message.contains(fault), "{content}{message}");
    }
}

#[test]
fn a_line_of_a_dotenv_file_with_nearly_our_name_is_named() {
    for (content, near_miss) in [
        ("client_id=i\nclient_secret=CANARY\n", "line 1 of"),
        ("A=1\nSpotify_Client_Id=i\n", "line 2 of"),
        ("CLIENT_SECRET_FILE=/x\n", "Write CLIENT_SECRET=value"),
        ("CLIENT_ID=i\nclient_secret=CANARY\n", "line 2 of"),
        ("CLIENT_ID=i\nclient_secret=CANARY\n", "Set CLIENT_SECRET in"),
    ] {
        let content = content.replace("CANARY", CANARY);
        let message = Sandbox::new().dotenv(&content).refused(ErrorKind::MissingCredentials);
        assert!(message.contains(near_miss), "{content}{message}");
    }
}

#[test]
fn variables_of_a_dotenv_file_make_a_pair() {
    let sandbox = Sandbox::new()
        .variable("MY_ID", "i")
        .dotenv("MY_SECRET=s\nCLIENT_ID=$MY_ID\nCLIENT_SECRET=${MY_SECRET}\n");
    assert_eq!(sandbox.found(), pair("i", "s"));
}

#[test]
fn variables_cannot_multiply_each_other_without_end() {
    let doubled = (1..1000).map(|at| format!("A{at}=$A{0}$A{0}\n", at - 1));
    let content = format!(
        "A0=xxxxxxxxxxxxxxxx\n{}CLIENT_ID=i\nCLIENT_SECRET=$A16\n",
        doubled.collect::<String>()
    );
    let message = Sandbox::new().dotenv(&content).refused(ErrorKind::MalformedCredentials);
    assert!(message.contains("line 1002"), "{message}");
    let content = content.replace("$A16", "$A999");
    let message = Sandbox::new().dotenv(&content).refused(ErrorKind::MalformedCredentials);
    assert!(message.contains("no usable value"), "{message}");
}

#[test]
fn a_dotenv_file_is_a_source_of_nothing_else() {
    let place = Sandbox::new().dotenv("SPOTIFY_TOKEN_URL=http://127.0.0.1:9/\nCLIENT_ID=i\nCLIENT_SECRET=s\n");
    place.found();
    let settings = Settings::resolve(&place.config, &Environment::default()).unwrap();
    assert_eq!(settings.token_url.host(), "accounts.spotify.com");
    assert!(std::env::var_os("SPOTIFY_TOKEN_URL").is_none());
}

#[test]
fn when_nothing_is_found_the_message_says_where_it_looked() {
    let message = Sandbox::new().refused(ErrorKind::MissingCredentials);
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
        let message = Sandbox::new()
            .variable(name, CANARY)
            .refused(ErrorKind::MissingCredentials);
        assert!(
            message.contains(name) && message.contains("Use SPOTIFY_CLIENT_ID instead"),
            "{message}"
        );
        let message = Sandbox::new()
            .dotenv(format!("{name}={CANARY}\n"))
            .refused(ErrorKind::MissingCredentials);
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn an_unusual_shape_is_a_warning_and_no_error() {
    let usual = "0123456789abcdef0123456789abcdef";
    let place = Sandbox::new()
        .variable("CLIENT_ID", usual)
        .variable("CLIENT_SECRET", usual);
    assert_eq!(place.find().unwrap().warning(), None);
    let place = Sandbox::new()
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
    let place = Sandbox::new()
        .variable("CLIENT_ID", CANARY)
        .variable("CLIENT_SECRET", CANARY);
    assert!(!format!("{:?}", place.find().unwrap()).contains(CANARY));
}

#[test]
fn a_nul_is_a_control_character_and_not_dropped() {
    let secret = read_credential(&b"0123\x00456\n"[..]).unwrap();
    let error = Credentials::from_arguments(Some("id"), Some(secret.expose())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedCredentials);
    assert!(error.message().contains("control character"), "{error}");
}

#[test]
fn files_may_be_in_utf_16_with_a_byte_order_mark() {
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let whole = utf_16("CLIENT_ID=i\r\nCLIENT_SECRET=s\u{e9}\u{1f511}\r\n", bytes);
        let (id, secret) = Sandbox::new().dotenv(&whole).found();
        assert_eq!((id.as_str(), secret.as_str()), ("i", "s\u{e9}\u{1f511}"));
        let sandbox = Sandbox::new().variable("CLIENT_ID", "i");
        let sandbox = sandbox.variable_file("CLIENT_SECRET_FILE", utf_16("s\r\n", bytes));
        assert_eq!(sandbox.found().1, "s");
        for broken in [&whole[..whole.len() - 1], &whole[2..], &utf_16("\u{1f511}", bytes)[..4]] {
            let message = Sandbox::new().dotenv(broken).refused(ErrorKind::File);
            assert!(message.contains("it is not UTF-8 text"), "{message}");
        }
    }
}

#[test]
fn a_path_that_only_a_shell_expands_is_named() {
    for path in ["~/secret", "$HOME/secret"] {
        let sandbox = Sandbox::new().variable("CLIENT_ID", "i");
        let message = sandbox.variable("CLIENT_SECRET_FILE", path).refused(ErrorKind::File);
        assert!(message.contains("is not expanded here"), "{message}");
    }
}

#[test]
fn an_untrusted_environment_is_no_source() {
    let find = |config: &Config| {
        let environment = Environment::untrusted();
        let settings = Settings::resolve(config, &environment).unwrap();
        find(&settings, &environment, ALLOWED, &Cancel::new())
    };
    let error = find(&Config::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingCredentials);
    assert!(error.message().contains("more rights than its caller"), "{error}");
    // What the program sets itself counts.
    let sandbox = Sandbox::new().dotenv(PAIR);
    assert_eq!(find(&sandbox.config).unwrap().client_id.expose(), "i");
}

#[test]
fn an_id_alone_is_given_to_a_program_that_can_ask() {
    let found = |id: &str| {
        let environment = Environment::from_pairs([("CLIENT_ID", id), ("SPOTIFY_DOTENV", "")]);
        let settings = Settings::resolve(&Config::new(), &environment).unwrap();
        find_any(&settings, &environment, ALLOWED, &Cancel::new())
    };
    let Ok(Found::IdAlone(id, error)) = found("i") else {
        panic!("an id alone");
    };
    assert_eq!((id.expose(), error.kind()), ("i", ErrorKind::MissingCredentials));
    // An id that is none is not shown to a person.
    assert_eq!(found("\u{1b}[31m").unwrap_err().kind(), ErrorKind::MissingCredentials);
}
