//! Options of a client or a login, for a Rust program.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::config::{Cache, Config, Grant, Logins, OptionKey, Proxy};
use crate::error::Error;
use crate::log::{Level, Logger};
use crate::login::Login;
use crate::logins::account::{self, Account};

/// Sets the options of a [`Client`]. An option that is not set is read from its environment variable, or has its default: see
/// the table of options in the README.
///
/// An invalid value is reported by [`build`](ClientBuilder::build).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    config: Config,
    log: Logger,
    /// The first invalid value.
    error: Option<Error>,
}

impl Client {
    /// Returns a builder, to set options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// Sets the client id and the client secret of the app. Without them they are discovered: in the environment, in systemd's
    /// credentials, or in the file `.env`.
    pub fn credentials(self, client_id: &str, client_secret: &str) -> ClientBuilder {
        self.text(OptionKey::ClientId, client_id)
            .text(OptionKey::ClientSecret, client_secret)
    }

    /// Sets the token endpoint: `https`, or `http` on a loopback address.
    pub fn token_url(self, url: &str) -> ClientBuilder {
        self.text(OptionKey::TokenUrl, url)
    }

    /// Sets the time limit for one call, including all attempts and waits. In whole milliseconds, from 1 ms to one day.
    pub fn timeout(self, timeout: Duration) -> ClientBuilder {
        self.text(OptionKey::TimeoutMs, &timeout.as_millis().to_string())
    }

    /// Sets the time limit for one request, from name lookup to last byte. In whole milliseconds, from 1 ms to one day.
    pub fn attempt_timeout(self, timeout: Duration) -> ClientBuilder {
        self.text(OptionKey::AttemptTimeoutMs, &timeout.as_millis().to_string())
    }

    /// Sets the maximum number of retries, from 0 to 100.
    pub fn max_retries(self, retries: u32) -> ClientBuilder {
        self.text(OptionKey::MaxRetries, &retries.to_string())
    }

    /// Sets how long before it expires the token is refreshed in the background. In whole seconds, at most a year; at most
    /// half the lifetime of the token has an effect.
    pub fn refresh_before(self, time: Duration) -> ClientBuilder {
        self.text(OptionKey::RefreshBeforeS, &time.as_secs().to_string())
    }

    /// Sets the minimum remaining lifetime of a returned token. In whole seconds, at most a year; at most a tenth of the
    /// lifetime of the token has an effect.
    pub fn min_ttl(self, time: Duration) -> ClientBuilder {
        self.text(OptionKey::MinTtlS, &time.as_secs().to_string())
    }

    /// Sets how to reach the server.
    pub fn proxy(mut self, proxy: Proxy) -> ClientBuilder {
        self.config.set_proxy(proxy);
        self
    }

    /// Sets a PEM file of CA certificates to trust instead of the system's.
    pub fn ca_file(self, path: impl AsRef<Path>) -> ClientBuilder {
        self.value(OptionKey::CaFile, path.as_ref().as_os_str())
    }

    /// Sets where tokens are cached.
    pub fn cache(mut self, cache: Cache) -> ClientBuilder {
        let result = self.config.set_cache(cache);
        self.note(result);
        self
    }

    /// Sets the `User-Agent` header of the request.
    pub fn user_agent(self, text: &str) -> ClientBuilder {
        self.text(OptionKey::UserAgent, text)
    }

    /// Sets whom tokens speak for: the app, which is the default, or a user who has logged in. For a user, the client id of the
    /// app is enough.
    pub fn grant(self, grant: Grant) -> ClientBuilder {
        let name = match grant {
            Grant::App => "app",
            Grant::User => "user",
        };
        self.text(OptionKey::Grant, name)
    }

    /// Sets the client id of the app, for tokens of users.
    pub fn client_id(self, client_id: &str) -> ClientBuilder {
        self.text(OptionKey::ClientId, client_id)
    }

    /// Sets which login to use: a name of 1 to 64 of the characters `A-Z a-z 0-9 . _ @ -`.
    pub fn account(self, name: &str) -> ClientBuilder {
        self.text(OptionKey::Account, name)
    }

    /// Sets the scopes to log in for, or that the token of a user must have, separated by spaces (RFC 6749, section 3.3).
    pub fn scope(self, scope: &str) -> ClientBuilder {
        self.text(OptionKey::Scope, scope)
    }

    /// Sets the redirect URI, as it is registered for the app: `http` on `127.0.0.1` or `[::1]`. Without a port, a free one is
    /// chosen at each login, which Spotify accepts.
    pub fn redirect_uri(self, uri: &str) -> ClientBuilder {
        self.text(OptionKey::RedirectUri, uri)
    }

    /// Sets the authorization endpoint: `https`, or `http` on a loopback address.
    pub fn authorize_url(self, url: &str) -> ClientBuilder {
        self.text(OptionKey::AuthorizeUrl, url)
    }

    /// Sets where logins are kept.
    pub fn logins(mut self, logins: Logins) -> ClientBuilder {
        let result = self.config.set_logins(logins);
        self.note(result);
        self
    }

