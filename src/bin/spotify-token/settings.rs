//! From flags to a client: what the command line sets, and where the client secret comes from.

use std::fs::File;
use std::io;
use std::path::Path;

use spotify_token::{
    Client, Code, Config, Environment, Error, OPTIONS, Secret, Settings, find_lone_id, read_credential,
};

use crate::cli::Flags;
use crate::exit::Exit;
use crate::prompt;

/// Makes a client with the options of the command line.
pub fn client(flags: Flags) -> Result<Client, Exit> {
    Ok(Client::new(&config(flags)?, flags.verbosity().logger())?)
}

/// Returns the options that the command line sets.
pub fn config(flags: Flags) -> Result<Config, Exit> {
    let mut config = Config::new();
    let is_set = std::env::var_os("SPOTIFY_CACHE").is_some_and(|value| !value.is_empty());
    if !is_set {
        // Each run is a process of its own: with the library's default, memory, each would ask the server.
        config.set("cache", "file")?;
    }
    for row in &OPTIONS {
        let Some(value) = flags.option(row) else { continue };
        let flag = row.name.replace('_', "-");
        let text = value
            .to_str()
            .ok_or_else(|| Exit::Usage(format!("spotify-token: --{flag} is not UTF-8 text")))?;
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

/// Asks for a missing secret, if there is an id that it belongs to.
fn ask_for_secret(config: &mut Config) -> Result<(), Exit> {
    let environment = Environment::of_process();
    let settings = Settings::resolve(config, &environment)?;
    let Some(client_id) = find_lone_id(&settings, &environment) else {
        return Ok(());
    };
    let secret = prompt::secret(client_id.expose()).map_err(|error| {
        Error::new(
            Code::MissingCredentials,
            format!("cannot read the client secret from the terminal: {error}"),
        )
        .advise("Name a file that holds it with --client-secret-file")
    })?;
    if let Some(secret) = secret {
        config.set("client_id", client_id.expose())?;
        config.set("client_secret", secret.expose())?;
    }
    Ok(())
}

/// Reads the secret from a file, or from stdin.
fn secret_in(path: &Path) -> Result<Secret, Error> {
    let read = if path == Path::new("-") {
        read_credential(io::stdin().lock())
    } else {
        File::open(path)
            .map_err(|error| error.to_string())
            .and_then(read_credential)
    };
    read.map_err(|error| {
        Error::new(
            Code::File,
            format!("cannot read {}, named by --client-secret-file: {error}", path.display()),
        )
        .advise("Correct the path, or make the file readable")
    })
}
