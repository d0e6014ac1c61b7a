//! Credentials from environment variables, each half as a value or as the name of a file that holds it.

use std::path::Path;

use super::{Half, Halves, file};
use crate::config::environment::Environment;
use crate::config::table::{CREDENTIALS, FILE_SUFFIX, NEAR_MISSES};
use crate::error::{Code, Error};
use crate::secret::Secret;

pub(super) fn find(environment: &Environment) -> Result<Option<Halves>, Error> {
    for (id, secret) in CREDENTIALS {
        let id = half(id, environment)?;
        let secret = half(secret, environment)?;
        let source = format!("the environment ({}, {})", id.name, secret.name);
        if let Some(found) = Halves::new(source, id, secret) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What was nearly right, as a sentence.
pub(super) fn near_miss(environment: &Environment) -> Option<String> {
    let (name, _) = environment.first_of(&NEAR_MISSES)?;
    Some(format!(
        "{name} is set, but that is another library's name: here it is {}.",
        right_name(name)
    ))
}

pub(super) fn right_name(near_miss: &str) -> &'static str {
    let is_secret = near_miss.contains("SECRET") || near_miss.contains("KEY");
    if is_secret {
        "SPOTIFY_CLIENT_SECRET"
    } else {
        "SPOTIFY_CLIENT_ID"
    }
}

fn half(name: &str, environment: &Environment) -> Result<Half, Error> {
    if let Some(value) = environment.get(name) {
        let text = value.to_str().ok_or_else(|| {
            Error::new(
                Code::MalformedCredentials,
                format!("{name} is not UTF-8 text. Set it again, from the app's page on https://developer.spotify.com/dashboard"),
            )
        })?;
        return Ok(Half::new(name, Some(Secret::new(text))));
    }
    let file_name = format!("{name}{FILE_SUFFIX}");
    let value = match environment.get(&file_name) {
        None => return Ok(Half::new(name, None)),
        Some(path) => file::read(Path::new(path), &file_name)?,
    };
    Ok(Half::new(file_name, Some(value)))
}
