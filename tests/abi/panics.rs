//! No panic crosses the ABI: a C program calls every exported function of a library that panics where it is told to.

use crate::support::installed::{command, compile, library_with, root, run, symbols};
use crate::support::{SECRET, server, told, tools};

#[test]
fn a_panic_in_any_function_reaches_the_host_as_an_error_and_nothing_else() {
    if !tools::require("cc") {
        return;
    }
    let prefix = library_with("panic-injection");
    let scratch = tempfile::tempdir().unwrap();
    let flags = ["-std=c99", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
    let program = compile("cc", &root().join("tests/c/panics.c"), &prefix, &flags, scratch.path());
    let server = server();
    let mut command = command(&program, &prefix);
    told(&mut command, &server.token_url(), SECRET)
        .env("CACHE", format!("file:{}", scratch.path().join("cache").display()))
        .args(symbols());
    let output = run(&mut command);
    let printed = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8(printed).unwrap(), "");
    let requests = server.requests().len();
    assert_eq!(
        requests, 4,
        "before any panic, after one, past a store, and before a fork"
    );
}
