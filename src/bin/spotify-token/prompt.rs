//! Asks a person for the secret of an app, on the terminal and without echo.

use std::io::{self, IsTerminal, Write};

use spotify_token::unstable::platform::prompt::read_line_without_echo;
use spotify_token::unstable::{Secret, one_line, read_credential, shortened};

/// What is shown of a client id, in characters.
const MAX_SHOWN: usize = 64;

/// Whether there is a person to ask.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for the secret that belongs to this id; `None` when none is given.
pub fn secret(client_id: &str) -> io::Result<Option<Secret>> {
    // The id may come from a file that somebody else wrote.
    let question = format!("Client secret of {}: ", shortened(&one_line(client_id), MAX_SHOWN));
    io::stderr().write_all(question.as_bytes())?;
    let line = read_line_without_echo(question)?;
    // The newline that was typed was not echoed.
    writeln!(io::stderr())?;
    let secret = read_credential(&line[..]).map_err(io::Error::other)?;
    Ok(Some(secret).filter(|secret| !secret.expose().is_empty()))
}
