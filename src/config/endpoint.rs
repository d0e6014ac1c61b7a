//! The URL of an endpoint, checked once: a secret or a token is only sent over TLS, or to this machine.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

/// The longest text of an option that becomes part of a request's head. Servers refuse longer heads.
pub(super) const MAX_IN_HEAD: usize = 8 * 1024;

/// A URL that a secret or a token may be sent to: the token endpoint's, or the Web API's.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Uri);

impl Endpoint {
    /// Takes `https`, and `http` to `localhost`, `127.0.0.0/8` and `::1` (RFC 6749, section 3.2, asks for TLS). Refuses
    /// user-info and fragments, and what is too long for the first line of a request.
    ///
    /// # Errors
    /// What a URL has to be, as a phrase that follows "Set it to".
    pub fn parse(value: &str) -> Result<Endpoint, String> {
        let expected = |what: &str| Err(format!("a URL such as https://accounts.spotify.com/api/token, {what}"));
        if value.len() > MAX_IN_HEAD {
            return expected(&format!("of at most {MAX_IN_HEAD} characters"));
        }
        if value.contains('#') {
            return expected("without a fragment");
        }
        if !value.is_empty() && !value.contains("://") {
            return expected("with scheme and host");
        }
        let Ok(uri) = value.parse::<Uri>() else {
            return expected("and nothing else");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return expected("with scheme and host");
        };
        if authority.as_str().contains('@') {
            return expected("without user or password in it");
        }
        let host = authority.host();
        if host.is_empty() {
            return expected("with a host");
        }
        if authority.as_str().len() > host.len() && authority.port_u16().is_none_or(|port| port == 0) {
            return expected("with a port from 1 to 65535, or none");
        }
        match scheme {
            "https" => Ok(Endpoint(uri)),
            "http" if is_loopback(host) => Ok(Endpoint(uri)),
            "http" => expected("with https: plain http is allowed for localhost, 127.0.0.0/8 and [::1] only"),
            _ => expected("with https"),
        }
    }

    /// Returns the host name or address, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        bare_host(self.0.host().unwrap_or_default())
    }

    /// Returns the port, the scheme's when none is written.
    pub fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(self.default_port())
    }

    /// Returns path and query, as they stand in a request line.
    pub(crate) fn target(&self) -> String {
        self.0
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string)
    }

    /// Returns the value of the `Host` header: the port is left out where it is the scheme's.
    pub(crate) fn host_header(&self) -> String {
        let host = self.0.host().unwrap_or_default();
        if self.port() == self.default_port() {
            host.to_owned()
        } else {
            format!("{host}:{}", self.port())
        }
    }

    fn default_port(&self) -> u16 {
        if self.is_tls() { 443 } else { 80 }
    }

    /// Returns whether the scheme is https.
    pub fn is_tls(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }
}

/// Joins both, with an IPv6 address in brackets.
pub(crate) fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Returns a host without the brackets of an IPv6 address.
pub(crate) fn bare_host(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || bare_host(host)
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_or_this_machine() {
        for good in [
            "https://accounts.spotify.com/api/token",
            "https://[2001:db8::1]:8443/t?x=1",
            "http://localhost:8080/api/token",
            "http://LOCALHOST/",
            "http://127.0.0.1",
            "http://127.255.0.9:1/x",
            "http://[::1]:9/x",
            "HTTPS://EXAMPLE.ORG/",
        ] {
            assert!(Endpoint::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_a_reason() {
        for (bad, reason) in [
            ("", "nothing else"),
            ("/api/token", "scheme and host"),
            ("accounts.spotify.com", "scheme and host"),
            ("https://", "nothing else"),
            ("https:///path", "nothing else"),
            ("https://:443/", "host"),
            ("ftp://example.org/", "https"),
            ("http://accounts.spotify.com/api/token", "plain http"),
            ("http://127.0.0.1.example.org/", "plain http"),
            ("http://localhost.example.org/", "plain http"),
            ("http://0.0.0.0/", "plain http"),
            ("http://127.1/", "plain http"),
            ("http://[::ffff:127.0.0.1]/", "plain http"),
            ("https://user@example.org/", "without user"),
            ("https://user:word@example.org/", "without user"),
            ("https://example.org/#part", "fragment"),
            ("https://example.org/a b", "nothing else"),
            ("https://example.org:0/", "port"),
            ("https://example.org:65536/", "port"),
            ("https://exa\\mple.org/", "nothing else"),
            ("https://example.org/\r\nX: y", "nothing else"),
        ] {
            let refusal = Endpoint::parse(bad).expect_err(bad);
            assert!(refusal.contains(reason), "{bad}: {refusal}");
        }
        let of_length = |length: usize| Endpoint::parse(&format!("{:a<length$}", "https://example.org/"));
        assert!(of_length(8192).is_ok());
        assert!(of_length(8193).unwrap_err().contains("8192"));
    }

    #[test]
    fn host_and_port_are_bare() {
        let url = Endpoint::parse("http://[::1]/x").unwrap();
        assert_eq!((url.host(), url.port()), ("::1", 80));
        assert_eq!(host_and_port(url.host(), url.port()), "[::1]:80");
        let url = Endpoint::parse("https://a.example/").unwrap();
        assert_eq!((url.host(), url.port()), ("a.example", 443));
    }

    #[test]
    fn a_request_line_and_a_host_header_come_of_it() {
        for (url, target, host) in [
            ("https://a.example", "/", "a.example"),
            ("https://a.example:443/api/token?x=1", "/api/token?x=1", "a.example"),
            ("https://a.example:80/", "/", "a.example:80"),
            ("https://a.example?x=1", "/?x=1", "a.example"),
            ("http://[::1]:9/x", "/x", "[::1]:9"),
            ("http://localhost:80/", "/", "localhost"),
        ] {
            let url = Endpoint::parse(url).unwrap();
            assert_eq!(
                (url.target(), url.host_header()),
                (target.to_owned(), host.to_owned()),
                "{url}"
            );
        }
    }
}
