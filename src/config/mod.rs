//! Options: what a caller set ([`Config`]), and what then holds ([`Settings`]). A value that was set comes first, then the
//! environment, then the default. Each value is checked once, where it comes in.

pub(crate) mod endpoint;
pub(crate) mod environment;
pub(crate) mod proxy_url;
mod redirect_uri;
mod redis_url;
pub(crate) mod table;
mod values;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::gate::Gated;
use crate::secret::Secret;

pub use endpoint::Endpoint;
pub use environment::Environment;
pub use proxy_url::ProxyUrl;
pub use redirect_uri::RedirectUri;
#[cfg(feature = "redis")]
pub(crate) use redis_url::RedisNode;
pub use redis_url::RedisUrl;
pub use table::{DEFAULT_AUTHORIZE_URL, DEFAULT_TOKEN_URL, OptionKey, Row, TABLE, leads_to_secret};
pub use values::{Cache, Grant, Logins, Proxy};

/// The options that a caller has set, checked. The environment and the defaults decide the rest.
#[derive(Clone)]
pub struct Config {
    /// The defaults, and over them what was set.
    settings: Settings,
    /// Which options were set.
    set: Vec<OptionKey>,
}

impl Config {
    /// Makes a configuration in which nothing is set.
    pub fn new() -> Config {
        Config {
            settings: Settings::defaults(),
            set: Vec::new(),
        }
    }

    /// Sets the option `name` of the table to `value`.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that is not in the table and for a value that the option does not take; the
    /// advice says what it takes. The configuration is then as it was before.
    pub fn set(&mut self, name: &str, value: &str) -> Result<&mut Config, Error> {
        let row = Row::named(name).ok_or_else(|| unknown_option(name))?;
        self.set_value(row.key, OsStr::new(value))?;
        Ok(self)
    }

    /// Sets an option by its key.
    pub(crate) fn set_value(&mut self, key: OptionKey, value: &OsStr) -> Result<(), Error> {
        let invalid = |expected: String| bad_value(&format!("option {}", Row::of(key).name), &expected);
        self.settings.apply(key, value).map_err(invalid)?;
        if matches!(key, OptionKey::ClientId | OptionKey::ClientSecret) {
            self.settings.credentials_source = None;
        }
        self.mark(key);
        Ok(())
    }

    /// Sets the id and the secret, found at `source`.
    pub fn set_credentials(&mut self, client_id: &Secret, client_secret: &Secret, source: &str) {
        self.settings.client_id = Some(client_id.clone());
        self.settings.client_secret = Some(client_secret.clone());
        self.settings.credentials_source = Some(source.to_owned());
        self.mark(OptionKey::ClientId);
        self.mark(OptionKey::ClientSecret);
    }

    /// Sets the proxy.
    pub(crate) fn set_proxy(&mut self, proxy: Proxy) {
        self.settings.proxy = proxy;
        self.mark(OptionKey::Proxy);
    }

    /// Sets the cache, if this build has it.
    pub(crate) fn set_cache(&mut self, cache: Cache) -> Result<(), Error> {
        values::check_is_built(&cache).map_err(|expected| bad_value("option cache", &expected))?;
        self.settings.cache = cache;
        self.mark(OptionKey::Cache);
        Ok(())
    }

    /// Sets where logins are kept, if this build has it.
    pub(crate) fn set_logins(&mut self, logins: Logins) -> Result<(), Error> {
        values::check_logins_are_built(&logins).map_err(|expected| bad_value("option logins", &expected))?;
        self.settings.logins = logins;
        self.mark(OptionKey::Logins);
        Ok(())
    }

    /// Sets the function that receives each new refresh token; `None` for none.
    pub(crate) fn set_refresh_token_fn(&mut self, function: Option<Arc<RefreshTokenFn>>) {
        self.settings.refresh_token_fn = function.map_or_else(Gated::default, Gated::new);
    }

