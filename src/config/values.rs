//! One check per kind of value. Each returns the value, or what the option takes, as a phrase that follows "Set it to". No
//! check repeats the value that it refuses: it may be a secret that was set in the wrong place.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use super::endpoint::MAX_IN_HEAD;
use super::proxy_url::ProxyUrl;
use super::redis_url::RedisUrl;
use crate::platform::advice::{EXPANDED_BY_SHELLS, NOT_EXPANDED};
use crate::secret::Secret;

/// The longest time that an option in milliseconds takes: a day.
const MAX_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;
/// The longest time that an option in seconds takes: a year.
const MAX_SECONDS: u64 = 365 * 24 * 60 * 60;
/// The most retries that an option takes.
const MAX_RETRIES: u64 = 100;

/// How to reach the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// With the proxy that the environment variables name, read as curl reads them.
    Environment,
    /// Without a proxy.
    Direct,
    /// With this proxy.
    Url(ProxyUrl),
}

/// Where tokens are cached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cache {
    /// In the memory of this process.
    Memory,
    /// In the user's cache directory, shared by all processes of the user.
    File,
    /// In this directory, shared by all processes of the user that use it.
    Directory(PathBuf),
    /// In Redis. Needs the feature `redis`.
    Redis(RedisUrl),
}

/// Whom tokens speak for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grant {
    /// The app itself (RFC 6749, section 4.4).
    App,
    /// A user who has logged in (RFC 6749, section 4.1, with PKCE: RFC 7636).
    User,
}

/// Where logins are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Logins {
    /// In the user's state directory.
    File,
    /// In this directory.
    Directory(PathBuf),
    /// In the keyring of the user's desktop. Needs the feature `keyring`.
    Keyring,
    /// In Redis. Needs the feature `redis`.
    Redis(RedisUrl),
}

pub(super) fn text(value: &OsStr) -> Result<&str, String> {
    let text = value.to_str().ok_or("UTF-8 text")?;
    if text.contains('\0') {
        return Err("text without a NUL".to_owned());
    }
    Ok(text)
}

pub(super) fn path(value: &OsStr) -> Result<PathBuf, String> {
    if value.is_empty() || value.as_encoded_bytes().contains(&0) {
        return Err("the path of a file".to_owned());
    }
    Ok(PathBuf::from(value))
}

pub(super) fn milliseconds(value: &str) -> Result<Duration, String> {
    number(value, 1, MAX_MILLISECONDS, "milliseconds").map(Duration::from_millis)
}

pub(super) fn seconds(value: &str) -> Result<Duration, String> {
    number(value, 0, MAX_SECONDS, "seconds").map(Duration::from_secs)
}

pub(super) fn retries(value: &str) -> Result<u32, String> {
    let retries = number(value, 0, MAX_RETRIES, "retries")?;
    Ok(u32::try_from(retries).expect("checked against the limit"))
}

fn number(value: &str, least: u64, most: u64, unit: &str) -> Result<u64, String> {
    let digits_only = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits_only
        .then(|| value.parse().ok())
        .flatten()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("a whole number of {unit} from {least} to {most}"))
}

pub(super) fn proxy(value: &str) -> Result<Proxy, String> {
    if value.is_empty() {
        return Ok(Proxy::Direct);
    }
    ProxyUrl::parse(value).map(Proxy::Url)
}

const CACHES: &str = "memory, file or file:DIRECTORY";

pub(super) fn cache(value: &str) -> Result<Cache, String> {
    match value {
        "memory" => Ok(Cache::Memory),
        "file" => Ok(Cache::File),
        _ if RedisUrl::is_meant_by(value) => redis_url(value, CACHES).map(Cache::Redis),
        _ => match directory(value)? {
            Some(directory) => Ok(Cache::Directory(directory)),
            None if cfg!(feature = "redis") => Err("memory, file, file:DIRECTORY or a Redis URL".to_owned()),
            None => Err(CACHES.to_owned()),
        },
    }
}

