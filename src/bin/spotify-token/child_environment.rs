//! The environment of a program that is started here: nothing in it leads to the client secret.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use spotify_token::unstable::leads_to_secret;

/// Removes the variables that lead to a secret, and returns their values. Those that are not this command's own stay: the program may
/// need a proxy's password to reach the Web API.
pub fn remove_secrets(command: &mut Command) -> Vec<OsString> {
    let mut removed = Vec::new();
    for (name, value) in env::vars_os() {
        if leads_to_secret(&name.to_string_lossy(), &value.to_string_lossy()) {
            command.env_remove(name);
            removed.push(value);
        }
    }
    removed
}
