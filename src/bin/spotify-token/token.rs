//! The verbs that print a token: `token`, `json`, `header`, `env`.

use serde::Serialize;
use spotify_token::unstable::{self, AccessToken};
use spotify_token::{Client, Token};
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::exit::Exit;
use crate::terminal::while_waiting;
use crate::{output, settings};

/// The variable in which other commands find the token.
pub const VARIABLE: &str = "SPOTIFY_ACCESS_TOKEN";

/// How the token is printed.
#[derive(Clone, Copy)]
pub enum Form {
    /// The access token alone.
    Token,
    /// The token response, with the time that is left.
    Json,
    /// A header line.
    Header,
    /// A line for a shell.
    Env,
}

impl Form {
    /// Returns the token in this form, with a newline at its end.
    pub fn rendered(self, token: &Token, expires_in: i64) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Form::Token => format!("{}\n", token.access_token()),
            Form::Json => printable(unstable::access_token(token), expires_in).json() + "\n",
            Form::Header => format!("Authorization: {}\n", token.authorization()),
            Form::Env => format!("export {VARIABLE}={}\n", *quoted(token.access_token())),
        })
    }

    /// Returns the token in this form for a file. The token alone has no newline: programs that read it send what is there.
    pub fn file_content(self, token: &Token, expires_in: i64) -> Zeroizing<String> {
        match self {
            Form::Token => Zeroizing::new(token.access_token().to_owned()),
            _ => self.rendered(token, expires_in),
        }
    }
}

/// Gets a token and prints it.
pub fn run(form: Form, flags: Flags) -> Result<(), Exit> {
    let client = settings::client(flags)?;
    let token = request(&client, flags)?;
    let text = form.rendered(&token, unstable::expires_in(&client, &token));
    output::write(&text)
}

/// Gets the token that the flags ask for.
pub fn get(flags: Flags) -> Result<Token, Exit> {
    request(&settings::client(flags)?, flags)
}

/// Gets the token that the flags ask for from this client.
pub fn request(client: &Client, flags: Flags) -> Result<Token, Exit> {
    let request = || {
        if flags.refresh() {
            client.refresh()
        } else {
            client.token()
        }
    };
    let asked = client.clone();
    let what = move || {
        if unstable::waits_for_other(&asked) {
            "another process that requests a token"
        } else {
            "a token"
        }
    };
    Ok(while_waiting(what, request)?)
}

/// The token as a word of a shell. Of the characters that a token may have (RFC 6750, section 2.1), only the tilde
/// means something to a shell.
fn quoted(token: &str) -> Zeroizing<String> {
    let is_plain = !token.contains('~');
    Zeroizing::new(if is_plain {
        token.to_owned()
    } else {
        format!("'{token}'")
    })
}

/// The members of a token response (RFC 6749, section 5.1), and when the token expires.
#[derive(Serialize)]
pub struct TokenJson<'t> {
    pub access_token: &'t str,
    pub token_type: &'t str,
    pub expires_in: i64,
    pub scope: &'t str,
    pub expires_at: i64,
}

impl TokenJson<'_> {
    /// On one line, without a newline.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

fn printable(token: &AccessToken, expires_in: i64) -> TokenJson<'_> {
    TokenJson {
        access_token: token.access_token(),
        token_type: token.token_type(),
        expires_in,
        scope: token.scope(),
        expires_at: token.expires_at(),
    }
}
