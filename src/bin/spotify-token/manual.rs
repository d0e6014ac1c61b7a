//! The verb `man`: the manual page, made from the verbs, the flags and the tables of options and errors. Only what no
//! table has is written here.

use clap::{Arg, Command};
use roff::{Inline, Roff, bold, italic, roman};
use spotify_token::{EXIT_STATUSES, ErrorRow, OPTIONS};

use crate::exit::Failure;
use crate::help::{EXAMPLES, usage_of};
use crate::wrap::wrapped;
use crate::{cli, output};

/// The source's lines stay below 80 bytes with their escapes.
const WIDTH: usize = 68;

/// When the page was last changed.
const DATE: &str = env!("SPOTIFY_TOKEN_RELEASE_DATE");

/// Prints the page.
pub fn run() -> Result<(), Failure> {
    output::answer(&page(&cli::command()))
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
        "spotify-token - gets a Spotify Web API token, cached and renewed",
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
        "Asks Spotify's accounts service for an access token with the OAuth 2.0 client credentials token_response (RFC 6749, \
         section 4.4), keeps it in a file that only the user can read, and renews it when it runs out.",
    )]);
    page.paragraph([prose(
        "Only the answer goes to standard output, and nothing when there is none. What went wrong, and what to do, \
         goes to standard error; the exit status says which kind of failure it is. The token and the secret are in no \
         message and in no command line.",
    )]);

    page.section("VERBS");
    for verb in command.get_subcommands() {
        page.verb(verb);
    }
    page.section("FLAGS");
    page.text([roman("Of every verb that is about a token:")]);
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
    for (name, meaning) in VARIABLES {
        page.entry([bold(name)], meaning);
    }
    page.section("FILES");
    for (name, meaning) in FILES {
        page.entry([italic(name)], meaning);
    }
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
    for example in EXAMPLES {
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
    "The first of these that has either half decides, and id and secret always come from the same place: the flags \
     --client-id and --client-secret-file; the environment, SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, then CLIENT_ID \
     and CLIENT_SECRET, each also with _FILE behind it, naming a file; spotify_client_id and spotify_client_secret in \
     systemd's $CREDENTIALS_DIRECTORY; the file .env with the names of the environment.",
    "No flag takes the secret, for a command line can be read by others. On a terminal a missing secret is asked for.",
    "An app and its secret come from https://developer.spotify.com/dashboard.",
];

const VARIABLES: [(&str, &str); 5] = [
    (
        "CLIENT_ID, CLIENT_SECRET",
        "id and secret of the app, where the names above are not set.",
    ),
    (
        "https_proxy, all_proxy, no_proxy",
        "as curl(1) reads them, in capitals too.",
    ),
    (
        "SSL_CERT_FILE",
        "PEM file with the authorities to trust, where ca_file is not set.",
    ),
    (
        "XDG_CACHE_HOME",
        "where tokens are kept, below spotify-token; else .cache in HOME.",
    ),
    ("NO_COLOR", "no colours, whatever the terminal."),
];

const FILES: [(&str, &str); 2] = [
    (".env", "credentials, in the working directory."),
    (
        "~/.cache/spotify-token/",
        "tokens, one file for each app. The reset verb forgets that of this app.",
    ),
];

/// Text in short lines.
fn prose(text: &str) -> Inline {
    let words: Vec<String> = text.split(' ').map(ToOwned::to_owned).collect();
    roman(wrapped("", &words, " ", WIDTH).trim_end())
}

/// A page that is being written.
struct Page {
    roff: Roff,
    /// Whether nothing stands below the last heading yet.
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

    /// Text after a gap, but for the first of a section.
    fn paragraph(&mut self, words: impl Into<Vec<Inline>>) {
        if !self.is_section_empty {
            self.roff.control("PP", []);
        }
        self.text(words);
    }

    /// A term, and what it means below it.
    fn entry(&mut self, term: impl Into<Vec<Inline>>, meaning: &str) {
        self.roff.control("TP", []);
        self.text(term);
        self.text([prose(meaning)]);
    }

    /// A verb, and below it the flags that no other verb has.
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
        self.entry([bold(usage_of(flag))], &help);
    }
}
