//! What the command, the tests, the benches and the fuzzer of this repository need from the inside. Nothing here is promised:
//! it may change in every release.

pub use crate::cancel::Cancel;
pub use crate::client::Parts;
pub use crate::clock::{Clock, Moment, SystemClock};
pub use crate::config::{
    Config, Dotenv, Endpoint, Environment, OptionKey, RedirectUri, Row as OptionRow, Settings, TABLE as OPTIONS,
    leads_to_secret,
};
pub use crate::credentials::{
    Credentials, Found, PublicClient, find as find_credentials, find_any as find_any_credentials, find_client_id,
    read_credential, read_credential_file,
};
pub use crate::display::{one_line, shortened};
pub use crate::error::{EXIT_STATUSES, ExitStatus, Row as ErrorRow, TABLE as ERRORS};
pub use crate::fetch::Fetch;
pub use crate::log::{LogFn, Logger};
pub use crate::protocol::grant::AuthorizationGrant;
pub use crate::protocol::request::Request;
pub use crate::protocol::response::Response;
pub use crate::protocol::token::{Token as AccessToken, TokenResponse};
pub use crate::secret::Secret;
pub use crate::stats::{Counters, Stat};
pub use crate::transport::{Exchange, Hop, HttpTransport, Progress, Stage, Trace, Transport};

/// The C functions.
pub mod ffi {
    pub use crate::ffi::*;
}

/// What the command needs of the system.
#[cfg(feature = "cli")]
pub mod platform {
    pub use crate::platform::command::*;
}

/// Where logins are kept.
pub mod logins {
    pub use crate::logins::record::WARNED_BEFORE;
    pub use crate::logins::{Listed, LoginKey, LoginLock, LoginStore, Record, open};
    pub use crate::store::StoreError;
}

/// The properties that the fuzzer checks.
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing {
    pub use crate::fuzzing::*;
}

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::token::Token;

/// Makes an error: what went wrong, and what to do about it.
pub fn error(kind: ErrorKind, what: &str, advice: &str) -> Error {
    Error::new(kind, what).advise(advice)
}

/// Returns what the table has about a kind of error.
pub fn row(kind: ErrorKind) -> &'static ErrorRow {
    kind.row()
}

/// Creates a client from options that were set by name.
///
/// # Errors
/// `InvalidArgument` for an environment variable with an invalid value.
pub fn client(config: &Config, log: Logger) -> Result<Client, Error> {
    Client::new(config, log)
}

/// Begins a login with options that were set by name.
///
/// # Errors
/// Those of [`ClientBuilder::login`](crate::ClientBuilder::login).
pub fn login(config: &Config, log: &Logger) -> Result<crate::Login, Error> {
    crate::Login::new(config, log)
}

/// Forgets the login of the account that the options name. Returns whether there was one.
///
/// # Errors
/// Those of [`ClientBuilder::logout`](crate::ClientBuilder::logout).
pub fn logout(config: &Config) -> Result<bool, Error> {
    crate::logins::account::logout(config)
}

/// Returns all logins.
///
/// # Errors
/// Those of [`ClientBuilder::accounts`](crate::ClientBuilder::accounts).
pub fn accounts(config: &Config) -> Result<Vec<Result<crate::Account, Error>>, Error> {
    crate::logins::account::accounts(config)
}

/// Returns the login that the options name, if there is one.
///
/// # Errors
/// Those of the options, of the client id, and of the place.
pub fn account(config: &Config) -> Result<Option<crate::Account>, Error> {
    crate::logins::account::account(config)
}

/// Returns the login of an account of this app, if there is one, and whether it could be locked and written.
///
/// # Errors
/// That of the place.
pub fn examine_login(
    settings: &Settings,
    environment: &Environment,
    client_id: &Secret,
) -> Result<(Option<crate::Account>, bool), Error> {
    crate::logins::account::examine(settings, environment, client_id)
}

/// Returns whether a call of a client waits for another process that makes the same request.
pub fn waits_for_other(client: &Client) -> bool {
    client.waits_for_other()
}

/// Returns a figure of a client as C has it.
pub fn stat(client: &Client, stat: Stat) -> u64 {
    client.stat(stat)
}

/// Creates a client from its parts.
pub fn client_from(parts: Parts) -> Client {
    Client::from_parts(parts)
}

/// Removes a rejected access token from the caches of a client; `None` removes whichever is there.
pub fn invalidate(client: &Client, rejected_access_token: Option<&str>) {
    client.invalidate_text(rejected_access_token);
}

/// Returns the token in the store of a client, if it has not expired; `None` when tokens are kept in memory only. For diagnosis: it
/// is not counted, and the client does not use it.
///
/// # Errors
/// That of the credentials, which name the stored token, or of the store.
pub fn stored(client: &Client) -> Result<Option<Token>, Error> {
    client.stored()
}

/// Names the store of a client for people; `None` when tokens are kept in memory only.
pub fn store_name(client: &Client) -> Option<String> {
    client.store_name()
}

/// Returns the whole seconds until a token expires, rounded up, by the clocks of a client.
pub fn expires_in(client: &Client, token: &Token) -> i64 {
    client.expires_in(token.inner())
}

/// Returns this moment, by the system's clocks.
pub fn now() -> Moment {
    SystemClock.now()
}

/// Returns what a token is made of.
pub fn access_token(token: &Token) -> &AccessToken {
    token.inner()
}