/// Reads `file:DIRECTORY`; `None` for something else.
fn directory(value: &str) -> Result<Option<PathBuf>, String> {
    match value.strip_prefix("file:") {
        // Only a shell expands these: here they would be the names of directories.
        Some(directory) if directory.starts_with(EXPANDED_BY_SHELLS) => {
            Err(format!("file:DIRECTORY with the whole path: {NOT_EXPANDED}"))
        }
        Some("") => Err("file:DIRECTORY with a directory".to_owned()),
        other => Ok(other.map(PathBuf::from)),
    }
}

/// Refuses a cache that needs a feature which this build does not have.
pub(super) fn check_is_built(cache: &Cache) -> Result<(), String> {
    match cache {
        Cache::Redis(_) if cfg!(not(feature = "redis")) => Err(no_redis(CACHES)),
        _ => Ok(()),
    }
}

fn redis_url(value: &str, others: &str) -> Result<RedisUrl, String> {
    if cfg!(not(feature = "redis")) {
        return Err(no_redis(others));
    }
    RedisUrl::parse(value)
}

fn no_redis(others: &str) -> String {
    format!("{others}: this build has no Redis support (cargo feature \"redis\")")
}

const LOGINS: &str = "file or file:DIRECTORY";

pub(super) fn logins(value: &str) -> Result<Logins, String> {
    let logins = match value {
        "file" => Logins::File,
        "keyring" => Logins::Keyring,
        _ if RedisUrl::is_meant_by(value) => Logins::Redis(redis_url(value, LOGINS)?),
        _ => match directory(value)? {
            Some(directory) => Logins::Directory(directory),
            None => return Err(format!("{LOGINS}, keyring or a Redis URL")),
        },
    };
    check_logins_are_built(&logins)?;
    Ok(logins)
}

/// Refuses a place for logins that needs a feature which this build does not have.
pub(super) fn check_logins_are_built(logins: &Logins) -> Result<(), String> {
    match logins {
        Logins::Redis(_) if cfg!(not(feature = "redis")) => Err(no_redis(LOGINS)),
        Logins::Keyring if cfg!(not(feature = "keyring")) => Err(format!(
            "{LOGINS}: this build has no keyring support (cargo feature \"keyring\")"
        )),
        _ => Ok(()),
    }
}

pub(super) fn grant(value: &str) -> Result<Grant, String> {
    match value {
        "app" => Ok(Grant::App),
        "user" => Ok(Grant::User),
        _ => Err("app or user".to_owned()),
    }
}

/// The longest name of an account.
const MAX_ACCOUNT: usize = 64;

pub(super) fn account(value: &str) -> Result<String, String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
    let good = !value.is_empty() && value.len() <= MAX_ACCOUNT && value.bytes().all(is_allowed);
    good.then(|| value.to_owned())
        .ok_or_else(|| format!("a name of 1 to {MAX_ACCOUNT} of the characters A-Z a-z 0-9 . _ @ -"))
}

/// Returns the scopes with single spaces between them. A comma is allowed by RFC 6749, section 3.3, but in no scope of Spotify's:
/// somebody meant to separate two.
pub(super) fn scope(value: &str) -> Result<String, String> {
    let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && !b"\"\\,".contains(&byte);
    if !value.bytes().all(is_allowed) || value.len() > MAX_IN_HEAD / 2 {
        return Err("scopes separated by spaces, such as user-read-private playlist-read-private".to_owned());
    }
    Ok(value
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .collect::<Vec<_>>()
        .join(" "))
}

/// Takes the characters of RFC 6749, appendix A.17. An empty value is none.
pub(super) fn refresh_token(value: &str) -> Result<Option<Secret>, String> {
    if value.is_empty() {
        return Ok(None);
    }
    let is_allowed = |byte: u8| matches!(byte, 0x21..=0x7e);
    let good = value.len() <= MAX_IN_HEAD && value.bytes().all(is_allowed);
    good.then(|| Some(Secret::new(value)))
        .ok_or_else(|| "a refresh token: printable ASCII text without spaces".to_owned())
}

pub(super) fn user_agent(value: &str) -> Result<String, String> {
    let printable = value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let good = printable && !value.trim().is_empty() && value.len() <= MAX_IN_HEAD;
    good.then(|| value.to_owned())
        .ok_or_else(|| format!("printable ASCII text of at most {MAX_IN_HEAD} characters"))
}
