//! The verb `logout`: forgets a login on this machine.

use spotify_token::unstable::{self, Environment, Settings};

use crate::cli::Flags;
use crate::exit::Exit;
use crate::terminal::while_waiting_for;
use crate::{output, settings};

/// Removes the login of the account.
pub fn run(flags: Flags) -> Result<(), Exit> {
    let config = settings::for_user(flags)?;
    let account = Settings::resolve(&config, &Environment::from_process())?.account;
    let text = if while_waiting_for("the lock of the login", || unstable::logout(&config))? {
        format!(
            "The login of account {account} is forgotten here. To end it at Spotify as well, remove the app on\n\
             https://www.spotify.com/account/apps\n"
        )
    } else {
        format!("Account {account} was not logged in.\n")
    };
    output::write(&text)
}
