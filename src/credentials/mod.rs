//! Where the id and the secret come from: one file per source, and the chain over them. The first source that has either
//! half counts; a half is never completed from a later source.

mod assignments;
mod dotenv;
mod encoding;
mod explicit;
mod file;
mod systemd;
mod validate;
mod variables;

use std::fmt::Display;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::config::Settings;
use crate::config::environment::Environment;
use crate::config::table::CREDENTIALS;
use crate::display;
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

use file::Limits;

pub use file::{read_from as read_credential, read_named as read_credential_file};

/// The id and the secret of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Identifies the app. It is not a secret, but people swap the two, so `Debug` hides it as well.
    pub client_id: Secret,
    /// Proves the app's identity.
    pub client_secret: Secret,
    /// Where the two were found, for people.
    pub source: String,
}

impl Credentials {
    /// Makes a pair of the arguments of a call; `None` when neither was passed.
    ///
    /// # Errors
    /// `MissingCredentials` for half a pair, `MalformedCredentials` for a text that cannot be a credential.
    pub fn from_arguments(client_id: Option<&str>, client_secret: Option<&str>) -> Result<Option<Credentials>, Error> {
        explicit::arguments(client_id, client_secret)
            .map(Partial::complete)
            .transpose()
    }

    /// Says what is unusual about the pair, without showing any of it; `None` for the usual shape. Spotify promises no
    /// shape, so this is worth a warning and never an error.
    pub fn warning(&self) -> Option<String> {
        validate::warning(self)
    }
}

/// An app that has a client id and no secret to keep (RFC 6749, section 2.1): what a user's token needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicClient {
    /// Identifies the app.
    pub client_id: Secret,
    /// Where it was found, for people.
    pub source: String,
}

impl PublicClient {
    /// Says what is unusual about the client id, as for [`Credentials::warning`].
    pub fn warning(&self) -> Option<String> {
        validate::warning_of_id(&self.client_id)
    }
}

/// What a lookup of credentials found.
#[derive(Clone, Debug)]
pub enum Found {
    /// An id and a secret.
    Pair(Credentials),
    /// An id without a secret, and why that is an error. A program can ask a person for the secret.
    IdAlone(Secret, Error),
}

/// Finds the credentials: in the options, the environment, systemd's directory, the dotenv file. Each file is read once. A
/// pipe may make this wait for the time `allowed`, or until `cancel` is used.
///
/// # Errors
/// `MissingCredentials` with a list of what was looked at, or with the half that is missing; `MalformedCredentials` with
/// the source and what is wrong; `File` for a file that was named and cannot be read; `Timeout`; `Cancelled`.
pub fn find(
    settings: &Settings,
    environment: &Environment,
    allowed: Duration,
    cancel: &Cancel,
) -> Result<Credentials, Error> {
    match find_any(settings, environment, allowed, cancel)? {
        Found::Pair(credentials) => Ok(credentials),
        Found::IdAlone(_, error) => Err(error),
    }
}

/// The same, for a program that can ask a person for a secret that is missing.
///
/// # Errors
/// As for [`find`].
pub fn find_any(
    settings: &Settings,
    environment: &Environment,
    allowed: Duration,
    cancel: &Cancel,
) -> Result<Found, Error> {
    let mut looked = Looked::default();
    let limits = Limits::new(allowed, cancel);
    let partial = first(settings, environment, Wanted::Either, limits, &mut looked)?;
    let Some(partial) = partial else {
        return Err(looked.nothing_found(environment));
    };
    let id = partial.usable_id();
    match (partial.complete(), id) {
        (Ok(credentials), _) => Ok(Found::Pair(credentials)),
        (Err(error), _) if error.kind() != ErrorKind::MissingCredentials => Err(error),
        (Err(error), Some(id)) => Ok(Found::IdAlone(id, looked.half_missing(&error))),
        (Err(error), None) => Err(looked.half_missing(&error)),
    }
}

/// Finds the client id alone, in the same places. No secret is looked for.
///
/// # Errors
/// As for [`find`].
pub fn find_client_id(
    settings: &Settings,
    environment: &Environment,
    allowed: Duration,
    cancel: &Cancel,
) -> Result<PublicClient, Error> {
    let mut looked = Looked::default();
    let limits = Limits::new(allowed, cancel);
    match first(settings, environment, Wanted::Id, limits, &mut looked)? {
        Some(partial) => partial.public_client(),
        None => Err(looked.no_client_id(environment)),
    }
}

/// What a source has to have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The id or the secret.
    Either,
    /// The id. The secret is not read.
    Id,
}

/// Returns what the first source has that has what is wanted.
fn first(
    settings: &Settings,
    environment: &Environment,
    wanted: Wanted,
    limits: Limits,
    looked: &mut Looked,
) -> Result<Option<Partial>, Error> {
    if let Some(found) = explicit::find(settings, wanted) {
        return Ok(Some(found));
    }
    if !environment.is_untrusted() {
        if let Some(found) = variables::find(environment, wanted, limits, looked)? {
            return Ok(Some(found));
        }
        if let Some(found) = systemd::find(environment, wanted, limits, looked)? {
            return Ok(Some(found));
        }
    }
    dotenv::find(&settings.dotenv, environment, wanted, limits, looked)
}

