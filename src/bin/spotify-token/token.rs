//! The verbs that print a token: `token`, `json`, `header`.

use clap::ArgMatches;
use serde::Serialize;
use spotify_token::{SharedToken, Token};

use crate::cli;
use crate::exit::Failure;
use crate::{output, settings};

/// How the token is printed.
#[derive(Clone, Copy)]
pub enum Form {
    /// The access token alone.
    Token,
    /// What the server granted, with the time that is left.
    Json,
    /// A header line.
    Header,
}

/// Gets a token and prints it.
pub fn run(form: Form, before: &ArgMatches, after: Option<&ArgMatches>) -> Result<(), Failure> {
    let client = settings::client(before, after)?;
    let refresh = |matches: &ArgMatches| matches.get_flag(cli::REFRESH);
    if refresh(before) || after.is_some_and(refresh) {
        client.invalidate(None);
    }
    let token: SharedToken = client.token()?;
    let text = match form {
        Form::Token => format!("{}\n", token.access_token()),
        Form::Json => granted(&token, client.expires_in(&token)).json() + "\n",
        Form::Header => format!("Authorization: {}\n", token.authorization()),
    };
    output::answer(&zeroize::Zeroizing::new(text))
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
