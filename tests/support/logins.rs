//! The lock of a login, for tests in which another process has it.

use std::path::Path;

use spotify_token::unstable::logins::{self, LoginKey, LoginLock};
use spotify_token::unstable::{Config, Endpoint, Environment, Secret, Settings};

use super::ID;

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
