//! From flags to a client: what the command line sets, and where its secret comes from.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use spotify_token::{Client, Code, Config, Error, Logger, OPTIONS, Secret, read_credential};

use crate::cli;
use crate::exit::Failure;

/// A client as the flags want it; those after the verb come before those in front of it.
pub fn client(before: &ArgMatches, after: Option<&ArgMatches>) -> Result<Client, Failure> {
    let mut config = Config::new();
    let cached_elsewhere = std::env::var_os("SPOTIFY_CACHE").is_some_and(|value| !value.is_empty());
    if !cached_elsewhere {
        // A command that starts anew each time would ask the server each time.
        config.set("cache", "file")?;
    }
    for row in &OPTIONS {
        let known = |matches: &&ArgMatches| matches.try_contains_id(row.name).is_ok();
        let given = after
            .into_iter()
            .chain([before])
            .filter(known)
            .find_map(|matches| cli::value(matches, row));
        if let Some(value) = given {
            let flag = row.name.replace('_', "-");
            let text = value
                .to_str()
                .ok_or_else(|| Failure::Usage(format!("spotify-token: --{flag} is not UTF-8 text")))?;
            config.set(row.name, text)?;
        }
    }
    let path = |matches: &ArgMatches| matches.get_one::<PathBuf>(cli::CLIENT_SECRET_FILE).cloned();
    if let Some(path) = after.and_then(path).or_else(|| path(before)) {
        config.set("client_secret", secret_in(&path)?.expose())?;
    }
    Ok(Client::new(&config, Logger::default())?)
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
