//! The one table of options: `spotify_config_set`, the command's flags, the environment variables, the header and
//! the manual all read it. The names of the other variables are here too.

/// Which option a row describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the table below describes each
pub enum OptionKey {
    ClientId,
    ClientSecret,
    Dotenv,
    TokenUrl,
    TimeoutMs,
    AttemptTimeoutMs,
    MaxRetries,
    RefreshBeforeS,
    MinTtlS,
    Proxy,
    CaFile,
    Cache,
    UserAgent,
    Grant,
    Account,
    Scope,
    RedirectUri,
    AuthorizeUrl,
    Logins,
    RefreshToken,
}

/// One option.
#[derive(Debug)]
pub struct Row {
    /// Which option.
    pub key: OptionKey,
    /// Its name for `spotify_config_set`; with dashes it is the command's flag.
    pub name: &'static str,
    /// The environment variable that is read when the option was not set.
    pub variable: &'static str,
    /// The placeholder of the value in a usage line.
    pub value_name: &'static str,
    /// The default, in words.
    pub default: &'static str,
    /// What it sets, in one phrase.
    pub meaning: &'static str,
}

/// Spotify's token endpoint.
pub const DEFAULT_TOKEN_URL: &str = "https://accounts.spotify.com/api/token";

/// Spotify's authorization endpoint.
pub const DEFAULT_AUTHORIZE_URL: &str = "https://accounts.spotify.com/authorize";

const fn row(
    key: OptionKey,
    [name, variable, value_name]: [&'static str; 3],
    default: &'static str,
    meaning: &'static str,
) -> Row {
    Row {
        key,
        name,
        variable,
        value_name,
        default,
        meaning,
    }
}

/// Every option, the most used first.
#[rustfmt::skip]
pub static TABLE: [Row; 20] = [
    row(OptionKey::ClientId,         ["client_id", "SPOTIFY_CLIENT_ID", "ID"],
        "discovered", "client id of the app; requires client_secret"),
    row(OptionKey::ClientSecret,     ["client_secret", "SPOTIFY_CLIENT_SECRET", "SECRET"],
        "discovered", "client secret of the app; requires client_id"),
    row(OptionKey::Dotenv,           ["dotenv", "SPOTIFY_DOTENV", "PATH"],
        ".env", "dotenv file, searched last for credentials; empty disables it"),
    row(OptionKey::TokenUrl,         ["token_url", "SPOTIFY_TOKEN_URL", "URL"],
        DEFAULT_TOKEN_URL, "token endpoint; https, or http on a loopback address"),
    row(OptionKey::TimeoutMs,        ["timeout_ms", "SPOTIFY_TIMEOUT_MS", "MS"],
        "30000", "time limit for one call, including all attempts and waits; milliseconds"),
    row(OptionKey::AttemptTimeoutMs, ["attempt_timeout_ms", "SPOTIFY_ATTEMPT_TIMEOUT_MS", "MS"],
        "10000", "time limit for one request, from name lookup to last byte; milliseconds"),
    row(OptionKey::MaxRetries,       ["max_retries", "SPOTIFY_MAX_RETRIES", "N"],
        "3", "maximum retries after transport errors and HTTP 408, 425, 429 and 5xx"),
    row(OptionKey::RefreshBeforeS,   ["refresh_before_s", "SPOTIFY_REFRESH_BEFORE_S", "S"],
        "300", "refresh in the background this long before expiry; seconds; at most half the lifetime"),
    row(OptionKey::MinTtlS,          ["min_ttl_s", "SPOTIFY_MIN_TTL_S", "S"],
        "30", "minimum remaining lifetime of a returned token; seconds; at most a tenth of the lifetime"),
    row(OptionKey::Proxy,            ["proxy", "SPOTIFY_PROXY", "URL"],
        "from the environment, as in curl", "proxy URL; empty disables proxies"),
    row(OptionKey::CaFile,           ["ca_file", "SPOTIFY_CA_FILE", "PATH"],
        "the system's, otherwise built-in", "PEM file of CA certificates to trust instead of the system's"),
    row(OptionKey::Cache,            ["cache", "SPOTIFY_CACHE", "WHERE"],
        "memory", "where to cache tokens: memory, file, file:DIRECTORY, redis[s]://... or redis[s]+sentinel://..."),
    row(OptionKey::UserAgent,        ["user_agent", "SPOTIFY_USER_AGENT", "TEXT"],
        "spotify-token/VERSION", "User-Agent header of the request"),
    row(OptionKey::Grant,            ["grant", "SPOTIFY_GRANT", "GRANT"],
        "app", "whom the token speaks for: app, or user (who has logged in)"),
    row(OptionKey::Account,          ["account", "SPOTIFY_ACCOUNT", "NAME"],
        "default", "which login of a user; 1 to 64 of A-Z a-z 0-9 . _ @ -"),
    row(OptionKey::Scope,            ["scope", "SPOTIFY_SCOPE", "SCOPES"],
        "", "scopes to log in for, or that a user's token must have; separated by spaces"),
    row(OptionKey::RedirectUri,      ["redirect_uri", "SPOTIFY_REDIRECT_URI", "URI"],
        "http://127.0.0.1/callback", "redirect URI of the app; http on 127.0.0.1 or [::1]; without a port, a free one"),
    row(OptionKey::AuthorizeUrl,     ["authorize_url", "SPOTIFY_AUTHORIZE_URL", "URL"],
        DEFAULT_AUTHORIZE_URL, "authorization endpoint; https, or http on a loopback address"),
    row(OptionKey::Logins,           ["logins", "SPOTIFY_LOGINS", "WHERE"],
        "file", "where to keep logins: file, file:DIRECTORY, keyring, redis[s]://... or redis[s]+sentinel://..."),
    row(OptionKey::RefreshToken,     ["refresh_token", "SPOTIFY_REFRESH_TOKEN", "TOKEN"],
        "none", "refresh token that the program keeps itself, in place of a login"),
];

impl Row {
    /// Finds the row of this name.
    pub fn named(name: &str) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.name == name)
    }

    /// Returns the row of this option.
    pub(crate) fn of(key: OptionKey) -> &'static Row {
        TABLE.iter().find(|row| row.key == key).expect("every option has a row")
    }
}

