//! The pages that a browser shows: consent, and errors. They have no script, load nothing, and may be in no frame.

use std::fmt::Write;

use super::reply::Reply;
use super::scopes;

/// The page on which the user agrees or cancels.
pub(super) fn consent(client_id: &str, scopes: &[String], ticket: &str) -> Reply {
    let mut list = String::new();
    for scope in scopes {
        let meaning = scopes::meaning(scope).unwrap_or_default();
        let _ = writeln!(list, "<li>{}<br><code>{}</code></li>", escaped(meaning), escaped(scope));
    }
    if scopes.is_empty() {
        list += "<li>See what is public about you</li>\n";
    }
    let body = format!(
        "<p class=\"note\">A stand-in for Spotify, for tests. No account is involved.</p>\n\
         <h1>An app asks for access to your account</h1>\n\
         <p>Client id: <code>{}</code></p>\n\
         <p>If you agree, it will be able to:</p>\n\
         <ul>\n{list}</ul>\n\
         <form method=\"post\" action=\"/authorize\">\n\
         <input type=\"hidden\" name=\"ticket\" value=\"{}\">\n\
         <button id=\"agree\" name=\"decision\" value=\"agree\">Agree</button>\n\
         <button id=\"cancel\" name=\"decision\" value=\"cancel\">Cancel</button>\n\
         </form>\n",
        escaped(client_id),
        escaped(ticket)
    );
    page(200, "Access to your account", &body)
}

/// A page that says what is wrong. Nothing goes back to the app.
pub(super) fn error(status: u16, message: &str) -> Reply {
    let body = format!(
        "<p class=\"note\">A stand-in for Spotify, for tests.</p>\n<h1>Error</h1>\n<p id=\"error\">{}</p>\n",
        escaped(message)
    );
    page(status, "Error", &body)
}

fn page(status: u16, title: &str, body: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    );
    // No form-action: it would also have to name where the response to the form leads.
    Reply::text(status, "text/html; charset=utf-8", page)
        .header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        )
        .header("x-frame-options", "DENY")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}\
main{max-width:30rem;margin:2rem auto;padding:0 1.25rem}\
h1{font-size:1.4rem;line-height:1.25}\
.note{font-size:.875rem;border-left:.25rem solid #1a7f45;padding-left:.75rem}\
code{overflow-wrap:anywhere;font-size:.875rem}\
li{margin-bottom:.5rem}\
button{font:inherit;width:100%;padding:.75rem;margin-top:.75rem;border:1px solid;border-radius:2rem;\
background:none;color:inherit;cursor:pointer}\
#agree{background:#1a7f45;border-color:#1a7f45;color:#fff}";

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\'' => html += "&#39;",
            _ => html.push(letter),
        }
    }
    html
}