    fn mark(&mut self, key: OptionKey) {
        if !self.is_set(key) {
            self.set.push(key);
        }
    }

    fn is_set(&self, key: OptionKey) -> bool {
        self.set.contains(&key)
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

impl FromStr for ProxyUrl {
    type Err = Error;

    fn from_str(value: &str) -> Result<ProxyUrl, Error> {
        ProxyUrl::parse(value).map_err(|expected| bad_value("a proxy URL", &expected))
    }
}

impl FromStr for RedisUrl {
    type Err = Error;

    fn from_str(value: &str) -> Result<RedisUrl, Error> {
        RedisUrl::parse(value).map_err(|expected| bad_value("a Redis URL", &expected))
    }
}

impl fmt::Debug for Config {
    /// Shows which options are set. A value may be a secret that was set in the wrong place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.set).finish()
    }
}

/// What holds for a client: every option with its checked value.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The id that was set. When neither half is set, the pair is looked for elsewhere.
    pub client_id: Option<Secret>,
    /// The secret that was set.
    pub client_secret: Option<Secret>,
    /// Where the pair above was found, if it was not set by name.
    pub credentials_source: Option<String>,
    /// The file that is read last for credentials.
    pub dotenv: Dotenv,
    /// Where tokens are requested.
    pub token_url: Endpoint,
    /// Limit for one call, all its attempts and waits included.
    pub timeout: Duration,
    /// Limit for one request.
    pub attempt_timeout: Duration,
    /// How many attempts may follow the first.
    pub max_retries: u32,
    /// How long before it expires a token is refreshed in the background.
    pub refresh_before: Duration,
    /// The least that a returned token has left.
    pub min_ttl: Duration,
    /// How to reach the server.
    pub proxy: Proxy,
    /// The PEM file of the CA certificates to trust, if one is named.
    pub ca_file: Option<PathBuf>,
    /// Where a token is kept between calls.
    pub cache: Cache,
    /// User-Agent header.
    pub user_agent: String,
    /// Whom tokens speak for.
    pub grant: Grant,
    /// The name of the user's login.
    pub account: String,
    /// The scopes to log in for, or that a user's token must have, separated by single spaces.
    pub scope: String,
    /// Where the browser goes after a login.
    pub redirect_uri: RedirectUri,
    /// Where a user logs in.
    pub authorize_url: Endpoint,
    /// Where logins are kept.
    pub logins: Logins,
    /// A refresh token that the program keeps itself. There is no login then.
    pub refresh_token: Option<Secret>,
    /// Receives each new refresh token, for a program that keeps them itself.
    pub refresh_token_fn: Gated<RefreshTokenFn>,
}

/// Receives a refresh token, from any thread. The library holds no lock during the call.
pub type RefreshTokenFn = dyn Fn(&str) + Send + Sync;

/// Which file is read last for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dotenv {
    /// No file.
    Off,
    /// `.env` in the working directory, if it is there.
    Default,
    /// This file, which has to be there.
    Named(PathBuf),
}

impl Settings {
    /// Returns the settings that hold when nothing is set.
    pub fn defaults() -> Settings {
        Settings {
            client_id: None,
            client_secret: None,
            credentials_source: None,
            dotenv: Dotenv::Default,
            token_url: Endpoint::parse(DEFAULT_TOKEN_URL).expect("Spotify's address is a good one"),
            timeout: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(10),
            max_retries: 3,
            refresh_before: Duration::from_secs(300),
            min_ttl: Duration::from_secs(30),
            proxy: Proxy::Environment,
            ca_file: None,
            cache: Cache::Memory,
            user_agent: concat!("spotify-token/", env!("CARGO_PKG_VERSION")).to_owned(),
            grant: Grant::App,
            account: "default".to_owned(),
            scope: String::new(),
            redirect_uri: RedirectUri::default(),
            authorize_url: Endpoint::parse(DEFAULT_AUTHORIZE_URL).expect("Spotify's address is a good one"),
            logins: Logins::File,
            refresh_token: None,
            refresh_token_fn: Gated::default(),
        }
    }

