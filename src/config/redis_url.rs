//! The address of a Redis server, of a Cluster, or of Sentinels, checked once. It may hold a password, so only its hosts, ports and
//! the name of the master are ever shown.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::Utf8Error;

use percent_encoding::percent_decode_str;

use super::endpoint::host_and_port;
use crate::secret::Secret;

/// The port of a Redis server.
const SERVER_PORT: u16 = 6379;
/// The port of a Sentinel.
const SENTINEL_PORT: u16 = 26379;

/// The URL of a Redis server, of a Cluster, or of Sentinels: `redis://` or `rediss://` (TLS), then
/// `[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/DATABASE]`; or `redis+sentinel://` or `rediss+sentinel://`, the Sentinels in the
/// same manner, then `/MASTER[/DATABASE]`. Special characters of user and password are written as `%XX`. `Debug` hides it, because
/// it may contain a password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    tls: bool,
    nodes: Vec<RedisNode>,
    sentinel_master: Option<String>,
    user: Option<Secret>,
    password: Option<Secret>,
    database: u32,
}

/// A server or a Sentinel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedisNode {
    /// Host name or address, an IPv6 address without its brackets.
    pub(crate) host: String,
    /// The port, not 0.
    pub(crate) port: u16,
}

impl fmt::Display for RedisNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&host_and_port(&self.host, self.port))
    }
}

#[cfg_attr(not(feature = "redis"), allow(dead_code))]
impl RedisUrl {
    /// Returns whether a value is meant to be such an address.
    pub(super) fn is_meant_by(value: &str) -> bool {
        value
            .split_once(':')
            .is_some_and(|(scheme, _)| kind_of(scheme).is_some())
    }

    /// Reads `redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/DATABASE]`, or `redis+sentinel://`, the Sentinels in the
    /// same manner, and `/MASTER[/DATABASE]`. With `rediss` instead of `redis` it is TLS. User and password are percent-encoded.
    ///
    /// # Errors
    /// What an address has to be, as a phrase that follows "Set it to".
    pub(crate) fn parse(value: &str) -> Result<RedisUrl, String> {
        parse(value).ok_or_else(|| {
            "a Redis URL such as redis://:password@host:6379/0 or redis+sentinel://host1,host2/mymaster/0, with rediss \
             for TLS; special characters of the password written as %XX"
                .to_owned()
        })
    }

    /// Returns whether to use TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    /// Says where it leads, without the login.
    pub(crate) fn description(&self) -> String {
        let nodes: Vec<String> = self.nodes.iter().map(RedisNode::to_string).collect();
        let nodes = nodes.join(", ");
        match &self.sentinel_master {
            Some(master) => format!("Redis master {master} (Sentinel at {nodes})"),
            None => format!("Redis at {nodes}"),
        }
    }

    /// Returns the servers, or the Sentinels, in the order in which they are tried. There is at least one.
    pub(crate) fn nodes(&self) -> &[RedisNode] {
        &self.nodes
    }

    /// Returns the name of the master whose server the Sentinels know; `None` for an address without Sentinels.
    pub(crate) fn sentinel_master(&self) -> Option<&str> {
        self.sentinel_master.as_deref()
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

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// What a scheme means: TLS, and Sentinels.
fn kind_of(scheme: &str) -> Option<(bool, bool)> {
    Some(match scheme {
        "redis" => (false, false),
        "rediss" => (true, false),
        "redis+sentinel" => (false, true),
        "rediss+sentinel" => (true, true),
        _ => return None,
    })
}

fn parse(value: &str) -> Option<RedisUrl> {
    let (scheme, rest) = value.split_once("://")?;
    let (tls, sentinel) = kind_of(scheme)?;
    if !rest.bytes().all(|byte| byte.is_ascii_graphic()) || rest.contains(['#', '?']) {
        return None;
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, nodes) = match authority.rsplit_once('@') {
        Some((login, nodes)) => (Some(login), nodes),
        None => (None, authority),
    };
    let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
        Some((user, password)) => (decoded(user).ok()?, decoded(password).ok()?),
        None => (None, None),
    };
    if user.is_some() && password.is_none() {
        return None;
    }
    let default_port = if sentinel { SENTINEL_PORT } else { SERVER_PORT };
    let nodes = nodes.split(',').map(|node| node_in(node, default_port));
    let (master, database) = match path.split_once('/') {
        _ if !sentinel => (None, path),
        Some((master, database)) => (Some(master), database),
        None => (Some(path), ""),
    };
    if !master.is_none_or(is_master_name) {
        return None;
    }
    Some(RedisUrl {
        tls,
        nodes: nodes.collect::<Option<_>>()?,
        sentinel_master: master.map(ToOwned::to_owned),
        user,
        password,
        database: if database.is_empty() { 0 } else { number(database)? },
    })
}

/// Reads `HOST[:PORT]`, with an IPv6 address in brackets.
fn node_in(text: &str, default_port: u16) -> Option<RedisNode> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, port)
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            let (host, port) = text.split_at(end);
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            if host.is_empty() || !host.bytes().all(is_name) {
                return None;
            }
            (host, port)
        }
    };
    let port = match port {
        "" => default_port,
        port => number(port.strip_prefix(':')?).filter(|port| *port > 0)?,
    };
    let host = host.to_owned();
    Some(RedisNode { host, port })
}

