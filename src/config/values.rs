//! One check per kind of value. Each returns the value, or what the option takes, as a phrase that follows "Set it to". No
//! check repeats the value that it refuses: it may be a secret that was set in the wrong place.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use super::proxy_url::ProxyUrl;
use super::redis_url::RedisUrl;

/// The longest time that an option in milliseconds takes: a day.
const MAX_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;
/// The longest time that an option in seconds takes: a year.
const MAX_SECONDS: u64 = 365 * 24 * 60 * 60;
/// The most retries that an option takes.
const MAX_RETRIES: u64 = 100;
/// The longest text of an option that becomes part of a request's head. Servers refuse longer heads.
pub(super) const MAX_IN_HEAD: usize = 8 * 1024;

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
        _ if RedisUrl::is_meant_by(value) && cfg!(not(feature = "redis")) => Err(no_redis()),
        _ if RedisUrl::is_meant_by(value) => Ok(Cache::Redis(RedisUrl::parse(value)?)),
        _ => match value.strip_prefix("file:") {
            // Only a shell expands these: here they would be the names of directories.
            Some(directory) if directory.starts_with(['~', '$']) => {
                Err("file:DIRECTORY with the whole path: a ~ or $ at its start is not expanded here".to_owned())
            }
            Some("") => Err("file:DIRECTORY with a directory".to_owned()),
            Some(directory) => Ok(Cache::Directory(PathBuf::from(directory))),
            None if cfg!(feature = "redis") => Err("memory, file, file:DIRECTORY or a Redis URL".to_owned()),
            None => Err(CACHES.to_owned()),
        },
    }
}

/// Refuses a cache that needs a feature which this build does not have.
pub(super) fn check_is_built(cache: &Cache) -> Result<(), String> {
    match cache {
        Cache::Redis(_) if cfg!(not(feature = "redis")) => Err(no_redis()),
        _ => Ok(()),
    }
}

fn no_redis() -> String {
    format!("{CACHES}: this build has no Redis support (cargo feature \"redis\")")
}

pub(super) fn user_agent(value: &str) -> Result<String, String> {
    let printable = value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let good = printable && !value.trim().is_empty() && value.len() <= MAX_IN_HEAD;
    good.then(|| value.to_owned())
        .ok_or_else(|| format!("printable ASCII text of at most {MAX_IN_HEAD} characters"))
}
