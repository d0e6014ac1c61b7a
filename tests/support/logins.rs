//! Logins of a user at the stand-in, and the lock of a login, for tests in which another process has it.

use std::path::Path;

use spotify_token::stand_in::StandIn;
use spotify_token::unstable::logins::{self, LoginKey, LoginLock};
use spotify_token::unstable::{Config, Endpoint, Environment, Secret, Settings};
use spotify_token::{Client, ClientBuilder, Grant, Proxy, Token};

use super::ID;

/// The options of a user of this server.
pub fn user(server: &StandIn) -> ClientBuilder {
    Client::builder()
        .grant(Grant::User)
        .client_id(ID)
        .token_url(&server.token_url())
        .authorize_url(&server.authorize_url())
        .proxy(Proxy::Direct)
}

/// Logs in with these options: the user agrees, and the address is pasted.
pub fn log_in(server: &StandIn, options: ClientBuilder) -> Token {
    let login = options.login().unwrap();
    login.finish(&server.agree(login.url())).unwrap()
}

/// Locks the login of the account `default`, which is kept in this directory. Another process cannot take the lock meanwhile.
pub fn lock_in(directory: &Path, token_url: &str) -> LoginLock {
    let mut config = Config::new();
    config.set("logins", &format!("file:{}", directory.display())).unwrap();
    let environment = Environment::default();
    let settings = Settings::resolve(&config, &environment).unwrap();
    let key = LoginKey::new(&Endpoint::parse(token_url).unwrap(), &Secret::new(ID), "default");
    let store = logins::open(&settings, &environment);
    store.try_lock(&key).unwrap().expect("nobody has the lock")
}
