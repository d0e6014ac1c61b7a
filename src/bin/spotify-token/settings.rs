//! From flags to a client: what the command line sets, and where its secret comes from.

use std::fs::File;
use std::io;
use std::path::Path;

use spotify_token::{
    Client, Code, Config, Environment, Error, Logger, OPTIONS, Secret, Settings, find_lone_id, read_credential,
};

use crate::cli::Flags;
use crate::exit::Failure;
use crate::prompt;

/// A client as the flags want it.
pub fn client(flags: Flags) -> Result<Client, Failure> {
    Ok(Client::new(&config(flags)?, Logger::default())?)
}

/// What the flags set.
pub fn config(flags: Flags) -> Result<Config, Failure> {
    let mut config = Config::new();
    let cached_elsewhere = std::env::var_os("SPOTIFY_CACHE").is_some_and(|value| !value.is_empty());
    if !cached_elsewhere {
        // A command that starts anew each time would ask the server each time.
        config.set("cache", "file")?;
    }
    for row in &OPTIONS {
        let Some(value) = flags.option(row) else { continue };
        let flag = row.name.replace('_', "-");
        let text = value
            .to_str()
            .ok_or_else(|| Failure::Usage(format!("spotify-token: --{flag} is not UTF-8 text")))?;
        config.set(row.name, text)?;
    }
    if let Some(path) = flags.client_secret_file() {
        config.set("client_secret", secret_in(path)?.expose())?;
    }
    if !flags.no_input() && prompt::is_possible() {
        ask_for_secret(&mut config)?;
    }
    Ok(config)
}

/// Asks for a secret that is missing, if there is an id and a person to be asked.
fn ask_for_secret(config: &mut Config) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let settings = Settings::resolve(config, &environment)?;
    let Some(client_id) = find_lone_id(&settings, &environment) else {
        return Ok(());
    };
    let secret = prompt::secret(client_id.expose()).map_err(|fault| {
        Error::new(
            Code::MissingCredentials,
            format!("the terminal gave no client secret: {fault}"),
        )
    })?;
    if let Some(secret) = secret {
        config.set("client_id", client_id.expose())?;
        config.set("client_secret", secret.expose())?;
    }
    Ok(())
}

/// The secret in a file, or on stdin.
fn secret_in(path: &Path) -> Result<Secret, Error> {
    let read = if path == Path::new("-") {
        read_credential(io::stdin().lock())
    } else {
        File::open(path)
            .map_err(|error| error.to_string())
            .and_then(read_credential)
    };
    read.map_err(|fault| {
        Error::new(
            Code::File,
            format!(
                "cannot read {}, which --client-secret-file names: {fault}",
                path.display()
            ),
        )
    })
}
