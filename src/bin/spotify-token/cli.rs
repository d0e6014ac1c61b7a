//! The command line: verbs, and flags made from the options table.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use spotify_token::{Key, OPTIONS, OptionRow};

use crate::exit::Failure;
use crate::output;

/// The flag that asks the server although a token is cached.
pub const REFRESH: &str = "refresh";
/// The flag that names the file with the secret.
pub const CLIENT_SECRET_FILE: &str = "client-secret-file";

const EXAMPLES: &str = "\
Examples:
  spotify-token demo
  CLIENT_ID=... CLIENT_SECRET=... spotify-token json
  spotify-token header | curl -H @- https://api.spotify.com/v1/artists/0TnOYISbd1XYRBk9myaseg";

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
    let verb = |name: &'static str, about: &'static str| Command::new(name).about(about).args(token_flags());
    Command::new("spotify-token")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Gets a Spotify Web API token (OAuth 2.0 client credentials), cached and renewed.")
        .after_help(EXAMPLES)
        .disable_help_subcommand(true)
        .args(token_flags())
        .subcommand(verb("token", "Print the access token (the default)"))
        .subcommand(verb("json", "Print token, type, expiry and scope as JSON"))
        .subcommand(verb("header", "Print an Authorization header, for curl -H @-"))
        .subcommand(verb("reset", "Forget the cached token"))
        .subcommand(Command::new("demo").about("Show the whole flow, offline, against a built-in stand-in"))
        .subcommand(mock_server())
}

fn token_flags() -> Vec<Arg> {
    let mut flags: Vec<Arg> = OPTIONS
        .iter()
        .filter(|row| row.key != Key::ClientSecret)
        .map(flag)
        .collect();
    flags.push(
        Arg::new(CLIENT_SECRET_FILE)
            .long(CLIENT_SECRET_FILE)
            .value_name("PATH")
            .value_parser(value_parser!(PathBuf))
            .help("file with the secret of the app; - is stdin"),
    );
    flags.push(
        Arg::new(REFRESH)
            .long(REFRESH)
            .action(ArgAction::SetTrue)
            .help("ask the server although a token is cached"),
    );
    flags
}

/// An option of the table as a flag. What it takes is checked where all options are.
fn flag(row: &'static OptionRow) -> Arg {
    Arg::new(row.name)
        .long(row.name.replace('_', "-"))
        .value_name(row.value_name)
        .value_parser(ValueParser::os_string())
        .allow_hyphen_values(true)
        .help(format!("{} [{}]", row.meaning, row.default))
}

fn mock_server() -> Command {
    let flag = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    Command::new("mock-server")
        .about("Run the stand-in alone, for other programs' tests")
        .arg(flag("port", "PORT", "port on 127.0.0.1 [a free one]").value_parser(value_parser!(u16)))
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

/// The value of an option's flag.
pub fn value<'m>(matches: &'m ArgMatches, row: &OptionRow) -> Option<&'m OsString> {
    matches.get_one::<OsString>(row.name)
}
