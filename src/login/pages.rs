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
                "Your browser may have too many cookies of this computer. Open the address that the program shows in a private window.",
            ),
        }
    }

    /// Returns the whole HTTP response.
    pub(crate) fn response(self) -> Vec<u8> {
        let (status, title, text) = self.row();
        let mark = match self {
            Page::LoggedIn => "good",
            Page::Declined | Page::Cancelled => "none",
            _ => "bad",
        };
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<div class=\"mark {mark}\" aria-hidden=\"true\"></div>\n\
             <h1>{title}</h1>\n<p>{text}</p>\n<footer>This page comes from spotify&#8209;token, a program on this computer, and not from Spotify.</footer>\n\
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
:root{color-scheme:light dark;--ink:#16181d;--soft:#565d6b;--ground:#f3f4f6;--card:#fff;--line:#e2e4e9;--good:#197a48;--bad:#a4600a;--none:#6b7280}\
@media(prefers-color-scheme:dark){:root{--ink:#eceef2;--soft:#a9b0bc;--ground:#111317;--card:#1a1d23;--line:#2b2f37;--good:#41c083;--bad:#e0a04a;--none:#9aa1ad}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;min-height:100svh;display:grid;place-items:center;padding:1.25rem;background:var(--ground);color:var(--ink);\
font:1.0625rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;text-wrap:balance}\
main{width:100%;max-width:28rem;padding:2.5rem 1.75rem 1.5rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;text-align:center;\
box-shadow:0 1px 2px #0000000a,0 8px 24px #0000000d}\
.mark{width:3.5rem;height:3.5rem;margin:0 auto 1.25rem;border-radius:50%;border:.1875rem solid;display:grid;place-items:center}\
.good{color:var(--good)}.bad{color:var(--bad)}.none{color:var(--none)}\
.mark::after{content:''}\
.good::after{width:.7rem;height:1.35rem;margin-top:-.25rem;border:solid;border-width:0 .1875rem .1875rem 0;transform:rotate(45deg)}\
.bad::after{content:'!';font-size:1.75rem;font-weight:700;line-height:1}\
.none::after{width:1.375rem;border-top:.1875rem solid}\
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.01em}\
p{margin:0;color:var(--soft)}\
footer{margin-top:2rem;padding-top:1.25rem;border-top:1px solid var(--line);font-size:.8125rem;color:var(--soft)}";

/// Allows the style above and nothing else. The hash is that of its text.
const POLICY: &str = "default-src 'none'; style-src 'sha256-nRTo2vdme9wIEuq6Ad/lMoaW2s+yF0tR3Lt+921rypY='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