    /// Sets a refresh token that the program keeps itself, such as in a server's database. No login is stored or read then.
    /// `on_new` receives each new refresh token, from any thread and before anybody gets the access token that came with it:
    /// keep it in place of the old one, which may be revoked.
    pub fn refresh_token(mut self, token: &str, on_new: impl Fn(&str) + Send + Sync + 'static) -> ClientBuilder {
        self.config.set_refresh_token_fn(Some(Arc::new(on_new)));
        self.text(OptionKey::RefreshToken, token)
    }

    /// Sets a function that receives log messages, from any thread. No lock is held during the call. It is not called after
    /// the last clone of the client was dropped.
    pub fn logger(mut self, function: impl Fn(Level, &str) + Send + Sync + 'static) -> ClientBuilder {
        self.log = Logger::new(function);
        self
    }

    /// Sets an option by its name, as in the table of options.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for an unknown name or an invalid value.
    pub fn set(mut self, name: &str, value: &str) -> Result<ClientBuilder, Error> {
        self.config.set(name, value)?;
        Ok(self)
    }

    /// Creates the client. Reads the environment, but does no I/O: credentials are discovered when a token is requested.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for an option or an environment variable with an invalid value.
    pub fn build(self) -> Result<Client, Error> {
        match self.error {
            Some(error) => Err(error),
            None => Client::new(&self.config, self.log),
        }
    }

    /// Begins a login of a user: makes what protects it, and listens on loopback for the browser. Opens no browser.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid value, `MissingCredentials` without a client id, `Connect` when the port of the redirect URI
    /// is in use, and the error of the place for logins when nothing can be stored there.
    pub fn login(self) -> Result<Login, Error> {
        match self.error {
            Some(error) => Err(error),
            None => Login::new(&self.config, &self.log),
        }
    }

    /// Forgets the login of the account. Returns whether there was one. Blocks for at most the timeout.
    ///
    /// # Errors
    /// Why the login could not be removed.
    pub fn logout(self) -> Result<bool, Error> {
        match self.error {
            Some(error) => Err(error),
            None => account::logout(&self.config),
        }
    }

    /// Returns all logins that are kept in one place, of every app, and an error for each that cannot be read.
    ///
    /// # Errors
    /// Why the place cannot be read.
    pub fn accounts(self) -> Result<Vec<Result<Account, Error>>, Error> {
        match self.error {
            Some(error) => Err(error),
            None => account::accounts(&self.config),
        }
    }

    fn text(self, key: OptionKey, value: &str) -> ClientBuilder {
        self.value(key, OsStr::new(value))
    }

    fn value(mut self, key: OptionKey, value: &OsStr) -> ClientBuilder {
        let result = self.config.set_value(key, value);
        self.note(result);
        self
    }

    fn note(&mut self, result: Result<(), Error>) {
        if let (Err(error), None) = (result, &self.error) {
            self.error = Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_first_invalid_value_is_reported_when_the_client_is_built() {
        let builder = Client::builder().timeout(Duration::ZERO).user_agent("\n");
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.to_string(), "invalid value for option timeout_ms");
        assert!(Client::builder().set("timeout_ms", "0").is_err());
        assert!(Client::builder().set("time", "1").is_err());
    }

    #[test]
    fn each_setter_sets_its_option() {
        let builder = Client::builder()
            .credentials("id", "secret")
            .token_url("http://127.0.0.1:1/")
            .timeout(Duration::from_millis(1500))
            .attempt_timeout(Duration::from_secs(2))
            .max_retries(1)
            .refresh_before(Duration::from_secs(3))
            .min_ttl(Duration::from_secs(4))
            .proxy(Proxy::Direct)
            .ca_file("/ca.pem")
            .cache(Cache::Directory("/cache".into()))
            .user_agent("test/1")
            .grant(Grant::User)
            .account("a")
            .scope("user-read-private")
            .redirect_uri("http://127.0.0.1:1/x")
            .authorize_url("http://127.0.0.1:2/")
            .logins(Logins::Directory("/logins".into()));
        let client = builder.build().unwrap();
        let settings = client.settings();
        assert_eq!(settings.client_secret.as_ref().unwrap().expose(), "secret");
        assert_eq!(settings.token_url.host(), "127.0.0.1");
        assert_eq!(settings.timeout, Duration::from_millis(1500));
        assert_eq!(settings.attempt_timeout, Duration::from_secs(2));
        assert_eq!(settings.max_retries, 1);
        assert_eq!(settings.refresh_before, Duration::from_secs(3));
        assert_eq!(settings.min_ttl, Duration::from_secs(4));
        assert_eq!(settings.proxy, Proxy::Direct);
        assert_eq!(settings.ca_file.as_deref(), Some(Path::new("/ca.pem")));
        assert_eq!(settings.cache, Cache::Directory("/cache".into()));
        assert_eq!(settings.user_agent, "test/1");
        assert_eq!((settings.grant, settings.account.as_str()), (Grant::User, "a"));
        assert_eq!(settings.scope, "user-read-private");
        assert_eq!(settings.redirect_uri.to_string(), "http://127.0.0.1:1/x");
        assert_eq!(settings.authorize_url.port(), 2);
        assert_eq!(settings.logins, Logins::Directory("/logins".into()));
        assert!(!format!("{client:?}").contains("secret\""));
    }
}
