//! The address of a proxy, read as curl reads it. It may hold a password, so nothing of it but host and port is ever shown.

use http::Uri;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The URL of a proxy, such as `http://proxy.example:3128`. The scheme is `http`, `https`, `socks4`, `socks4a`, `socks5` or
/// `socks5h`; without one it is `http`. `Debug` hides it, because it may contain a password.
///
/// ```
/// let proxy: spotify_token::ProxyUrl = "socks5h://user:password@proxy.example:1080".parse()?;
/// # Ok::<(), spotify_token::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Secret);

impl ProxyUrl {
    const EXPECTED: &'static str = "a proxy address such as http://proxy.example:3128 \
        (http, https, socks4, socks4a, socks5 or socks5h), special characters of a password as %XX";

    /// Reads a proxy's address as curl does: `http` when there is no scheme.
    ///
    /// # Errors
    /// The words that follow "expected".
    pub(crate) fn parse(value: &str) -> Result<ProxyUrl, String> {
        let expected = || ProxyUrl::EXPECTED.to_owned();
        let url = Zeroizing::new(match value.split_once("://") {
            Some(_) => value.to_owned(),
            None => format!("http://{value}"),
        });
        let uri: Uri = url.parse().map_err(|_| expected())?;
        let known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
        let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        if !known.contains(&scheme.as_str()) || !has_host {
            return Err(expected());
        }
        let url = Zeroizing::new(with_port(&uri, &scheme).ok_or_else(expected)?);
        // The HTTP library decodes user and password, and takes nothing but UTF-8 text.
        let login = url.rsplit_once('@').map_or("", |(login, _)| login);
        percent_decode_str(login).decode_utf8().map_err(|_| expected())?;
        Ok(ProxyUrl(Secret::new(&url)))
    }

    /// Host and port, for people: user and password are left out.
    pub(crate) fn host_and_port(&self) -> &str {
        let authority = self
            .expose()
            .split_once("://")
            .map_or(self.expose(), |(_, authority)| authority);
        authority.rsplit_once('@').map_or(authority, |(_, address)| address)
    }

    /// Whether the address has a user, or a password.
    pub(crate) fn has_password(&self) -> bool {
        self.expose().contains('@')
    }

    /// The address, with its password if it has one.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The address with the port that curl would take: 1080, or 443 for https.
fn with_port(uri: &Uri, scheme: &str) -> Option<String> {
    let authority = uri.authority()?.as_str();
    let after_host = authority.rsplit(['@', ']']).next()?;
    match after_host.rsplit_once(':') {
        Some((_, port)) => {
            port.parse::<u16>().ok()?;
            Some(format!("{scheme}://{authority}"))
        }
        None => {
            let port = if scheme == "https" { 443 } else { 1080 };
            Some(format!("{scheme}://{authority}:{port}"))
        }
    }
}

impl std::fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}
