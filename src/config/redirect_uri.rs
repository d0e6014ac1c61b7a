//! The redirect URI of an app, as it is registered on the dashboard: on this machine alone (RFC 8252, section 7.3).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use super::endpoint::{MAX_IN_HEAD, bare_host, host_and_port};

/// Where the browser goes after a login: an address that this process listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    /// `127.0.0.1` or `::1`.
    pub ip: IpAddr,
    /// The port; a free one where none is named, which Spotify allows.
    pub port: Option<u16>,
    /// The path, with its slash at the start.
    pub path: String,
}

impl Default for RedirectUri {
    fn default() -> RedirectUri {
        RedirectUri {
            ip: Ipv4Addr::LOCALHOST.into(),
            port: None,
            path: "/callback".to_owned(),
        }
    }
}

impl RedirectUri {
    /// Takes `http` on `127.0.0.1` or `[::1]`, without a query. Spotify refuses `localhost`, which may be another machine
    /// (RFC 8252, section 8.3).
    pub(super) fn parse(value: &str) -> Result<RedirectUri, String> {
        let expected = |what: &str| Err(format!("a URI such as http://127.0.0.1/callback, {what}"));
        if value.len() > MAX_IN_HEAD / 8 {
            return expected("of at most 1024 characters");
        }
        if value.contains(['#', '?']) {
            return expected("without a query and a fragment");
        }
        let Ok(uri) = value.parse::<Uri>() else {
            return expected("and nothing else");
        };
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return expected("with http");
        };
        let host = authority.host();
        if authority.as_str().contains('@') {
            return expected("without user or password in it");
        }
        let ip = match bare_host(host).parse::<IpAddr>() {
            Ok(ip) if ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST => ip,
            _ => return expected("on 127.0.0.1 or [::1] (Spotify does not accept localhost)"),
        };
        let port = authority.port_u16();
        if authority.as_str().len() > host.len() && port.is_none_or(|port| port == 0) {
            return expected("with a port from 1 to 65535, or none");
        }
        if !is_sent_as_it_is(uri.path()) {
            return expected("with a path as browsers send it: without .. and with other characters percent-encoded");
        }
        let path = uri.path().to_owned();
        Ok(RedirectUri { ip, port, path })
    }

    /// Returns the URI with the port that is really listened on.
    pub(crate) fn with_port(&self, port: u16) -> RedirectUri {
        RedirectUri {
            port: Some(port),
            ..self.clone()
        }
    }
}

/// Whether browsers ask for this path as it is written. They remove dot segments, encode characters, and replace backslashes, so that the
/// login would wait for a path that no browser asks for (<https://url.spec.whatwg.org/#url-parsing>).
fn is_sent_as_it_is(path: &str) -> bool {
    let is_dots = |segment: &str| matches!(&*segment.to_ascii_lowercase().replace("%2e", "."), "." | "..");
    // What a path consists of (RFC 3986, section 3.3).
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte);
    let is_encoded = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    path.bytes().all(is_allowed) && path.split('%').skip(1).all(is_encoded) && !path.split('/').any(is_dots)
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.ip.to_string();
        let host = match (self.port, self.ip) {
            (Some(port), _) => host_and_port(&host, port),
            (None, IpAddr::V6(_)) => format!("[{host}]"),
            (None, IpAddr::V4(_)) => host,
        };
        write!(f, "http://{host}{}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_by_address() {
        for good in [
            "http://127.0.0.1/callback",
            "http://127.0.0.1:8888/callback",
            "http://[::1]/callback",
            "http://[::1]:9/a/b",
            "http://127.0.0.1/",
            "http://127.0.0.1/a.b/..c/%7Eme/(x)*,;=@:!$&'+~_-",
        ] {
            let uri = RedirectUri::parse(good).unwrap();
            assert_eq!(uri.to_string(), good);
        }
        assert_eq!(
            RedirectUri::parse("http://127.0.0.1").unwrap().to_string(),
            "http://127.0.0.1/"
        );
        assert_eq!(
            RedirectUri::default(),
            RedirectUri::parse("http://127.0.0.1/callback").unwrap()
        );
        let listening = RedirectUri::parse("http://[::1]/x").unwrap().with_port(7);
        assert_eq!(listening.to_string(), "http://[::1]:7/x");
    }

    #[test]
    fn everything_else_is_refused_with_a_reason() {
        for (bad, reason) in [
            ("", "nothing else"),
            ("http://localhost/callback", "does not accept localhost"),
            ("http://127.0.0.2/callback", "on 127.0.0.1 or [::1]"),
            ("http://0.0.0.0/callback", "on 127.0.0.1 or [::1]"),
            ("http://example.org/callback", "on 127.0.0.1 or [::1]"),
            ("https://127.0.0.1/callback", "with http"),
            ("myapp://callback", "with http"),
            ("/callback", "with http"),
            ("127.0.0.1/callback", "nothing else"),
            ("http://u@127.0.0.1/callback", "user"),
            ("http://127.0.0.1:0/callback", "port"),
            ("http://127.0.0.1:99999/callback", "port"),
            ("http://127.0.0.1/callback?x=1", "query"),
            ("http://127.0.0.1/callback#x", "fragment"),
            ("http://127.0.0.1/a b", "nothing else"),
            // Browsers ask for another path than this.
            ("http://127.0.0.1/a/../b", "as browsers send it"),
            ("http://127.0.0.1/a/.", "as browsers send it"),
            ("http://127.0.0.1/%2E%2e/b", "as browsers send it"),
            ("http://127.0.0.1/.%2e", "as browsers send it"),
            ("http://127.0.0.1/{app}", "as browsers send it"),
            ("http://127.0.0.1/a\"b", "as browsers send it"),
            ("http://127.0.0.1/a\\b", "as browsers send it"),
            ("http://127.0.0.1/a|b", "as browsers send it"),
            ("http://127.0.0.1/\u{e4}", "as browsers send it"),
            ("http://127.0.0.1/a%zz", "as browsers send it"),
            ("http://127.0.0.1/a%2", "as browsers send it"),
        ] {
            let refusal = RedirectUri::parse(bad).expect_err(bad);
            assert!(refusal.contains(reason), "{bad}: {refusal}");
        }
    }
}