/// Finds the credentials in the content of a dotenv file, for the fuzzer.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn from_dotenv(
    path: &std::path::Path,
    content: &[u8],
    environment: &Environment,
) -> Result<Option<Credentials>, Error> {
    let file = dotenv::parse(path, content, environment).map_err(|failure| failure.named(path, "the test"))?;
    file.find(Wanted::Either)?.map(Partial::complete).transpose()
}

/// The id and the secret as a source has them, unchecked. One of the two may be missing.
struct Partial {
    source: String,
    id: Half,
    secret: Half,
}

impl Partial {
    /// Makes a pair of two halves; `None` when both are missing.
    fn new(source: impl AsRef<str>, id: Half, secret: Half) -> Option<Partial> {
        let has_either = id.value.is_some() || secret.value.is_some();
        has_either.then(|| Partial {
            source: display::one_line(source.as_ref()),
            id,
            secret,
        })
    }

    /// Makes one of the id alone; `None` when it is missing.
    fn of_id(source: impl AsRef<str>, id: Half) -> Option<Partial> {
        Partial::new(source, id, Half::new("", None))
    }

    /// Returns the id, if it can be one.
    fn usable_id(&self) -> Option<Secret> {
        let id = self.id.value.as_ref()?;
        validate::check("client id", id, &self.id.name).ok()?;
        Some(id.clone())
    }

    fn public_client(self) -> Result<PublicClient, Error> {
        let client_id = self.id.value.expect("an id was wanted");
        validate::check("client id", &client_id, &self.id.name)?;
        Ok(PublicClient {
            client_id,
            source: self.source,
        })
    }

    fn complete(self) -> Result<Credentials, Error> {
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
            (Some(_), None) => Err(half_missing("client secret", &secret.name, &id.name)),
            (None, _) => Err(half_missing("client id", &id.name, &secret.name)),
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

fn half_missing(what: &str, name: &str, name_of_other: &str) -> Error {
    let what = format!("the {what} is missing: {name_of_other} is set, but {name} is not set or is empty");
    Error::new(ErrorKind::MissingCredentials, what)
        .advise(format!("Set {name}: id and secret must come from the same source"))
}

/// Where credentials were looked for, and what was nearly right there.
#[derive(Default)]
struct Looked {
    places: Vec<String>,
    near_misses: Vec<NearMiss>,
}

/// Something that was probably meant to be a credential: what was seen, and what to do.
#[derive(Clone)]
struct NearMiss {
    what: String,
    advice: String,
}

impl NearMiss {
    /// A name that other libraries use.
    fn another_library(what: &str, name: &str) -> NearMiss {
        let is_secret = name.contains("SECRET") || name.contains("KEY");
        let (id, secret) = CREDENTIALS[0];
        NearMiss {
            what: format!("{what}, a name of another library"),
            advice: format!("Use {} instead", if is_secret { secret } else { id }),
        }
    }
}

impl Looked {
    fn at(&mut self, place: impl Display) {
        self.places.push(place.to_string());
    }

    fn nothing_found(&self, environment: &Environment) -> Error {
        let (id, secret) = CREDENTIALS[1];
        let set = format!("Set {id} and {secret} to those");
        self.not_found(
            "no Spotify credentials found",
            &set,
            "the options client_id and client_secret",
            environment,
        )
    }

    fn no_client_id(&self, environment: &Environment) -> Error {
        let set = format!("Set {} to that", CREDENTIALS[1].0);
        self.not_found("no client id found", &set, "the option client_id", environment)
    }

    fn not_found(&self, what: &str, set: &str, options: &str, environment: &Environment) -> Error {
        let mut what = what.to_owned();
        if !self.places.is_empty() {
            what += " in ";
            what += &self.places.join(", ");
        }
        if environment.is_untrusted() {
            what += ". This process has more rights than its caller (set-uid, set-gid or capabilities), so environment \
                     variables and .env are not read";
        }
        let advice: Vec<&str> = self
            .near_misses
            .iter()
            .map(|near_miss| near_miss.advice.as_str())
            .collect();
        let advice = match advice.as_slice() {
            _ if environment.is_untrusted() => format!("Set {options}"),
            [] => format!("{set} of an app from https://developer.spotify.com/dashboard"),
            advice => advice.join(". "),
        };
        Error::new(ErrorKind::MissingCredentials, self.with_near_misses(&what)).advise(advice)
    }

    fn half_missing(&self, error: &Error) -> Error {
        Error::new(error.kind(), self.with_near_misses(error.what())).advise(error.advice())
    }

    fn with_near_misses(&self, what: &str) -> String {
        let near_misses = self.near_misses.iter().map(|near_miss| near_miss.what.as_str());
        let whats: Vec<&str> = std::iter::once(what).chain(near_misses).collect();
        whats.join("; ")
    }
}

#[cfg(test)]
mod tests;
