//! What the demo prints.

use std::fmt::Write as _;

use spotify_token::stand_in::Received;

use crate::terminal::has_colours;

/// Parameters whose values are not shown.
const SECRETS: [&str; 5] = ["client_secret", "code", "code_verifier", "refresh_token", "state"];

/// The text that is shown, step by step.
pub struct Transcript {
    text: String,
    steps: u32,
    bold: bool,
}

impl Transcript {
    pub fn new() -> Transcript {
        Transcript {
            text: String::new(),
            steps: 0,
            bold: has_colours(&std::io::stdout()),
        }
    }

    pub fn step(&mut self, title: &str) {
        self.steps += 1;
        let (on, off) = if self.bold { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        let gap = if self.steps > 1 { "\n" } else { "" };
        let _ = writeln!(self.text, "{gap}{on}{}. {title}{off}", self.steps);
    }

    pub fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "   {line}");
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// Adds a request as the server received it, without its secrets.
    pub fn request(&mut self, request: &Received) {
        self.line(&format!("{} {}", request.method, request.path));
        for (name, value) in &request.headers {
            let secret = name.eq_ignore_ascii_case("authorization");
            let shown = if secret {
                "Basic [hidden: base64 of id:secret]"
            } else {
                value
            };
            self.line(&format!("{name}: {shown}"));
        }
        self.line("");
        self.line(&without_secrets(&String::from_utf8_lossy(&request.body)));
    }
}

/// A form or a query, with the names of its secrets and without the values.
pub fn without_secrets(form: &str) -> String {
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if SECRETS.contains(&name) => format!("{name}=[hidden]"),
        _ => pair.to_owned(),
    };
    form.split('&').map(shown).collect::<Vec<_>>().join("&")
}
