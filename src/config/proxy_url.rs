//! The address of a proxy, read as curl reads it. It may hold a password, so nothing of it but host and port is ever
//! shown.

use std::fmt;
use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use super::endpoint::{bare_host, host_and_port};
use crate::secret::Secret;

/// How to speak to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyScheme {
    /// HTTP CONNECT (RFC 9110, section 9.3.6).
    Http,
    /// HTTP CONNECT over TLS.
    Https,
    /// SOCKS 4 with an address that is looked up here.
    Socks4,
    /// SOCKS 4a: the proxy looks up the name.
    Socks4a,
    /// SOCKS 5 (RFC 1928) with an address that is looked up here.
    Socks5,
    /// SOCKS 5 with a name that the proxy looks up.
    Socks5h,
}

impl ProxyScheme {
    fn parse(name: &str) -> Option<ProxyScheme> {
        Some(match name.to_ascii_lowercase().as_str() {
            "http" => ProxyScheme::Http,
            "https" => ProxyScheme::Https,
            // GNOME writes `socks`, and curl takes it for SOCKS 4.
            "socks" | "socks4" => ProxyScheme::Socks4,
            "socks4a" => ProxyScheme::Socks4a,
            "socks5" => ProxyScheme::Socks5,
            "socks5h" => ProxyScheme::Socks5h,
            _ => return None,
        })
    }

    fn default_port(self) -> u16 {
        match self {
            ProxyScheme::Https => 443,
            _ => 1080,
        }
    }

    /// Whether the server's name is looked up here.
    pub(crate) fn needs_lookup(self) -> bool {
        matches!(self, ProxyScheme::Socks4 | ProxyScheme::Socks5)
    }
}

/// The URL of a proxy, such as `http://proxy.example:3128`. The scheme is `http`, `https`, `socks4`, `socks4a`, `socks5` or
/// `socks5h`; without one it is `http`. `Debug` hides it, because it may contain a password.
///
/// ```
/// let proxy: spotify_token::ProxyUrl = "socks5h://user:password@proxy.example:1080".parse()?;
/// # Ok::<(), spotify_token::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    scheme: ProxyScheme,
    host: String,
    port: u16,
    login: Option<ProxyLogin>,
}

/// Who we are to a proxy.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProxyLogin {
    pub(crate) user: Secret,
    /// Empty when there is none.
    pub(crate) password: Secret,
}

impl ProxyUrl {
    /// Reads `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]` as curl does: `http` without a scheme, and port 1080, or 443
    /// for `https`. User and password are percent-decoded. What follows the port is ignored.
    ///
    /// # Errors
    /// What an option takes, as a phrase that follows "Set it to".
    pub(crate) fn parse(value: &str) -> Result<ProxyUrl, String> {
        parse(value).ok_or_else(|| {
            "a proxy URL such as http://proxy.example:3128 (http, https, socks4, socks4a, socks5 or socks5h), with special \
             characters of the password as %XX"
                .to_owned()
        })
    }

    /// Returns how to speak to the proxy.
    pub(crate) fn scheme(&self) -> ProxyScheme {
        self.scheme
    }

    /// Returns host name or address, an IPv6 address without its brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns user and password, if there is a user or a password.
    pub(crate) fn login(&self) -> Option<&ProxyLogin> {
        self.login.as_ref()
    }

    /// Returns host and port, for people: user and password are left out.
    pub(crate) fn host_and_port(&self) -> String {
        host_and_port(&self.host, self.port)
    }
}

fn parse(value: &str) -> Option<ProxyUrl> {
    // A space, a newline: nothing that curl would take.
    if value.chars().any(|c| c.is_control() || c == ' ') {
        return None;
    }
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (ProxyScheme::parse(scheme)?, rest),
        None => (ProxyScheme::Http, value),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // The first @ counts, so that an @ of a password has to be written as %40.
    let (login, place) = authority.split_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (user, password) = (decoded(user)?, decoded(password)?);
    let is_somebody = !user.expose().is_empty() || !password.expose().is_empty();
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port_of(port)?),
        _ => (place, scheme.default_port()),
    };
    is_host(host).then(|| ProxyUrl {
        scheme,
        host: bare_host(host).to_owned(),
        port,
        login: is_somebody.then_some(ProxyLogin { user, password }),
    })
}

