//! From flags to a client: what the command line sets, and where the client secret comes from.

use std::io;
use std::path::Path;

use spotify_token::unstable::{
    self, Cancel, Config, Environment, Found, OPTIONS, OptionRow, Secret, Settings, find_any_credentials,
    read_credential, read_credential_file,
};
use spotify_token::{Client, Error, ErrorKind, Grant};

use crate::cli::Flags;
use crate::exit::Exit;
use crate::prompt;

/// Makes a client with the options of the command line.
pub fn client(flags: Flags) -> Result<Client, Exit> {
    Ok(unstable::client(&config(flags)?, flags.verbosity().logger())?)
}

/// Returns the options that the command line sets. Asks for a missing secret, where one is needed.
pub fn config(flags: Flags) -> Result<Config, Exit> {
    let mut config = options(flags)?;
    let settings = Settings::resolve(&config, &Environment::from_process())?;
    if settings.grant == Grant::User {
        return Ok(config);
    }
    if let Some(path) = flags.client_secret_file() {
        config.set("client_secret", secret_in(path, &config)?.expose())?;
    }
    if !flags.no_input() && prompt::is_possible() {
        ask_for_secret(&mut config)?;
    }
    Ok(config)
}

/// Returns the options of a user that the command line sets. No secret is looked for.
pub fn for_user(flags: Flags) -> Result<Config, Exit> {
    let mut config = options(flags)?;
    config.set("grant", "user")?;
    Ok(config)
}

/// Returns the options of the table that the command line sets.
fn options(flags: Flags) -> Result<Config, Exit> {
    let mut config = Config::new();
    if Environment::from_process().get("SPOTIFY_CACHE").is_none() {
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
    let grant = OptionRow::named("grant").expect("it is in the table");
    if flags.is_for_user() && flags.option(grant).is_none() {
        config.set("grant", "user")?;
    }
    Ok(config)
}

/// Asks for a missing secret, if there is an id that it belongs to. Credentials that are found are set, so that a pipe
/// is not read a second time.
fn ask_for_secret(config: &mut Config) -> Result<(), Exit> {
    let environment = Environment::from_process();
    let settings = Settings::resolve(config, &environment)?;
    let client_id = match find_any_credentials(&settings, &environment, settings.timeout, &Cancel::new()) {
        Ok(Found::Pair(found)) => {
            config.set_credentials(&found.client_id, &found.client_secret, &found.source);
            return Ok(());
        }
        Ok(Found::IdAlone(client_id, _)) => client_id,
        Err(error) if error.kind() == ErrorKind::Timeout => return Err(error.into()),
        // The call that needs credentials says it.
        Err(_) => return Ok(()),
    };
    let secret = prompt::secret(client_id.expose()).map_err(|error| {
        unstable::error(
            ErrorKind::MissingCredentials,
            &format!("cannot read the client secret from the terminal: {error}"),
            "Name a file that holds it with --client-secret-file",
        )
    })?;
    if let Some(secret) = secret {
        config.set("client_id", client_id.expose())?;
        config.set("client_secret", secret.expose())?;
    }
    Ok(())
}

/// Reads the secret from a file, within the time of the call, or from stdin.
fn secret_in(path: &Path, config: &Config) -> Result<Secret, Error> {
    if path != Path::new("-") {
        let settings = Settings::resolve(config, &Environment::from_process())?;
        return read_credential_file(path, "--client-secret-file", settings.timeout, &Cancel::new());
    }
    read_credential(io::stdin().lock()).map_err(|error| {
        unstable::error(
            ErrorKind::File,
            &format!("cannot read the client secret from stdin: {error}"),
            "Write the secret to stdin, and nothing else",
        )
    })
}
