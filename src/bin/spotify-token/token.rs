//! The verbs that print a token: `token`, `json`, `header`, `env`.

use serde::Serialize;
use spotify_token::{Client, SharedToken, Token};
use zeroize::Zeroizing;

use crate::cli::Flags;
use crate::exit::Failure;
use crate::terminal::while_waiting_for;
use crate::{output, settings};

/// Where other commands look for the token.
pub const VARIABLE: &str = "SPOTIFY_ACCESS_TOKEN";

/// How the token is printed.
#[derive(Clone, Copy)]
pub enum Form {
    /// The access token alone.
    Token,
    /// What the server granted, with the time that is left.
    Json,
    /// A header line.
    Header,
    /// A line for a shell.
    Env,
}

/// Gets a token and prints it.
pub fn run(form: Form, flags: Flags) -> Result<(), Failure> {
    let client = settings::client(flags)?;
    let token = ask(&client, flags)?;
    let text = match form {
        Form::Token => format!("{}\n", token.access_token()),
        Form::Json => granted(&token, client.expires_in(&token)).json() + "\n",
        Form::Header => format!("Authorization: {}\n", token.authorization()),
        Form::Env => format!("export {VARIABLE}={}\n", *quoted(token.access_token())),
    };
    output::answer(&Zeroizing::new(text))
}

/// The token that the flags ask for.
pub fn get(flags: Flags) -> Result<SharedToken, Failure> {
    ask(&settings::client(flags)?, flags)
}

fn ask(client: &Client, flags: Flags) -> Result<SharedToken, Failure> {
    let ask = || {
        if flags.refresh() {
            client.renew()
        } else {
            client.token()
        }
    };
    Ok(while_waiting_for("a token", ask)?)
}

/// The token as a word of a shell. Of all that a token may have in it (RFC 6750, section 2.1), a shell takes only the
/// tilde for something else.
fn quoted(token: &str) -> Zeroizing<String> {
    let plain = !token.contains('~');
    Zeroizing::new(if plain { token.to_owned() } else { format!("'{token}'") })
}

/// The dictionary of RFC 6749, section 5.1, and the end of the token.
#[derive(Serialize)]
pub struct Granted<'t> {
    pub access_token: &'t str,
    pub token_type: &'t str,
    pub expires_in: i64,
    pub scope: &'t str,
    pub expires_at: i64,
}

impl Granted<'_> {
    /// On one line, without its end.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

fn granted(token: &Token, expires_in: i64) -> Granted<'_> {
    Granted {
        access_token: token.access_token(),
        token_type: token.token_type(),
        expires_in,
        scope: token.scope(),
        expires_at: token.expires_at(),
    }
}
