//! Where the id and the secret come from: one file a source, one chain over them. The first source that has either
//! half decides; a half is never completed from a later source.

mod dotenv;
mod explicit;
mod file;
mod systemd;
mod validate;
mod variables;

use crate::config::environment::Environment;
use crate::config::{Dotenv, Settings};
use crate::error::{Code, Error};
use crate::secret::Secret;

pub use file::read_from as read_credential;

/// The id and the secret of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Identifies the app. Not a secret, but people swap the two, so `Debug` hides it as well.
    pub client_id: Secret,
    /// Proves that we are the app.
    pub client_secret: Secret,
    /// Where the two were found, for people.
    pub source: String,
}

impl Credentials {
    /// The pair as arguments of a call give it.
    ///
    /// # Errors
    /// `MissingCredentials` for half a pair, `MalformedCredentials` for a text that cannot be one.
    pub fn from_arguments(client_id: Option<&str>, client_secret: Option<&str>) -> Result<Option<Credentials>, Error> {
        explicit::arguments(client_id, client_secret)
            .map(Halves::join)
            .transpose()
    }

    /// What looks odd about the pair, without showing any of it; `None` for the usual validate. Spotify promises no
    /// validate, so this is worth a warning and never an error.
    pub fn warning(&self) -> Option<String> {
        validate::warning(self)
    }
}

/// Finds the credentials: the options, the environment, systemd's directory, the dotenv file.
///
/// # Errors
/// `MissingCredentials` with a list of what was looked at, or with the half that is missing;
/// `MalformedCredentials` with the source and the fault; `File` for a file that was named and cannot be read.
pub fn find(settings: &Settings, environment: &Environment) -> Result<Credentials, Error> {
    let mut dotenv = dotenv::File::default();
    match look(settings, environment, &mut dotenv)? {
        Some(halves) => halves.join(),
        None => Err(nothing_found(settings, environment, &dotenv)),
    }
}

/// The id of an app whose secret is missing, for a program that can ask a person for it; `None` when [`find`] finds a
/// pair, or no id.
pub fn find_lone_id(settings: &Settings, environment: &Environment) -> Option<Secret> {
    let halves = look(settings, environment, &mut dotenv::File::default()).ok()??;
    match halves.secret.value {
        Some(_) => None,
        None => halves.id.value,
    }
}

/// What the first source has that has either half.
fn look(settings: &Settings, environment: &Environment, dotenv: &mut dotenv::File) -> Result<Option<Halves>, Error> {
    let mut found = explicit::find(settings);
    if found.is_none() {
        found = variables::find(environment)?;
    }
    if found.is_none() {
        found = systemd::find(environment)?;
    }
    if found.is_none() {
        *dotenv = dotenv::read(&settings.dotenv, environment)?;
        found = dotenv.find();
    }
    Ok(found)
}

/// The credentials in the content of a dotenv file, for the fuzzer.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn from_dotenv(path: &std::path::Path, content: &[u8]) -> Result<Option<Credentials>, Error> {
    dotenv::parse(path, content)?.find().map(Halves::join).transpose()
}

/// An id and a secret as a source has them, unchecked, and one of the two perhaps missing.
struct Halves {
    source: String,
    id: Half,
    secret: Half,
}

impl Halves {
    /// What a source has, unless it has neither half.
    fn new(source: impl Into<String>, id: Half, secret: Half) -> Option<Halves> {
        let has_either = id.value.is_some() || secret.value.is_some();
        has_either.then(|| Halves {
            source: source.into(),
            id,
            secret,
        })
    }

    fn join(self) -> Result<Credentials, Error> {
        let (id, secret) = (self.id, self.secret);
        match (id.value, secret.value) {
            (Some(client_id), Some(client_secret)) => {
                validate::check("client id", &client_id, &id.name)?;
                validate::check("client secret", &client_secret, &secret.name)?;
                Ok(Credentials {
                    client_id,
                    client_secret,
                    source: self.source,
                })
            }
            (Some(_), None) => Err(half_missing("client id", &id.name, "client secret", &secret.name)),
            (None, _) => Err(half_missing("client secret", &secret.name, "client id", &id.name)),
        }
    }
}

/// One half of a pair: its value, if the source has it, and its name there.
struct Half {
    name: String,
    value: Option<Secret>,
}

impl Half {
    fn new(name: impl Into<String>, value: Option<Secret>) -> Half {
        Half {
            name: name.into(),
            value,
        }
    }
}

fn half_missing(have: &str, have_name: &str, lack: &str, lack_name: &str) -> Error {
    Error::new(
        Code::MissingCredentials,
        format!(
            "the {lack} is missing: {have_name} gives the {have}, but nothing gives {lack_name}, or it is empty. \
             Add it: id and secret have to come from the same place"
        ),
    )
}

fn nothing_found(settings: &Settings, environment: &Environment, dotenv: &dotenv::File) -> Error {
    let mut looked_at = vec![
        "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET".to_owned(),
        "CLIENT_ID and CLIENT_SECRET".to_owned(),
        "the same names with _FILE".to_owned(),
        systemd::description(environment),
    ];
    looked_at.push(match &settings.dotenv {
        Dotenv::Off => "no dotenv file (turned off)".to_owned(),
        Dotenv::Default if !dotenv.exists => ".env (not there)".to_owned(),
        Dotenv::Default => ".env".to_owned(),
        Dotenv::Named(path) => path.display().to_string(),
    });
    let mut message = format!("no Spotify credentials found. Looked at: {}.", looked_at.join(", "));
    let near_misses = [variables::near_miss(environment), dotenv.near_miss()];
    for near_miss in near_misses.into_iter().flatten() {
        message.push(' ');
        message.push_str(&near_miss);
    }
    // Where a message has named one of our names, it stays with it.
    let [own, short] = crate::config::table::CREDENTIALS.map(|(id, secret)| format!("{id} and {secret}"));
    let names = if message.contains("here it is") { own } else { short };
    Error::new(
        Code::MissingCredentials,
        format!("{message} Set {names} to those of an app from https://developer.spotify.com/dashboard"),
    )
}

#[cfg(test)]
mod tests;