/// Digits alone: `parse` would take a sign too.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// The characters that Sentinel allows.
fn is_master_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// Decodes percent signs; `None` for an empty text.
fn decoded(part: &str) -> Result<Option<Secret>, Utf8Error> {
    let text = percent_decode_str(part).decode_utf8()?;
    Ok((!text.is_empty()).then(|| Secret::new(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of an address, in one line.
    fn parts(value: &str) -> String {
        let url = RedisUrl::parse(value).unwrap_or_else(|_| panic!("{value}"));
        let text = |secret: Option<&Secret>| secret.map_or("-".to_owned(), |secret| secret.expose().to_owned());
        format!(
            "{}{} {} {} {}",
            if url.is_tls() { "TLS " } else { "" },
            url.description(),
            text(url.user()),
            text(url.password()),
            url.database()
        )
    }

    #[test]
    fn what_redis_clients_accept() {
        for (value, expected) in [
            ("redis://localhost", "Redis at localhost:6379 - - 0"),
            ("redis://127.0.0.1:7000/", "Redis at 127.0.0.1:7000 - - 0"),
            ("rediss://cache.example/3", "TLS Redis at cache.example:6379 - - 3"),
            ("redis://[::1]:7000/15", "Redis at [::1]:7000 - - 15"),
            ("redis://[::1]", "Redis at [::1]:6379 - - 0"),
            ("redis://:word@h", "Redis at h:6379 - word 0"),
            ("redis://:w%40r%2Fd%25@h:1/2", "Redis at h:1 - w@r/d% 2"),
            ("redis://:w@rd@h:1/2", "Redis at h:1 - w@rd 2"),
            ("rediss://app:word@h:1", "TLS Redis at h:1 app word 0"),
            (
                "redis://a,b:7001,[::1]:7002/0",
                "Redis at a:6379, b:7001, [::1]:7002 - - 0",
            ),
            (
                "redis+sentinel://s/mymaster",
                "Redis master mymaster (Sentinel at s:26379) - - 0",
            ),
            (
                "rediss+sentinel://app:word@s1,s2:26380/my.master_1/4",
                "TLS Redis master my.master_1 (Sentinel at s1:26379, s2:26380) app word 4",
            ),
        ] {
            assert_eq!(parts(value), expected, "{value}");
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
            "redis://h:+1",
            "redis://h:",
            "redis://h/one",
            "redis://h/-1",
            "redis://h/+1",
            "redis://h/0/1",
            "redis://h,",
            "redis://h,,g",
            "redis://h;g",
            "redis://::1",
            "redis://[canary]",
            "redis://[::1]canary",
            "redis://h?insecure=true",
            "rediss://h/#insecure",
            "unix:///tmp/redis.sock",
            "redis://:can ary@h",
            "redis://:%ff@h",
            "redis+sentinel://s",
            "redis+sentinel://s/",
            "redis+sentinel://s//0",
            "redis+sentinel://s/my%20master",
            "redis+sentinel://s/mymaster/0/canary",
            "sentinel://s/mymaster",
        ] {
            let error = RedisUrl::parse(bad).expect_err(bad);
            assert!(!error.contains("canary"), "{error}");
        }
        let url = RedisUrl::parse("redis://canary:canary@h").unwrap();
        assert!(!format!("{url:?}{}", url.description()).contains("canary"));
    }

    #[test]
    fn what_is_meant_to_be_an_address() {
        for value in ["redis:", "rediss://x", "redis+sentinel://", "rediss+sentinel:"] {
            assert!(RedisUrl::is_meant_by(value), "{value}");
        }
        for value in ["memory", "file:redis", "redis", "redis+cluster://h"] {
            assert!(!RedisUrl::is_meant_by(value), "{value}");
        }
    }
}
