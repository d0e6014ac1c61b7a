//! One check per kind of value. Each returns the value, or the words that follow "expected". No check ever repeats
//! the value it refuses: it may be a secret that ended up in the wrong place.

use std::path::PathBuf;
use std::time::Duration;

use ureq::http::HeaderValue;

use super::proxy_url::ProxyUrl;
use super::redis_url::RedisUrl;

/// The longest time that an option can express in milliseconds: a day.
const MAX_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;
/// The longest time that an option can express in seconds: a year.
const MAX_SECONDS: u64 = 365 * 24 * 60 * 60;
/// More retries than anybody can mean.
const MAX_RETRIES: u64 = 100;

/// How to get to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// As the environment says, read as curl reads it.
    FromEnvironment,
    /// Directly.
    None,
    /// Through this one.
    Url(ProxyUrl),
}

/// Where a token rests between calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cache {
    /// In this process alone.
    Memory,
    /// In the user's cache directory.
    File,
    /// In this directory.
    FileIn(PathBuf),
    /// In a Redis server. Only a build with the feature `redis` takes this from an option.
    Redis(RedisUrl),
}

pub(super) fn text(value: &str) -> Result<&str, String> {
    if value.contains('\0') {
        return Err("text without a NUL".to_owned());
    }
    Ok(value)
}

pub(super) fn path(value: &str) -> Result<PathBuf, String> {
    if value.is_empty() || value.contains('\0') {
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
        return Ok(Proxy::None);
    }
    ProxyUrl::parse(value).map(Proxy::Url)
}

const CACHES: &str = "memory, file or file:DIRECTORY";

pub(super) fn cache(value: &str) -> Result<Cache, String> {
    match value {
        "memory" => Ok(Cache::Memory),
        "file" => Ok(Cache::File),
        _ if RedisUrl::is_meant_by(value) && cfg!(not(feature = "redis")) => Err(format!(
            "{CACHES}: this build cannot use Redis, that takes the cargo feature redis"
        )),
        _ if RedisUrl::is_meant_by(value) => Ok(Cache::Redis(RedisUrl::parse(value)?)),
        _ => match value.strip_prefix("file:") {
            Some(directory) => Ok(Cache::FileIn(
                path(directory).map_err(|_| "file:DIRECTORY with a directory".to_owned())?,
            )),
            None => Err(if cfg!(feature = "redis") {
                format!("{CACHES} or a Redis address")
            } else {
                CACHES.to_owned()
            }),
        },
    }
}

pub(super) fn header_value(value: &str) -> Result<String, String> {
    let printable = value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let good = printable && !value.trim().is_empty() && HeaderValue::from_str(value).is_ok();
    good.then(|| value.to_owned())
        .ok_or_else(|| "printable ASCII text".to_owned())
}