/// The text behind the percent signs.
fn decoded(part: &str) -> Option<Secret> {
    let text = zeroize::Zeroizing::new(percent_decode_str(part).decode_utf8().ok()?.into_owned());
    (!text.chars().any(char::is_control)).then(|| Secret::new(&text))
}

fn port_of(port: &str) -> Option<u16> {
    let digits_only = port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|port| digits_only && *port > 0)
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::ProxyScheme::{Http, Https, Socks4, Socks4a, Socks5, Socks5h};
    use super::*;

    /// Scheme, host, port, user, password.
    fn parts(value: &str) -> (ProxyScheme, String, u16, String, String) {
        let url = ProxyUrl::parse(value).expect(value);
        let (user, password) = url.login().map_or_else(Default::default, |login| {
            (login.user.expose().to_owned(), login.password.expose().to_owned())
        });
        (url.scheme(), url.host().to_owned(), url.port(), user, password)
    }

    #[test]
    fn what_curl_takes() {
        for (value, scheme, host, port, user, password) in [
            ("proxy.example", Http, "proxy.example", 1080, "", ""),
            ("proxy.example:3128", Http, "proxy.example", 3128, "", ""),
            ("http://proxy.example:3128/", Http, "proxy.example", 3128, "", ""),
            ("HTTPS://proxy.example", Https, "proxy.example", 443, "", ""),
            ("http://[::1]:8080", Http, "::1", 8080, "", ""),
            ("http://[::1]", Http, "::1", 1080, "", ""),
            ("socks://127.0.0.1:9050", Socks4, "127.0.0.1", 9050, "", ""),
            ("socks4://h", Socks4, "h", 1080, "", ""),
            ("socks4a://h", Socks4a, "h", 1080, "", ""),
            ("socks5://h", Socks5, "h", 1080, "", ""),
            ("socks5h://user@h", Socks5h, "h", 1080, "user", ""),
            ("http://user:pass%40word@h:1", Http, "h", 1, "user", "pass@word"),
            ("http://:word@h", Http, "h", 1080, "", "word"),
            ("http://@h", Http, "h", 1080, "", ""),
            ("DOMAIN\\user:pw@h:8080", Http, "h", 8080, "DOMAIN\\user", "pw"),
            ("http://user:p:w%zz@h", Http, "h", 1080, "user", "p:w%zz"),
            (
                "http://user:!$&()*+,;=~^{}\"<>|`ä@h",
                Http,
                "h",
                1080,
                "user",
                "!$&()*+,;=~^{}\"<>|`ä",
            ),
        ] {
            let expected = (scheme, host.to_owned(), port, user.to_owned(), password.to_owned());
            assert_eq!(parts(value), expected, "{value}");
        }
    }

    #[test]
    fn everything_else_is_refused_and_nothing_is_shown() {
        for bad in [
            "",
            "http://",
            "http://canary@",
            "nonsense://canary@h",
            "http://us er:canary@h",
            "http://user:can\nary@h",
            "http://user:can%0Aary@h",
            "http://user:%FF@h",
            "http://user:cana@ry@h",
            "http://user:cana/ry@h",
            "http://user:cana#ry@h",
            "http://h:0",
            "http://h:65536",
            "http://h:port",
            "http://h:",
            "http://[::1",
            "http://[h]",
            "http://::1",
            "http://h\u{e4}:1",
        ] {
            let refusal = ProxyUrl::parse(bad).expect_err(bad);
            assert!(!refusal.contains("canary"), "{refusal}");
        }
        let url = ProxyUrl::parse("http://canary:canary@canary").unwrap();
        assert_eq!(format!("{url:?}"), "[hidden]");
    }
}
