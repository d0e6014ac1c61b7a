//! The command line: the verbs, the flags made from the options table, and what was given of them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use spotify_token::unstable::platform::process::BECOMES;
use spotify_token::unstable::platform::service::READY;
use spotify_token::unstable::platform::signals::{END, RELOAD};
use spotify_token::unstable::{OPTIONS, OptionKey, OptionRow};

use crate::exit::Exit;
use crate::messages::Verbosity;
use crate::{output, overview, version};

const ACCOUNT: &str = "account";
pub const USER: &str = "user";
const REFRESH: &str = "refresh";
const NO_INPUT: &str = "no-input";
const VERBOSE: &str = "verbose";
const QUIET: &str = "quiet";
const VERSION: &str = "version";
const CLIENT_SECRET_FILE: &str = "client-secret-file";

/// Reads the command line. `--help` and `--version` end the process here.
pub fn parse() -> Result<ArgMatches, Exit> {
    let matches = command().try_get_matches().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp => print_and_end(&help(std::env::args_os())),
        _ => Exit::Usage(error.to_string()),
    })?;
    if matches.get_flag(VERSION) {
        let verbose = matches.get_count(VERBOSE) > 0;
        return Err(print_and_end(&version::text(verbose)));
    }
    Ok(matches)
}

/// Ends the process, unless stdout refuses the text.
fn print_and_end(text: &str) -> Exit {
    match output::write(text) {
        Ok(()) => std::process::exit(0),
        Err(exit) => exit,
    }
}

/// The command with all its verbs and flags.
pub fn command() -> Command {
    Command::new("spotify-token")
        .about("Gets Spotify Web API tokens")
        .override_usage("spotify-token [VERB] [FLAGS]")
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .args(token_flags())
        .arg(version_flag())
        .subcommands(verbs())
}

