//! Credentials that systemd passes to a service (`LoadCredential=`, systemd.exec(5)): two files in
//! `$CREDENTIALS_DIRECTORY`. A service that starts a login shell leaves the variable behind for another user, so what cannot
//! be read is skipped.

use std::path::Path;

use super::file::{self, Failure, Limits};
use super::{Half, Looked, Partial, Wanted};
use crate::config::Environment;
use crate::config::table::CREDENTIALS_DIRECTORY as VARIABLE;
use crate::error::Error;

const NAMES: (&str, &str) = ("spotify_client_id", "spotify_client_secret");

pub(super) fn find(
    environment: &Environment,
    wanted: Wanted,
    limits: Limits,
    looked: &mut Looked,
) -> Result<Option<Partial>, Error> {
    let Some(directory) = environment.get(VARIABLE) else {
        looked.at(format!("${VARIABLE} (not set)"));
        return Ok(None);
    };
    let directory = Path::new(directory);
    let id = half(directory, NAMES.0, limits)?;
    if wanted == Wanted::Id {
        looked.at(match &id.unreadable {
            Some(reason) => format!("${VARIABLE}/{} (cannot be read: {reason})", NAMES.0),
            None => format!("${VARIABLE}/{}", NAMES.0),
        });
        return Ok(Partial::of_id("systemd's credentials directory", id.half));
    }
    let secret = half(directory, NAMES.1, limits)?;
    let named = format!("${VARIABLE}/{} and {}", NAMES.0, NAMES.1);
    looked.at(match id.unreadable.as_ref().or(secret.unreadable.as_ref()) {
        Some(reason) => format!("{named} (cannot be read: {reason})"),
        None => named,
    });
    Ok(Partial::new("systemd's credentials directory", id.half, secret.half))
}

/// A half, and why its file cannot be read if that is so.
struct Found {
    half: Half,
    unreadable: Option<String>,
}

fn half(directory: &Path, name: &str, limits: Limits) -> Result<Found, Error> {
    let path = directory.join(name);
    let (value, unreadable) = match file::read(&path, limits) {
        Ok(value) => (Some(value), None),
        Err(Failure::Missing) => (None, None),
        Err(Failure::Unreadable(reason)) => (None, Some(reason)),
        Err(failure) => return Err(failure.named(&path, VARIABLE)),
    };
    let name = match &unreadable {
        None => format!("${VARIABLE}/{name}"),
        Some(reason) => format!("${VARIABLE}/{name} (cannot be read: {reason})"),
    };
    Ok(Found {
        half: Half::new(name, value),
        unreadable,
    })
}
