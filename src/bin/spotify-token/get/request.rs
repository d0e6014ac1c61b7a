//! A credential helper request, and whether its URL may get a token. No part of a request is ever shown.

use serde::Deserialize;

/// The only host that may get a token (RFC 6750, section 5.3).
pub const HOST: &str = "api.spotify.com";

/// Which headers does this URL need?
#[derive(Deserialize)]
pub struct Request {
    pub uri: String,
}

impl Request {
    /// Reads the JSON of a request.
    ///
    /// # Errors
    /// What is wrong and where, without any of the input.
    pub fn parse(text: &[u8]) -> Result<Request, String> {
        serde_json::from_slice(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => "it is not a JSON object with one string \"uri\"".to_owned(),
            serde_json::error::Category::Eof => "it ends too early".to_owned(),
            _ => format!("it is not JSON (line {}, column {})", error.line(), error.column()),
        })
    }

    /// Whether the address is the Web API's: scheme, host and port, and nothing that could be taken for another host.
    /// What stands before the first slash, question mark or number sign is compared as a whole, so that user-info,
    /// backslashes, escapes and look-alikes are simply different.
    pub fn is_for_web_api(&self) -> bool {
        let printable = self.uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let Some((scheme, rest)) = self.uri.split_once("://") else {
            return false;
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.strip_suffix(":443").unwrap_or(authority);
        printable && scheme.eq_ignore_ascii_case("https") && host.eq_ignore_ascii_case(HOST)
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    fn is_for_web_api(uri: &str) -> bool {
        let uri = uri.to_owned();
        Request { uri }.is_for_web_api()
    }

    #[test]
    fn the_web_api_alone_gets_a_token() {
        for uri in [
            "https://api.spotify.com",
            "https://api.spotify.com/",
            "https://api.spotify.com:443/v1/artists/x",
            "HTTPS://API.Spotify.COM/v1?x=https://evil.example#f",
            "https://api.spotify.com?x",
        ] {
            assert!(is_for_web_api(uri), "{uri}");
        }
        for uri in [
            "",
            "api.spotify.com",
            "https://",
            "https:api.spotify.com",
            "https:///api.spotify.com/",
            "http://api.spotify.com/",
            "ftp://api.spotify.com/",
            "xhttps://api.spotify.com/",
            "https://api.spotify.com:80/",
            "https://api.spotify.com:8443/",
            "https://api.spotify.com:0443/",
            "https://api.spotify.com:/",
            "https://api.spotify.com./",
            "https://api.spotify.com.evil.example/",
            "https://evil-api.spotify.com/",
            "https://accounts.spotify.com/",
            "https://spotify.com/",
            "https://evil.example/api.spotify.com",
            "https://evil.example#https://api.spotify.com/",
            "https://api.spotify.com@evil.example/",
            "https://api.spotify.com:443@evil.example/",
            "https://user@api.spotify.com/",
            "https://user:word@api.spotify.com/",
            "https://api.spotify.com\\@evil.example/",
            "https://evil.example\\@api.spotify.com/",
            "https://api.spotify.com%2eevil.example/",
            "https://%61pi.spotify.com/",
            "https://api.spotify.com /",
            " https://api.spotify.com/",
            "https://api.spotify.com/\n",
            "https://api.spotify.com\t/",
            "https://api.spotify.c\u{43e}m/",
            "https://\u{ff41}pi.spotify.com/",
            "https://[::1]/",
        ] {
            assert!(!is_for_web_api(uri), "{uri}");
        }
    }
}
