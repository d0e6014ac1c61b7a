//! The address of a Redis server, checked once. It may hold a password, so only its host and port are ever shown.

use std::fmt;
use std::str::Utf8Error;

use http::Uri;
use percent_encoding::percent_decode_str;

use crate::secret::Secret;

/// The port of a Redis server.
const DEFAULT_PORT: u16 = 6379;

/// The URL of a Redis server: `redis://` or `rediss://` (TLS), then `[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`. Special
/// characters of user and password are written as `%XX`. `Debug` hides it, because it may contain a password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    tls: bool,
    host: String,
    port: u16,
    user: Option<Secret>,
    password: Option<Secret>,
    database: u32,
}

#[cfg_attr(not(feature = "redis"), allow(dead_code))]
impl RedisUrl {
    /// Returns whether a value is meant to be such an address.
    pub(super) fn is_meant_by(value: &str) -> bool {
        ["redis:", "rediss:"].iter().any(|scheme| value.starts_with(scheme))
    }

    /// Reads `redis://` or `rediss://`, then `[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`. User and password are
    /// percent-encoded.
    ///
    /// # Errors
    /// What an address has to be, as a phrase that follows "Set it to".
    pub(crate) fn parse(value: &str) -> Result<RedisUrl, String> {
        parse(value).ok_or_else(|| {
            "a Redis address such as redis://:password@host:6379/0, with rediss for TLS; \
             special characters of the password written as %XX"
                .to_owned()
        })
    }

    /// Returns whether to use TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    /// Returns the host name or address, an IPv6 address without its brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the user, if one is named.
    pub(crate) fn user(&self) -> Option<&Secret> {
        self.user.as_ref()
    }

    /// Returns the password, if there is one.
    pub(crate) fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// Returns the number of the database.
    pub(crate) fn database(&self) -> u32 {
        self.database
    }
}

fn parse(value: &str) -> Option<RedisUrl> {
    if value.contains(['#', '?']) {
        return None;
    }
    let uri: Uri = value.parse().ok()?;
    let tls = match uri.scheme_str()? {
        "redis" => false,
        "rediss" => true,
        _ => return None,
    };
    let authority = uri.authority()?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let (login, place) = match authority.as_str().rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, authority.as_str()),
    };
    let port = match place.strip_prefix(authority.host())? {
        "" => DEFAULT_PORT,
        port => port.strip_prefix(':')?.parse().ok().filter(|port| *port > 0)?,
    };
    let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
        Some((user, password)) => (decoded(user).ok()?, decoded(password).ok()?),
        None => (None, None),
    };
    let database = match uri.path().trim_start_matches('/') {
        "" => 0,
        number => number.parse().ok()?,
    };
    let usable = !host.is_empty() && (user.is_none() || password.is_some());
    usable.then(|| RedisUrl {
        tls,
        host: host.to_owned(),
        port,
        user,
        password,
        database,
    })
}

/// Decodes percent signs. Returns nothing for an empty text.
fn decoded(part: &str) -> Result<Option<Secret>, Utf8Error> {
    let text = percent_decode_str(part).decode_utf8()?;
    Ok((!text.is_empty()).then(|| Secret::new(&text)))
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redis_clients_take() {
        let parts = |value: &str| {
            let url = RedisUrl::parse(value).expect(value);
            let text = |secret: Option<&Secret>| secret.map_or(String::new(), |secret| secret.expose().to_owned());
            let (user, password) = (text(url.user()), text(url.password()));
            (
                url.is_tls(),
                url.host().to_owned(),
                url.port(),
                user,
                password,
                url.database(),
            )
        };
        let expected = |tls, host: &str, port, user: &str, password: &str, database| {
            (
                tls,
                host.to_owned(),
                port,
                user.to_owned(),
                password.to_owned(),
                database,
            )
        };
        for (value, is) in [
            ("redis://localhost", expected(false, "localhost", 6379, "", "", 0)),
            ("redis://127.0.0.1:7000/", expected(false, "127.0.0.1", 7000, "", "", 0)),
            (
                "rediss://cache.example/3",
                expected(true, "cache.example", 6379, "", "", 3),
            ),
            ("redis://[::1]:7000/15", expected(false, "::1", 7000, "", "", 15)),
            ("redis://:word@h", expected(false, "h", 6379, "", "word", 0)),
            ("redis://:w%40r%2Fd%25@h:1/2", expected(false, "h", 1, "", "w@r/d%", 2)),
            ("rediss://app:word@h:1", expected(true, "h", 1, "app", "word", 0)),
        ] {
            assert_eq!(parts(value), is, "{value}");
        }
    }

    #[test]
    fn everything_else_is_refused_and_nothing_is_shown() {
        for bad in [
            "",
            "redis:",
            "redis://",
            "redis://:canary@",
            "redis://canary@h",
            "redis://h:0",
            "redis://h:65536",
            "redis://h/one",
            "redis://h/-1",
            "redis://h/0/1",
            "redis://h?insecure=true",
            "rediss://h/#insecure",
            "unix:///tmp/redis.sock",
            "redis://:can ary@h",
        ] {
            let refusal = RedisUrl::parse(bad).expect_err(bad);
            assert!(!refusal.contains("canary"), "{refusal}");
        }
        let url = RedisUrl::parse("redis://canary:canary@canary").unwrap();
        assert!(!format!("{url:?}").contains("canary"));
    }
}