/// The names of a pair of credentials, as variables and in a dotenv file. The first pair that has either half counts.
pub const CREDENTIALS: [(&str, &str); 2] = [
    ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"),
    ("CLIENT_ID", "CLIENT_SECRET"),
];

/// Follows one of these names where a variable has the path of a file.
pub const FILE_SUFFIX: &str = "_FILE";

/// The directory of a service's credentials (systemd.exec(5)).
pub const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// The names of credentials in other libraries, and wrong names: known so that a message can name them.
pub const NEAR_MISSES: [&str; 9] = [
    "SPOTIPY_CLIENT_ID",
    "SPOTIPY_CLIENT_SECRET",
    "RSPOTIFY_CLIENT_ID",
    "RSPOTIFY_CLIENT_SECRET",
    "SPOTIFY_ID",
    "SPOTIFY_SECRET",
    "SPOTIFY_CLIENTID",
    "SPOTIFY_CLIENTSECRET",
    "SPOTIFY_API_KEY",
];

/// Whether a variable with this value is a secret, has a password in it, or says where a secret is: what a program that
/// has got a token keeps from the programs that it starts.
pub fn leads_to_secret(variable: &str, value: &str) -> bool {
    let is_secret_of_pair = CREDENTIALS
        .iter()
        .any(|(_, secret)| variable.strip_suffix(FILE_SUFFIX).unwrap_or(variable) == *secret);
    let option = TABLE.iter().find(|row| row.variable == variable);
    let is_secret_option = option.is_some_and(|row| match row.key {
        OptionKey::ClientSecret | OptionKey::Dotenv | OptionKey::RefreshToken => true,
        // In an address, an @ follows user and password.
        OptionKey::Proxy | OptionKey::Cache | OptionKey::Logins => value.contains('@'),
        OptionKey::ClientId
        | OptionKey::TokenUrl
        | OptionKey::TimeoutMs
        | OptionKey::AttemptTimeoutMs
        | OptionKey::MaxRetries
        | OptionKey::RefreshBeforeS
        | OptionKey::MinTtlS
        | OptionKey::CaFile
        | OptionKey::UserAgent
        | OptionKey::Grant
        | OptionKey::Account
        | OptionKey::Scope
        | OptionKey::RedirectUri
        | OptionKey::AuthorizeUrl => false,
    });
    is_secret_of_pair || is_secret_option || variable == CREDENTIALS_DIRECTORY
}
