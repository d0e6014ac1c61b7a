//! Programs that are not as others: with two copies of the library, with another locale.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::support::installed::{command, compile, prefix, root, run};
use crate::support::{SECRET, server, slow_server, told, tools};

#[test]
fn two_copies_in_one_process_do_not_meet() {
    let Some(prefix) = prefix() else { return };
    let server = server();
    let scratch = tempfile::tempdir().unwrap();
    let flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-ldl"];
    let program = compile("cc", &root().join("tests/c/copies.c"), prefix, &flags, scratch.path());
    let copies = ["one.so", "other.so"].map(|name| scratch.path().join(name));
    for copy in &copies {
        fs::copy(prefix.join("lib/libspotify_token.so.0"), copy).unwrap();
    }
    let mut host = command(&program, prefix);
    let output = run(told(&mut host, &server.token_url(), SECRET).args(&copies));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    // Each copy asked, and no child asked again.
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_plugin_with_the_library_in_it_stays_while_its_threads_run() {
    let Some(prefix) = prefix() else { return };
    let server = slow_server(Duration::from_secs(1));
    let scratch = tempfile::tempdir().unwrap();
    let source = |name: &str| root().join("tests/c").join(name);
    let plugin = scratch.path().join("plugin.so");
    run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-I"])
        .arg(prefix.join("include"))
        .arg(source("plugin.c"))
        .arg(prefix.join("lib/libspotify_token.a"))
        .args(["-lgcc_s", "-lpthread", "-lm", "-ldl", "-o"])
        .arg(&plugin));
    let flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-ldl"];
    let program = compile("cc", &source("plugin_host.c"), prefix, &flags, scratch.path());
    let mut host = command(&program, prefix);
    host.env("SPOTIFY_TIMEOUT_MS", "100").arg(&plugin);
    let output = run(told(&mut host, &server.token_url(), SECRET));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn a_host_with_another_locale_gets_the_same_messages() {
    let Some(prefix) = prefix() else { return };
    if !tools::require("localedef") || !tools::require_that("locales", "test -e /usr/share/i18n/locales/tr_TR") {
        return;
    }
    let server = server();
    let scratch = tempfile::tempdir().unwrap();
    let flags = ["-std=c99", "-Wall", "-Wextra", "-Werror"];
    let program = compile("cc", &root().join("tests/c/locale.c"), prefix, &flags, scratch.path());
    let printed = |locale: &str| {
        let mut host = command(&program, prefix);
        host.env("LOCPATH", scratch.path())
            .env("LC_ALL", locale)
            .env("LANGUAGE", "tr")
            .env("SPOTIFY_CA_FILE", "/nowhere/ca.pem")
            .env("SPOTIFY_MAX_RETRIES", "0");
        run(told(&mut host, &server.token_url(), SECRET)).stdout
    };
    let plain = printed("C");
    for charset in ["UTF-8", "ISO-8859-9"] {
        let locale = format!("tr_TR.{charset}");
        run(Command::new("localedef")
            .args(["-i", "tr_TR", "-f", charset])
            .arg(scratch.path().join(&locale)));
        assert_eq!(
            without_the_systems_words(&printed(&locale)),
            without_the_systems_words(&plain),
            "{locale}"
        );
    }
}

/// The lines of the program, without what the system says of a file: that is in the language of the host.
fn without_the_systems_words(printed: &[u8]) -> String {
    let printed = std::str::from_utf8(printed).unwrap();
    let (before, after) = printed.split_once("option ca_file names: ").unwrap_or((printed, ""));
    let (_, after) = after.split_once(" (os error 2)").unwrap_or(("", after));
    format!("{before}{after}")
}