    /// Returns what holds for this configuration in this environment.
    ///
    /// # Errors
    /// `InvalidArgument` when a variable has a value that its option does not take; the message names the variable.
    pub fn resolve(config: &Config, environment: &Environment) -> Result<Settings, Error> {
        let mut settings = config.settings.clone();
        for row in TABLE.iter().filter(|row| !config.is_set(row.key)) {
            if let Some(value) = variable_for(row, environment) {
                settings
                    .apply(row.key, &value)
                    .map_err(|expected| bad_value(row.variable, &expected))?;
            }
        }
        Ok(settings)
    }

    /// Takes a value over, or says what the option takes and stays as it was.
    fn apply(&mut self, key: OptionKey, value: &OsStr) -> Result<(), String> {
        let text = || values::text(value);
        match key {
            OptionKey::ClientId => self.client_id = Some(Secret::new(text()?)),
            OptionKey::ClientSecret => self.client_secret = Some(Secret::new(text()?)),
            OptionKey::Dotenv if value.is_empty() => self.dotenv = Dotenv::Off,
            OptionKey::Dotenv => self.dotenv = Dotenv::Named(values::path(value)?),
            OptionKey::TokenUrl => self.token_url = Endpoint::parse(text()?)?,
            OptionKey::TimeoutMs => self.timeout = values::milliseconds(text()?)?,
            OptionKey::AttemptTimeoutMs => self.attempt_timeout = values::milliseconds(text()?)?,
            OptionKey::MaxRetries => self.max_retries = values::retries(text()?)?,
            OptionKey::RefreshBeforeS => self.refresh_before = values::seconds(text()?)?,
            OptionKey::MinTtlS => self.min_ttl = values::seconds(text()?)?,
            OptionKey::Proxy => self.proxy = values::proxy(text()?)?,
            OptionKey::CaFile => self.ca_file = Some(values::path(value)?),
            OptionKey::Cache => self.cache = values::cache(text()?)?,
            OptionKey::UserAgent => self.user_agent = values::user_agent(text()?)?,
            OptionKey::Grant => self.grant = values::grant(text()?)?,
            OptionKey::Account => self.account = values::account(text()?)?,
            OptionKey::Scope => self.scope = values::scope(text()?)?,
            OptionKey::RedirectUri => self.redirect_uri = RedirectUri::parse(text()?)?,
            OptionKey::AuthorizeUrl => self.authorize_url = Endpoint::parse(text()?)?,
            OptionKey::Logins => self.logins = values::logins(text()?)?,
            OptionKey::RefreshToken => self.refresh_token = values::refresh_token(text()?)?,
        }
        Ok(())
    }
}

/// Returns the value of an option's variable. Credentials in variables are a source of their own (`credentials`). An
/// empty variable is unset where an empty value has no meaning.
fn variable_for(row: &Row, environment: &Environment) -> Option<OsString> {
    let value = match row.key {
        OptionKey::ClientId | OptionKey::ClientSecret => None,
        OptionKey::Dotenv | OptionKey::Proxy => environment.raw(row.variable),
        _ => environment.get(row.variable),
    };
    value.map(ToOwned::to_owned)
}

fn bad_value(what: &str, expected: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("invalid value for {what}")).advise(format!("Set it to {expected}"))
}

fn unknown_option(name: &str) -> Error {
    let names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
    // A caller that swaps name and value passes a secret as the name.
    let looks_like_a_name = name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(&byte));
    let what = if looks_like_a_name {
        format!("unknown option '{name}'")
    } else {
        "unknown option (its name is not shown: it may be a secret)".to_owned()
    };
    Error::new(ErrorKind::InvalidArgument, what).advise(format!("Use one of {}", names.join(", ")))
}

#[cfg(test)]
mod tests;
