//! Credentials that systemd hands to a service (`LoadCredential=`, systemd.exec(5)): two files in
//! `$CREDENTIALS_DIRECTORY`.

use std::path::Path;

use super::{Half, Halves, file};
use crate::config::environment::Environment;
use crate::config::table::CREDENTIALS_DIRECTORY as VARIABLE;
use crate::error::Error;
use crate::secret::Secret;

const NAMES: (&str, &str) = ("spotify_client_id", "spotify_client_secret");

pub(super) fn find(environment: &Environment) -> Result<Option<Halves>, Error> {
    let Some(directory) = environment.get(VARIABLE) else {
        return Ok(None);
    };
    let directory = Path::new(directory);
    Ok(Halves::new(
        "systemd's credentials directory",
        half(directory, NAMES.0)?,
        half(directory, NAMES.1)?,
    ))
}

/// What was looked at, for the message that lists it.
pub(super) fn description(environment: &Environment) -> String {
    match environment.get(VARIABLE) {
        None => "$CREDENTIALS_DIRECTORY (not set)".to_owned(),
        Some(_) => format!("$CREDENTIALS_DIRECTORY/{} and {}", NAMES.0, NAMES.1),
    }
}

fn half(directory: &Path, name: &str) -> Result<Half, Error> {
    let path = directory.join(name);
    let value: Option<Secret> = match path.try_exists() {
        Ok(false) => None,
        Ok(true) | Err(_) => Some(file::read(&path, VARIABLE)?),
    };
    Ok(Half::new(format!("${VARIABLE}/{name}"), value))
}