/// Returns the help text that these arguments ask for. Its lines are made here, because no other call needs them.
pub fn help(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> String {
    let command = command().mut_subcommands(overview::in_lines);
    let overview = overview::overview(&command);
    let help = command.override_help(overview).try_get_matches_from(arguments);
    help.expect_err("clap returns a help text as an error").to_string()
}

fn verbs() -> Vec<Command> {
    let mut verbs = verbs_of_tokens();
    verbs.extend(other_verbs());
    let names: Vec<String> = verbs.iter().map(|verb| verb.get_name().to_owned()).collect();
    let help = verbs.pop().expect("help is the last verb");
    verbs.push(
        help.arg(
            Arg::new("verb")
                .value_name("VERB")
                .value_parser(PossibleValuesParser::new(names)),
        ),
    );
    verbs
}

fn verb(name: &'static str, about: &'static str, more: &str) -> Command {
    Command::new(name)
        .about(about)
        .before_help(more.to_owned())
        .help_template("{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}\n")
        .after_help(overview::OF_A_VERB)
}

/// The verbs that take the options of the table.
fn verbs_of_tokens() -> Vec<Command> {
    let with_token = |name, about, more| verb(name, about, more).defer(with_token_flags);
    vec![
        with_token(
            "token",
            "print the token (default)",
            "Prints the access token and a newline.",
        ),
        with_token(
            "json",
            "print the token as JSON",
            "Prints the token, its expiry and its scope as one line of JSON; expires_in is the number of seconds left.",
        ),
        with_token(
            "header",
            "print a header, for curl",
            "Prints \"Authorization: Bearer ...\". Made for curl -H @-, which keeps the token out of the command line.",
        ),
        with_token(
            "env",
            "print an export line",
            "Prints \"export SPOTIFY_ACCESS_TOKEN=...\", for eval in a shell.",
        ),
        verb(
            "exec",
            "run CMD with the token set",
            &format!(
                "{BECOMES}, with the token in SPOTIFY_ACCESS_TOKEN. Variables that lead to the client secret are \
                 removed: those that hold it or name its file, CREDENTIALS_DIRECTORY, SPOTIFY_DOTENV, and SPOTIFY_PROXY \
                 and SPOTIFY_CACHE if they hold a password. Others stay, https_proxy too. With --file it keeps a file with a fresh token \
                 for as long as CMD runs, for programs that outlive a token: its path is in SPOTIFY_ACCESS_TOKEN_FILE, and the token is \
                 in no variable. Signals are passed on to CMD, the file is removed in the end, and the exit status is CMD's."
            ),
        )
        .defer(exec),
        with_token(
            "get",
            "credential helper protocol",
            "Reads a credential helper request from stdin, as Bazel and uv send it: \
             {\"uri\":\"https://api.spotify.com/...\"}. Prints the headers for it. Any other host, scheme or port is \
             refused.",
        ),
        with_token(
            "reset",
            "forget the cached token",
            "Removes this app's token from the cache.",
        ),
        verb(
            "keep",
            "keep a file fresh",
            &format!(
                "Keeps a file with a fresh token until {END}, for programs that read a token from a file. The file appears whole, \
                 is written only when the token changes, and is removed in the end and when its token has expired. \
                 {RELOAD}{READY}A refused credential ends it, a network error does not."
            ),
        )
        .defer(keep),
        verb(
            "login",
            "log in, in a browser",
            "Opens the browser, waits for it to come back, and stores the login. Every program of this user then has a fresh token \
             (--user). Takes the address that the browser shows in the end from the terminal, too: that is the way over SSH or \
             without a browser. If stdin is no terminal, the login ends after ten minutes, and the address is read from stdin, too; \
             --no-input reads nothing.",
        )
        .defer(login),
        with_token(
            "logout",
            "forget a login",
            "Forgets the login of an account on this machine.",
        ),
        verb(
            "status",
            "list the logins",
            "Lists all logins: account, app, scopes, since when, until when, and whether the server refused one.",
        )
        .defer(status),
        verb(
            "doctor",
            "find out what is wrong",
            "Checks options, credentials, name lookup, proxy, TLS, clock, token and cache, and says what to do next.",
        )
        .defer(doctor),
    ]
}

/// The verbs that need none.
fn other_verbs() -> Vec<Command> {
    vec![
        verb(
            "demo",
            "show every step, offline",
            "Shows every step from credentials to a Web API call, offline, against a built-in mock server. With --user: the \
             login of a user, a refresh, a user who declines, and a login that is revoked.",
        )
        .arg(
            Arg::new(USER)
                .long(USER)
                .action(ArgAction::SetTrue)
                .help("show the token of a user: the browser's part is played"),
        ),
        verb(
            "mock-server",
            "a local server, for tests",
            &format!(
                "Runs a local server that responds like Spotify's, for other programs' tests. Prints one line of JSON on \
                 stdout when it is ready, with token_url, authorize_url, api_url, client_id and client_secret, and logs \
                 requests on stderr. Users log in on a page with the buttons Agree and Cancel; the Web API has /v1/me and \
                 /v1/me/playlists for them. Ends on {END}. If the port is in use, the exit status is 69."
            ),
        )
        .defer(mock_server),
        verb(
            "completions",
            "for bash, zsh, fish",
            "Prints the script by which a shell completes verbs and flags.",
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
        verb(
            "help",
            "help for a verb",
            "Prints the overview, or the help for a verb.",
        ),
    ]
}

fn token_flags() -> Vec<Arg> {
    let mut flags: Vec<Arg> = OPTIONS
        .iter()
        .filter(|row| !matches!(row.key, OptionKey::ClientSecret | OptionKey::RefreshToken))
        .map(flag)
        .collect();
    let switch =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let secret = Arg::new(CLIENT_SECRET_FILE)
        .long(CLIENT_SECRET_FILE)
        .value_name("PATH")
        .value_parser(value_parser!(PathBuf))
        .help("file that holds the client secret; - is stdin");
    flags.insert(1, secret);
    flags.push(switch(USER, "speak for the user who has logged in: --grant user"));
    flags.push(switch(REFRESH, "ask the server even if a token is cached"));
    flags.push(switch(NO_INPUT, "never ask for a missing secret on the terminal"));
    let verbose = Arg::new(VERBOSE).short('v').long(VERBOSE).action(ArgAction::Count);
    flags.push(verbose.help("log what happens on stderr; twice: in detail"));
    flags.push(switch(QUIET, "hide warnings; --verbose overrides it").short('q'));
    flags
}

fn version_flag() -> Arg {
    Arg::new(VERSION)
        .long(VERSION)
        .short('V')
        .action(ArgAction::SetTrue)
        .help("print the version; with --verbose also target, features and commit")
}

/// Whether no other verb has this flag.
pub fn is_of_one_verb(verb: &Command, flag: &Arg) -> bool {
    let is_positional = flag.get_long().is_none();
    let is_about_tokens = token_flags().iter().any(|other| other.get_id() == flag.get_id());
    !is_positional && (verb.get_name() == "mock-server" || !is_about_tokens)
}

/// An option of the table as a flag. Its value is checked with all options, in the library.
fn flag(row: &'static OptionRow) -> Arg {
    // As settings::config sets it.
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

/// Adds the flags of a verb that gets a token. Deferred, as all flags are, until it is known that the verb was called: the flags of
/// all verbs cost more than a cached token.
fn with_token_flags(verb: Command) -> Command {
    verb.args(token_flags())
}

fn exec(verb: Command) -> Command {
    with_token_flags(verb)
        .override_usage("spotify-token exec [FLAGS] -- CMD [ARGUMENTS]")
        .arg(
            Arg::new("file")
                .long("file")
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help("a file to keep fresh while CMD runs, instead of the variable"),
        )
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

fn keep(verb: Command) -> Command {
    with_token_flags(verb)
        .override_usage("spotify-token keep --file PATH [FLAGS]")
        .args([
            Arg::new("file")
                .long("file")
                .value_name("PATH")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("the file to keep"),
            Arg::new("form")
                .long("form")
                .value_name("FORM")
                .value_parser(["token", "header", "json"])
                .hide_possible_values(true)
                .help("what it holds: token, header or json [token]"),
            Arg::new("mode")
                .long("mode")
                .value_name("MODE")
                .help("its permissions, in octal digits [0600]"),
            Arg::new("metrics")
                .long("metrics")
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help("a file for the figures, as Prometheus' textfile collector reads them: NAME.prom"),
            Arg::new("leave")
                .long("leave")
                .action(ArgAction::SetTrue)
                .help("do not remove it in the end"),
            log_format(),
        ])
}

fn login(verb: Command) -> Command {
    with_token_flags(verb).args([
        Arg::new("no-browser")
            .long("no-browser")
            .action(ArgAction::SetTrue)
            .help("open no browser: show the address alone"),
        api_url(),
    ])
}

fn status(verb: Command) -> Command {
    with_token_flags(verb).arg(json("print the logins as JSON"))
}

fn doctor(verb: Command) -> Command {
    with_token_flags(verb).args([
        json("print the findings as JSON"),
        Arg::new("probe-api")
            .long("probe-api")
            .action(ArgAction::SetTrue)
            .help("use the token for one call of the Web API"),
        api_url(),
    ])
}

fn json(help: &'static str) -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help(help)
}

fn log_format() -> Arg {
    Arg::new("log-format")
        .long("log-format")
        .value_name("FORMAT")
        .value_parser(["text", "json"])
        .hide_possible_values(true)
        .help("how the lines on stderr are written: text or json [text]")
}

fn api_url() -> Arg {
    Arg::new("api-url")
        .long("api-url")
        .value_name("URL")
        .help("base URL of the Web API, for tests [https://api.spotify.com/v1]")
}

fn mock_server(verb: Command) -> Command {
    let flag = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    verb.arg(flag("port", "PORT", "port on 127.0.0.1 [a free one]").value_parser(value_parser!(u16)))
        .arg(flag("client-id", "ID", "client id to accept [built-in]").value_parser(NonEmptyStringValueParser::new()))
        .arg(
            flag(
                "client-secret",
                "SECRET",
                "client secret to accept, a test value [built-in]",
            )
            .value_parser(NonEmptyStringValueParser::new()),
        )
        .arg(
            flag("expires-in", "S", "lifetime of the tokens in seconds [3600]")
                .value_parser(value_parser!(i64).range(1..)),
        )
        .arg(flag(
            "fail",
            "STATUS[:COUNT]",
            "respond with STATUS to the first COUNT token requests, or to all",
        ))
        .arg(flag(
            "fail-api",
            "STATUS[:COUNT]",
            "respond with STATUS to the first COUNT requests to the Web API, or to all",
        ))
        .arg(
            flag(
                "delay-ms",
                "MS",
                "wait this long before each response, in milliseconds [0]",
            )
            .value_parser(value_parser!(u64).range(..=3_600_000)),
        )
        .arg(
            flag(
                "rotate",
                "always|never",
                "when a refresh brings a new refresh token and revokes the old one [never]",
            )
            .value_parser(["always", "never"])
            .hide_possible_values(true),
        )
        .arg(
            flag(
                "login-lifetime",
                "S",
                "how long refresh tokens are good after the login, in seconds [six months]",
            )
            .value_parser(value_parser!(u64).range(1..)),
        )
        .arg(
            flag(
                "revoke",
                "COUNT",
                "revoke each login after COUNT refreshes; without COUNT: before the first one",
            )
            .num_args(0..=1)
            .default_missing_value("0")
            .value_parser(value_parser!(u32)),
        )
        .arg(
            flag(
                "redirect-uri",
                "URI",
                "redirect URI to accept, may be given several times [the path /callback on loopback]",
            )
            .action(ArgAction::Append)
            .value_parser(NonEmptyStringValueParser::new()),
        )
        .arg(log_format())
}

/// The flags of a verb that gets a token. Those after the verb override those before it.
#[derive(Clone, Copy)]
pub struct Flags<'m> {
    before: &'m ArgMatches,
    after: Option<&'m ArgMatches>,
}

impl<'m> Flags<'m> {
    /// Takes those before the verb, and those after it.
    pub fn new(before: &'m ArgMatches, after: Option<&'m ArgMatches>) -> Flags<'m> {
        Flags { before, after }
    }

    /// Returns the value of an option's flag.
    pub fn option(&self, row: &OptionRow) -> Option<&'m OsString> {
        self.both()
            .filter(|matches| matches.try_contains_id(row.name).is_ok())
            .find_map(|matches| matches.get_one(row.name))
    }

    /// Returns the file that holds the client secret.
    pub fn client_secret_file(&self) -> Option<&'m Path> {
        self.both()
            .find_map(|matches| matches.get_one::<PathBuf>(CLIENT_SECRET_FILE))
            .map(PathBuf::as_path)
    }

    /// Whether the token speaks for a user: because of `--user`, or because a login is named.
    pub fn is_for_user(&self) -> bool {
        self.both()
            .any(|matches| matches.get_flag(USER) || matches.get_one::<OsString>(ACCOUNT).is_some())
    }

    /// Whether to ask the server even if a token is cached.
    pub fn refresh(&self) -> bool {
        self.both().any(|matches| matches.get_flag(REFRESH))
    }

    /// Whether to ask the person at the terminal nothing.
    pub fn no_input(&self) -> bool {
        self.both().any(|matches| matches.get_flag(NO_INPUT))
    }

    /// Which log messages to show.
    pub fn verbosity(&self) -> Verbosity {
        match self.both().map(|matches| matches.get_count(VERBOSE)).sum::<u8>() {
            0 if self.both().any(|matches| matches.get_flag(QUIET)) => Verbosity::Quiet,
            0 => Verbosity::Warnings,
            1 => Verbosity::Info,
            _ => Verbosity::Debug,
        }
    }

    fn both(&self) -> impl Iterator<Item = &'m ArgMatches> {
        self.after.into_iter().chain([self.before])
    }
}
