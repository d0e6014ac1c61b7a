//! The command line: the verbs, the flags made from the options table, and what was given of them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use spotify_token::{OPTIONS, OptionKey, OptionRow};

use crate::exit::Failure;
use crate::{help, output};

const REFRESH: &str = "refresh";
const NO_INPUT: &str = "no-input";
const CLIENT_SECRET_FILE: &str = "client-secret-file";

/// Reads the command line. `--help` and `--version` are answered here.
pub fn parse() -> Result<ArgMatches, Failure> {
    command().try_get_matches().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match output::answer(&error.to_string()) {
            Ok(()) => std::process::exit(0),
            Err(failure) => failure,
        },
        _ => Failure::Usage(error.to_string()),
    })
}

/// The command with all its verbs and flags.
pub fn command() -> Command {
    let command = Command::new("spotify-token")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Gets a Spotify Web API token (OAuth 2.0 client credentials), cached and renewed")
        .override_usage("spotify-token [VERB] [FLAGS]")
        .disable_help_subcommand(true)
        .args(token_flags())
        .subcommands(verbs());
    let overview = help::overview(&command);
    command.override_help(overview)
}

fn verbs() -> [Command; 12] {
    let verb = |name: &'static str, about: &'static str, more: &'static str| {
        Command::new(name)
            .about(about)
            .before_help(more)
            .help_template("{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}\n")
            .after_help(help::OF_A_VERB)
    };
    let with_token = |name, about, more| verb(name, about, more).args(token_flags());
    [
        with_token(
            "token",
            "print the token (default)",
            "Prints the access token and a newline.",
        ),
        with_token(
            "json",
            "token, expiry and scope",
            "Prints what the server granted as one line of JSON; expires_in is what is left of it.",
        ),
        with_token(
            "header",
            "a header, for curl -H @-",
            "Prints \"Authorization: Bearer ...\", made for curl -H @-, which shows the token to nobody.",
        ),
        with_token(
            "env",
            "an export line, for eval",
            "Prints \"export SPOTIFY_ACCESS_TOKEN=...\", for eval in a shell.",
        ),
        exec(with_token(
            "exec",
            "run CMD with the token set",
            "Becomes CMD, with the token in SPOTIFY_ACCESS_TOKEN and without the app's secret in its environment.",
        )),
        with_token(
            "get",
            "credential helper protocol",
            "Answers a credential helper request, as Bazel and uv make it: {\"uri\":\"https://api.spotify.com/...\"} on \
             stdin. Any other host, scheme or port gets nothing.",
        ),
        with_token(
            "reset",
            "forget the cached token",
            "Forgets the cached token, here and in the store.",
        ),
        doctor(with_token(
            "doctor",
            "find out what is wrong",
            "Checks options, credentials, name lookup, proxy, TLS, clock, token and cache, and says what to do next.",
        )),
        verb(
            "demo",
            "the whole flow, offline",
            "Shows the whole flow, offline, against a built-in stand-in for Spotify.",
        ),
        mock_server(verb(
            "mock-server",
            "the stand-in, for tests",
            "Runs the stand-in alone, for other programs' tests: one line of JSON on stdout says where it listens, \
             requests are logged on stderr. SIGTERM or SIGINT ends it.",
        )),
        verb(
            "completions",
            "for bash, zsh, fish",
            "Prints what a shell needs to complete the command's verbs and flags.",
        )
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(["bash", "zsh", "fish"]),
        ),
        verb(
            "man",
            "the manual page",
            "Prints the manual page, for man -l - or for a file.",
        ),
    ]
}

fn token_flags() -> Vec<Arg> {
    let mut flags: Vec<Arg> = OPTIONS
        .iter()
        .filter(|row| row.key != OptionKey::ClientSecret)
        .map(flag)
        .collect();
    let switch =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let secret = Arg::new(CLIENT_SECRET_FILE)
        .long(CLIENT_SECRET_FILE)
        .value_name("PATH")
        .value_parser(value_parser!(PathBuf))
        .help("file with the secret of the app; - is stdin");
    flags.insert(1, secret);
    flags.push(switch(REFRESH, "ask the server although a token is cached"));
    flags.push(switch(NO_INPUT, "never ask for a missing secret on the terminal"));
    flags
}

