//! The verb `man`: prints the manual page, made from the verbs, the flags and the tables of options and errors. Only
//! what no table has is written here.

use clap::{Arg, Command};
use roff::{Inline, Roff, bold, italic, roman};
use spotify_token::unstable::platform::places::{CACHE, default_cache};
use spotify_token::unstable::{EXIT_STATUSES, ErrorRow, OPTIONS};

use crate::exit::Exit;
use crate::overview::{examples, usage_of};
use crate::wrap::wrapped;
use crate::{cli, output};

/// The source's lines stay below 80 bytes with their escapes.
const WIDTH: usize = 68;

/// When the page was last changed.
const DATE: &str = env!("SPOTIFY_TOKEN_RELEASE_DATE");

/// Prints the page.
pub fn run() -> Result<(), Exit> {
    // Builds the flags of the verbs, without --help.
    let mut command = cli::command().disable_help_flag(true);
    command.build();
    output::write(&page(&command))
}

fn page(command: &Command) -> String {
    let mut page = Page {
        roff: Roff::new(),
        is_section_empty: true,
    };
    let version = concat!("spotify-token ", env!("CARGO_PKG_VERSION"));
    page.roff
        .control("TH", ["SPOTIFY-TOKEN", "1", DATE, version, "User commands"]);

    page.section("NAME");
    page.text([roman(
        "spotify-token - get a Spotify Web API token, cached and refreshed",
    )]);
    page.section("SYNOPSIS");
    page.text([
        bold("spotify-token"),
        roman(" ["),
        italic("VERB"),
        roman("] ["),
        italic("FLAGS"),
        roman("]"),
    ]);
    page.paragraph([
        bold("spotify-token exec"),
        roman(" ["),
        italic("FLAGS"),
        roman("] -- "),
        italic("CMD"),
        roman(" ["),
        italic("ARGUMENTS"),
        roman("]"),
    ]);

    page.section("DESCRIPTION");
    page.paragraph([prose(
        "Requests an access token from Spotify's accounts service with the OAuth 2.0 client credentials grant (RFC \
         6749, section 4.4), caches it in a file that only the user can read, and requests a new one when it expires.",
    )]);
    page.paragraph([prose(
        "Only the result is written to standard output, and nothing on failure. Errors, with what to do about \
         them, and warnings are written to standard error; the exit status tells the kind of error. Neither the token nor the \
         client secret appears in a message or in a command line.",
    )]);

    page.section("VERBS");
    for verb in command.get_subcommands() {
        page.verb(verb);
    }
    page.section("FLAGS");
    page.text([roman("For every verb that gets a token:")]);
    for flag in command.get_arguments() {
        page.flag(flag);
    }

    page.section("CREDENTIALS");
    for paragraph in CREDENTIALS {
        page.paragraph([prose(paragraph)]);
    }
    page.section("ENVIRONMENT");
    for row in &OPTIONS {
        page.entry([bold(row.variable)], &format!("{}.", row.meaning));
    }
    let [(name, below), (other_name, below_other)] = CACHE;
    page.entry(
        [bold(name)],
        &format!("tokens are cached below it, in {below}; default: {below_other} in {other_name}."),
    );
    for (name, meaning) in VARIABLES {
        page.entry([bold(name)], meaning);
    }
    page.section("FILES");
    page.entry([italic(".env")], "credentials, in the working directory.");
    page.entry(
        [italic(default_cache())],
        "cached tokens, one file for each app. The reset verb removes that of this app.",
    );
    page.section("EXIT STATUS");
    for row in &EXIT_STATUSES {
        let errors: Vec<&str> = row.errors().map(ErrorRow::description).collect();
        let meaning = match errors.as_slice() {
            [] => format!("{}.", row.meaning),
            errors => format!("{}: {}.", row.meaning, errors.join("; ")),
        };
        page.entry([bold(row.status.to_string())], &meaning);
    }
    page.section("EXAMPLES");
    for example in examples() {
        page.paragraph([bold(example)]);
    }
    page.section("SEE ALSO");
    page.text([
        bold("curl"),
        roman("(1), "),
        bold("spotify_token"),
        roman("(3), "),
        bold("systemd.exec"),
        roman("(5)"),
    ]);
    page.roff.render()
}

const CREDENTIALS: [&str; 3] = [
    "Sources are tried in this order. The first one that provides an id or a secret is used; the two are never \
     combined from different sources. The flags --client-id and --client-secret-file. The environment: \
     SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, then CLIENT_ID and CLIENT_SECRET, each also with _FILE at its end, \
     naming a file. systemd: spotify_client_id and spotify_client_secret in $CREDENTIALS_DIRECTORY. The file .env, \
     with the names of the environment.",
    "No flag takes the secret itself, because other users can read command lines. On a terminal, the command asks for \
     a missing secret.",
    "Create an app on https://developer.spotify.com/dashboard to get a client id and a client secret.",
];

const VARIABLES: [(&str, &str); 6] = [
    (
        "CLIENT_ID, CLIENT_SECRET",
        "id and secret of the app, where the names above are not set.",
    ),
    (
        "https_proxy, all_proxy, no_proxy",
        "as curl(1) reads them, also in capitals.",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "PEM file and directories of CA certificates to trust, where ca_file is not set; as openssl(1) reads them.",
    ),
    (
        "SPOTIFY_ACCESS_TOKEN, SPOTIFY_ACCESS_TOKEN_FILE",
        "what exec sets for its command: the token, or the path of a file that is kept fresh.",
    ),
    (
        "NOTIFY_SOCKET, WATCHDOG_USEC, JOURNAL_STREAM",
        "what systemd sets: keep tells it what goes on, and a line in the journal begins with its priority.",
    ),
    ("NO_COLOR", "no colours, whatever the terminal."),
];

/// Returns text in short lines.
fn prose(text: &str) -> Inline {
    roman(wrapped("", text.split_whitespace(), " ", WIDTH).trim_end())
}

/// A page that is being written.
struct Page {
    roff: Roff,
    /// Whether the section has no text yet.
    is_section_empty: bool,
}

impl Page {
    fn section(&mut self, name: &str) {
        self.roff.control("SH", [name]);
        self.is_section_empty = true;
    }

    fn text(&mut self, words: impl Into<Vec<Inline>>) {
        self.roff.text(words);
        self.is_section_empty = false;
    }

    /// A paragraph, with a gap before it unless it is the first of its section.
    fn paragraph(&mut self, words: impl Into<Vec<Inline>>) {
        if !self.is_section_empty {
            self.roff.control("PP", []);
        }
        self.text(words);
    }

    /// A term, with its meaning below.
    fn entry(&mut self, term: impl Into<Vec<Inline>>, meaning: &str) {
        self.roff.control("TP", []);
        self.text(term);
        self.text([prose(meaning)]);
    }

    /// A verb, with the flags that no other verb has below.
    fn verb(&mut self, verb: &Command) {
        let about = verb.get_before_help().expect("every verb says what it does");
        self.entry([bold(verb.get_name())], &about.to_string());
        let is_own = |flag: &&Arg| cli::is_of_one_verb(verb, flag);
        let own: Vec<&Arg> = verb.get_arguments().filter(is_own).collect();
        if own.is_empty() {
            return;
        }
        self.roff.control("RS", []);
        for flag in own {
            self.flag(flag);
        }
        self.roff.control("RE", []);
    }

    fn flag(&mut self, flag: &Arg) {
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        self.entry([bold(usage_of(flag, ", "))], &help);
    }
}
