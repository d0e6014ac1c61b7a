//! Options: what a caller set (`Config`), and what then holds (`Settings`): set values first, the environment
//! next, the defaults last. Every value is checked here, once, whichever way it came in.

pub(crate) mod endpoint;
pub(crate) mod environment;
mod proxy_url;
mod redis_url;
pub(crate) mod table;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Code, Error};
use crate::secret::Secret;

pub use endpoint::Endpoint;
pub use environment::Environment;
pub use proxy_url::ProxyUrl;
pub use redis_url::RedisUrl;
pub use table::{DEFAULT_TOKEN_URL, OptionKey, Row, TABLE};
pub use values::{Cache, Proxy};

/// What a caller has set so far.
#[derive(Clone, Debug, Default)]
pub struct Config {
    values: Vec<(OptionKey, Secret)>,
}

impl Config {
    /// Nothing set: the environment and the defaults decide.
    pub fn new() -> Config {
        Config::default()
    }

    /// Sets the option `name` of the table to `value`.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that is not in the table and for a value that the option does not take; the
    /// message says what was expected. The configuration is then as it was before.
    pub fn set(&mut self, name: &str, value: &str) -> Result<&mut Config, Error> {
        let row = Row::named(name).ok_or_else(|| unknown_option(name))?;
        Settings::defaults()
            .apply(row.key, value)
            .map_err(|expected| bad_value(&format!("option {}", row.name), &expected))?;
        self.values.retain(|(key, _)| *key != row.key);
        self.values.push((row.key, Secret::new(value)));
        Ok(self)
    }

    fn get(&self, wanted: OptionKey) -> Option<&str> {
        self.values
            .iter()
            .find(|(key, _)| *key == wanted)
            .map(|(_, value)| value.expose())
    }
}

/// What holds for a client: every option with its checked value.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Id that was set; a pair from elsewhere is looked for when neither half is.
    pub client_id: Option<Secret>,
    /// Secret that was set.
    pub client_secret: Option<Secret>,
    /// File to read last for credentials.
    pub dotenv: Dotenv,
    /// Where to ask.
    pub token_url: Endpoint,
    /// For one call with all its attempts and waits.
    pub timeout: Duration,
    /// For one request.
    pub attempt_timeout: Duration,
    /// How many attempts may follow the first.
    pub max_retries: u32,
    /// How long before its end a token is renewed in the background.
    pub refresh_before: Duration,
    /// What a token that is handed out has left at least.
    pub min_ttl: Duration,
    /// How to get to the server.
    pub proxy: Proxy,
    /// The only authorities to trust, if named.
    pub ca_file: Option<PathBuf>,
    /// Where a token rests between calls.
    pub cache: Cache,
    /// User-Agent header.
    pub user_agent: String,
}

/// Which file is read last for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dotenv {
    /// None.
    Off,
    /// `.env` in the working directory, where there is one.
    Default,
    /// This one, and it has to be there.
    Named(PathBuf),
}

impl Settings {
    /// What holds when nobody sets anything.
    pub fn defaults() -> Settings {
        Settings {
            client_id: None,
            client_secret: None,
            dotenv: Dotenv::Default,
            token_url: Endpoint::parse(DEFAULT_TOKEN_URL).expect("Spotify's address is a good one"),
            timeout: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(10),
            max_retries: 3,
            refresh_before: Duration::from_secs(300),
            min_ttl: Duration::from_secs(30),
            proxy: Proxy::FromEnvironment,
            ca_file: None,
            cache: Cache::Memory,
            user_agent: concat!("spotify-token/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// What holds for this configuration in this environment.
    ///
    /// # Errors
    /// `InvalidArgument` when a variable has a value that its option does not take; the message names it.
    pub fn resolve(config: &Config, environment: &Environment) -> Result<Settings, Error> {
        let mut settings = Settings::defaults();
        for row in &TABLE {
            if let Some(value) = config.get(row.key) {
                settings
                    .apply(row.key, value)
                    .map_err(|expected| bad_value(&format!("option {}", row.name), &expected))?;
            } else if let Some(value) = variable_for(row, environment) {
                settings
                    .apply_os(row.key, value)
                    .map_err(|expected| bad_value(row.variable, &expected))?;
            }
        }
        Ok(settings)
    }

    fn apply_os(&mut self, key: OptionKey, value: OsString) -> Result<(), String> {
        match (key, value.into_string()) {
            (_, Ok(value)) => self.apply(key, &value),
            (OptionKey::Dotenv, Err(path)) => {
                self.dotenv = Dotenv::Named(path.into());
                Ok(())
            }
            (OptionKey::CaFile, Err(path)) => {
                self.ca_file = Some(path.into());
                Ok(())
            }
            (_, Err(_)) => Err("UTF-8 text".to_owned()),
        }
    }

    /// Takes a value over, or says what was expected.
    fn apply(&mut self, key: OptionKey, value: &str) -> Result<(), String> {
        match key {
            OptionKey::ClientId => self.client_id = Some(Secret::new(values::text(value)?)),
            OptionKey::ClientSecret => self.client_secret = Some(Secret::new(values::text(value)?)),
            OptionKey::Dotenv if value.is_empty() => self.dotenv = Dotenv::Off,
            OptionKey::Dotenv => self.dotenv = Dotenv::Named(values::path(value)?),
            OptionKey::Endpoint => self.token_url = Endpoint::parse(value)?,
            OptionKey::TimeoutMs => self.timeout = values::milliseconds(value)?,
            OptionKey::AttemptTimeoutMs => self.attempt_timeout = values::milliseconds(value)?,
            OptionKey::MaxRetries => self.max_retries = values::retries(value)?,
            OptionKey::RefreshBeforeS => self.refresh_before = values::seconds(value)?,
            OptionKey::MinTtlS => self.min_ttl = values::seconds(value)?,
            OptionKey::Proxy => self.proxy = values::proxy(value)?,
            OptionKey::CaFile => self.ca_file = Some(values::path(value)?),
            OptionKey::Cache => self.cache = values::cache(value)?,
            OptionKey::UserAgent => self.user_agent = values::header_value(value)?,
        }
        Ok(())
    }
}

/// The variable of an option. The credentials' variables are a source of their own (`credentials`), and an empty
/// variable is unset where an empty value has no meaning.
fn variable_for(row: &Row, environment: &Environment) -> Option<OsString> {
    let value = match row.key {
        OptionKey::ClientId | OptionKey::ClientSecret => None,
        OptionKey::Dotenv | OptionKey::Proxy => environment.raw(row.variable),
        _ => environment.get(row.variable),
    };
    value.map(ToOwned::to_owned)
}

fn bad_value(what: &str, expected: &str) -> Error {
    Error::new(
        Code::InvalidArgument,
        format!("the value of {what} is not acceptable. Set it to {expected}"),
    )
}

fn unknown_option(name: &str) -> Error {
    let names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
    // Whoever swaps name and value gives a secret for a name.
    let looks_like_one = name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(&byte));
    let which = if looks_like_one {
        format!("option '{name}'")
    } else {
        "option of the name given, which is not shown because it may be a value".to_owned()
    };
    Error::new(
        Code::InvalidArgument,
        format!("there is no {which}: expected one of {}", names.join(", ")),
    )
}

#[cfg(test)]
mod tests;