/// Whether no other verb has this flag.
pub fn is_of_one_verb(verb: &Command, flag: &Arg) -> bool {
    let is_positional = flag.get_long().is_none();
    let is_about_tokens = token_flags().iter().any(|other| other.get_id() == flag.get_id());
    !is_positional && (verb.get_name() == "mock-server" || !is_about_tokens)
}

/// An option of the table as a flag. What it takes is checked where all options are.
fn flag(row: &'static OptionRow) -> Arg {
    // A command that starts anew each time would ask the server each time.
    let default = if row.key == OptionKey::Cache {
        "file"
    } else {
        row.default
    };
    Arg::new(row.name)
        .long(row.name.replace('_', "-"))
        .value_name(row.value_name)
        .value_parser(ValueParser::os_string())
        .allow_hyphen_values(true)
        .help(format!("{} [{default}]", row.meaning))
}

fn exec(verb: Command) -> Command {
    verb.override_usage("spotify-token exec [FLAGS] -- CMD [ARGUMENTS]")
        .arg(
            Arg::new("command")
                .value_name("CMD")
                .num_args(1..)
                .required(true)
                .trailing_var_arg(true)
                .value_parser(ValueParser::os_string())
                .help("the command and its arguments"),
        )
}

fn doctor(verb: Command) -> Command {
    verb.args([
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("print the findings as JSON"),
        Arg::new("probe-api")
            .long("probe-api")
            .action(ArgAction::SetTrue)
            .help("use the token for one call of the Web API"),
        Arg::new("api-url")
            .long("api-url")
            .value_name("URL")
            .help("where the Web API is, for tests [https://api.spotify.com/v1]"),
    ])
}

fn mock_server(verb: Command) -> Command {
    let flag = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    verb.arg(flag("port", "PORT", "port on 127.0.0.1 [a free one]").value_parser(value_parser!(u16)))
        .arg(flag("client-id", "ID", "id that it knows [made up]").value_parser(NonEmptyStringValueParser::new()))
        .arg(
            flag("client-secret", "SECRET", "the id's secret, which is none [made up]")
                .value_parser(NonEmptyStringValueParser::new()),
        )
        .arg(
            flag("expires-in", "S", "lifetime of its tokens in seconds [3600]")
                .value_parser(value_parser!(i64).range(1..)),
        )
        .arg(flag(
            "fail",
            "STATUS[:COUNT]",
            "answer STATUS to the first COUNT requests, or to all",
        ))
        .arg(flag("delay-ms", "MS", "wait before each answer [0]").value_parser(value_parser!(u64).range(..=3_600_000)))
}

/// The flags of a verb that is about a token: those after the verb come before those in front of it.
#[derive(Clone, Copy)]
pub struct Flags<'m> {
    before: &'m ArgMatches,
    after: Option<&'m ArgMatches>,
}

impl<'m> Flags<'m> {
    /// Those of the whole command line, and those of its verb.
    pub fn new(before: &'m ArgMatches, after: Option<&'m ArgMatches>) -> Flags<'m> {
        Flags { before, after }
    }

    /// The value of an option's flag.
    pub fn option(&self, row: &OptionRow) -> Option<&'m OsString> {
        self.both()
            .filter(|matches| matches.try_contains_id(row.name).is_ok())
            .find_map(|matches| matches.get_one(row.name))
    }

    /// The file with the secret.
    pub fn client_secret_file(&self) -> Option<&'m Path> {
        self.both()
            .find_map(|matches| matches.get_one::<PathBuf>(CLIENT_SECRET_FILE))
            .map(PathBuf::as_path)
    }

    /// Whether the server is to be asked although a token is cached.
    pub fn refresh(&self) -> bool {
        self.both().any(|matches| matches.get_flag(REFRESH))
    }

    /// Whether nobody is to be asked anything.
    pub fn no_input(&self) -> bool {
        self.both().any(|matches| matches.get_flag(NO_INPUT))
    }

    fn both(&self) -> impl Iterator<Item = &'m ArgMatches> {
        self.after.into_iter().chain([self.before])
    }
}
