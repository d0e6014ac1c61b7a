//! Credentials from environment variables, each half as a value or as the path of a file that holds it.

use std::path::Path;

use super::file::{self, Limits};
use super::{Half, Looked, NearMiss, Partial, Wanted};
use crate::config::Environment;
use crate::config::table::{CREDENTIALS, FILE_SUFFIX, NEAR_MISSES};
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

pub(super) fn find(
    environment: &Environment,
    wanted: Wanted,
    limits: Limits,
    looked: &mut Looked,
) -> Result<Option<Partial>, Error> {
    looked.near_misses.extend(near_miss(environment));
    for (id_name, secret_name) in CREDENTIALS {
        if wanted == Wanted::Id {
            looked.at(id_name);
            let id = half(id_name, environment, limits)?;
            if let Some(found) = Partial::of_id(format!("the environment ({})", id.name), id) {
                return Ok(Some(found));
            }
            continue;
        }
        looked.at(format!("{id_name} and {secret_name}"));
        let id = half(id_name, environment, limits)?;
        let secret = half(secret_name, environment, limits)?;
        let source = format!("the environment ({}, {})", id.name, secret.name);
        if let Some(found) = Partial::new(source, id, secret) {
            return Ok(Some(found));
        }
    }
    looked.at(format!("the same names with {FILE_SUFFIX}"));
    Ok(None)
}

fn near_miss(environment: &Environment) -> Option<NearMiss> {
    if let Some((name, _)) = environment.first_of(&NEAR_MISSES) {
        return Some(NearMiss::another_library(&format!("{name} is set"), name));
    }
    let ours = CREDENTIALS.into_iter().flat_map(|(id, secret)| [id, secret]);
    let (name, ours) = ours.into_iter().find_map(|ours| {
        let in_other_case = |name: &&str| *name != ours && name.eq_ignore_ascii_case(ours);
        Some((environment.names().find(in_other_case)?, ours))
    })?;
    Some(NearMiss {
        what: format!("{name} is set"),
        advice: format!("Write {ours}, in capitals"),
    })
}

fn half(name: &str, environment: &Environment, limits: Limits) -> Result<Half, Error> {
    if let Some(value) = environment.get(name) {
        let text = value.to_str().ok_or_else(|| {
            Error::new(ErrorKind::MalformedCredentials, format!("{name} is not UTF-8 text"))
                .advise("Copy it from the app's page on https://developer.spotify.com/dashboard")
        })?;
        return Ok(Half::new(name, Some(Secret::new(text))));
    }
    let file_name = format!("{name}{FILE_SUFFIX}");
    let value = match environment.get(&file_name) {
        None => return Ok(Half::new(name, None)),
        Some(path) => {
            let path = Path::new(path);
            file::read(path, limits).map_err(|failure| failure.named(path, &file_name))?
        }
    };
    Ok(Half::new(file_name, Some(value)))
}
