//! The pages that the browser shows at the end of a login. They are static: nothing of a request is in them, and nothing of them comes
//! from elsewhere.

use std::fmt::Write;

/// What the browser shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The login is stored.
    LoggedIn,
    /// The user declined.
    Declined,
    /// The login failed; the program says why.
    Failed,
    /// The program gave the login up.
    Cancelled,
    /// The address does not belong to this login.
    NotThisLogin,
    /// There is nothing at this address.
    NotFound,
    /// The method is not GET.
    WrongMethod,
    /// The request cannot be read, or comes from another page.
    BadRequest,
    /// The head of the request is too long.
    TooLong,
}

/// Status, title, and what to do.
type Row = (&'static str, &'static str, &'static str);

impl Page {
    #[cfg(test)]
    const ALL: [Page; 9] = [
        Page::LoggedIn,
        Page::Declined,
        Page::Failed,
        Page::Cancelled,
        Page::NotThisLogin,
        Page::NotFound,
        Page::WrongMethod,
        Page::BadRequest,
        Page::TooLong,
    ];

    fn row(self) -> Row {
        match self {
            Page::LoggedIn => (
                "200 OK",
                "You are logged in",
                "You can close this window and return to the program.",
            ),
            Page::Declined => (
                "200 OK",
                "You declined",
                "The program cannot use your account. Nothing was changed. You can close this window.",
            ),
            Page::Failed => (
                "502 Bad Gateway",
                "The login failed",
                "The program that asked you to log in says why. You can close this window.",
            ),
            Page::Cancelled => (
                "200 OK",
                "The login was cancelled",
                "The program no longer waits for it. You can close this window.",
            ),
            Page::NotThisLogin => (
                "400 Bad Request",
                "This is not the login that the program waits for",
                "Open the address that the program shows, and log in there.",
            ),
            Page::NotFound => ("404 Not Found", "There is nothing here", "You can close this window."),
            Page::WrongMethod => (
                "405 Method Not Allowed",
                "There is nothing here",
                "You can close this window.",
            ),
            Page::BadRequest => (
                "400 Bad Request",
                "This request is not part of a login",
                "Open the address that the program shows, and log in there.",
            ),
            Page::TooLong => (
                "431 Request Header Fields Too Large",
                "This request is too long",
                "Open the address that the program shows, and log in there.",
            ),
        }
    }

    /// Returns the whole HTTP response.
    pub(crate) fn response(self) -> Vec<u8> {
        let (status, title, text) = self.row();
        let mark = if self == Page::LoggedIn { "good" } else { "" };
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<div class=\"mark {mark}\" aria-hidden=\"true\"></div>\n\
             <h1>{title}</h1>\n<p>{text}</p>\n<footer>This page comes from spotify-token, a program on this computer.</footer>\n\
             </main>\n</body>\n</html>\n"
        );
        let mut response = format!("HTTP/1.1 {status}\r\n");
        for (name, value) in [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", &body.len().to_string()),
            ("Connection", "close"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", POLICY),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ] {
            let _ = write!(response, "{name}: {value}\r\n");
        }
        if self == Page::WrongMethod {
            response.push_str("Allow: GET\r\n");
        }
        response.push_str("\r\n");
        response.push_str(&body);
        response.into_bytes()
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#16181d;--soft:#5b6270;--ground:#f4f5f7;--card:#fff;--line:#e3e5ea;--mark:#8a909c;--good:#1a7f4b}\
@media(prefers-color-scheme:dark){:root{--ink:#eceef2;--soft:#a4abb8;--ground:#121418;--card:#1b1e24;--line:#2c3038;--mark:#7a8190;--good:#3fbf7f}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);\
font:1.0625rem/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}\
main{width:100%;max-width:27rem;padding:2.5rem 2rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;text-align:center}\
.mark{width:3rem;height:3rem;margin:0 auto 1.25rem;border-radius:50%;border:.25rem solid var(--mark);position:relative}\
.mark.good{border-color:var(--good)}\
.mark.good::after{content:'';position:absolute;left:.95rem;top:.45rem;width:.6rem;height:1.2rem;border:solid var(--good);border-width:0 .25rem .25rem 0;transform:rotate(45deg)}\
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.3;letter-spacing:-.01em}\
p{margin:0;color:var(--soft)}\
footer{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.8125rem;color:var(--soft)}";

/// Allows the style above and nothing else. The hash is that of its text.
const POLICY: &str = "default-src 'none'; style-src 'sha256-bi1Yk4mbcUKWp13XL9oopTujVuu7OmEs/F1L0cb3e58='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::digest::{SHA256, digest};

    use super::*;

    #[test]
    fn the_policy_allows_the_style_and_nothing_else() {
        let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "the hash is {hash}");
    }

    #[test]
    fn every_page_is_whole_and_runs_nothing() {
        for page in Page::ALL {
            let response = String::from_utf8(page.response()).unwrap();
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert!(
                head.contains(&format!("Content-Length: {}\r\n", body.len())),
                "{page:?}"
            );
            assert!(
                head.contains("Cache-Control: no-store")
                    && head.contains("Content-Security-Policy: default-src 'none'")
            );
            assert!(body.ends_with("</html>\n"));
            for part in ["<script", "http:", "https:", "url(", "onload", "<img", "<link", "<a "] {
                assert!(!body.contains(part), "{page:?} has {part}");
            }
        }
    }
}
