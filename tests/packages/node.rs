//! The npm package, and what is true of Node alone.

use std::fs;
use std::process::Command;

use crate::holds;
use crate::installed::{Installed, fails};
use crate::package::{NAME, Package};
use crate::support::installed::{library_lacking, root, run};
use crate::support::{server, tools};

const NODE: Package = Package {
    language: "Node",
    name: NAME,
    binding: "node",
    needs: &["command -v npm", "node --eval 'require(\"koffi\")'"],
    dependencies: "npm pack --silent --pack-destination \"$FILES/dependencies\" \"$NODE_PATH\"/koffi \"$NODE_PATH\"/@koromix/*",
    tools: &["node", "npm", "npx", "env", "sh", "cp", "mkdir"],
    prepare: "npm init --yes >/dev/null; npm install --offline --silent \"$FILES\"/dependencies/*.tgz; \
              mkdir node_modules/.bin; cp \"$EXAMPLES/node/artist.js\" artist.mjs",
    path: "node_modules/.bin",
    variables: &[],
    local: "--offline --silent \"$FILES\"/libspotify-token-[0-9]*.tgz \"$FILES\"/libspotify-token-*-glibc-*.tgz",
    artist: "node artist.mjs",
    uninstall: "npm uninstall --offline --silent libspotify-token $(cd node_modules; echo libspotify-token-*)",
};

#[test]
fn node() {
    holds(&NODE, |installed| {
        works_as_commonjs_and_in_a_worker(installed);
        npx_runs_the_command(installed);
        ends_as_the_command_ends(installed);
        refuses_an_older_library(installed);
        refuses_a_package_for_another_platform(installed);
        names_the_package_that_is_missing(installed);
        is_typed(installed);
    });
}

fn works_as_commonjs_and_in_a_worker(installed: &Installed) {
    let program = "const { Worker, isMainThread } = require('worker_threads'); \
                   const { Client } = require('libspotify-token'); \
                   const work = \"require('libspotify-token'); new (require('libspotify-token').Client)().token()\
                   .then((token) => console.log(token.authorization.slice(0, 9)))\"; \
                   new Client().token().then((token) => { console.log(token.authorization.slice(0, 9)); \
                   new Worker(work, { eval: true }); });";
    let server = server();
    let output = run(installed
        .line("node --eval \"$PROGRAM\"", &server)
        .env("PROGRAM", program));
    assert_eq!(output.stdout, b"Bearer BQ\nBearer BQ\n");
}

fn npx_runs_the_command(installed: &Installed) {
    let server = server();
    for line in [
        "npx --offline libspotify-token token",
        "npx --offline spotify-token token",
        "spotify-token token",
    ] {
        let output = run(&mut installed.line(line, &server));
        assert!(output.stdout.starts_with(b"BQ"), "{line}");
    }
}

/// A status is passed on, and so is a signal to this process alone.
fn ends_as_the_command_ends(installed: &Installed) {
    let server = server();
    let output = installed
        .line("spotify-token token", &server)
        .env("CLIENT_SECRET", "wrong")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(77));
    let program = "const { spawn } = require('child_process'); const child = spawn('spotify-token', ['mock-server']); \
                   child.stdout.once('data', () => child.kill('SIGTERM')); \
                   child.on('exit', (status, signal) => console.log(status, signal));";
    let output = run(installed
        .line("node --eval \"$PROGRAM\"", &server)
        .env("PROGRAM", program));
    assert_eq!(output.stdout, b"0 null\n");
}

fn refuses_an_older_library(installed: &Installed) {
    let older = tempfile::tempdir().unwrap();
    let library = library_lacking(older.path(), "spotify_version");
    let message = fails(
        installed
            .line("node artist.mjs", &server())
            .env("SPOTIFY_TOKEN_LIBRARY", &library),
    );
    assert!(
        message.contains("an older version") && message.contains("spotify_version"),
        "{message}"
    );
    assert!(message.contains(library.to_str().unwrap()), "{message}");
}

fn refuses_a_package_for_another_platform(installed: &Installed) {
    let line = "npm install --offline --no-save \"$FILES\"/libspotify-token-*-musl-*.tgz";
    let message = fails(&mut installed.line(line, &server()));
    assert!(message.contains("EBADPLATFORM"), "{message}");
}

/// As on a machine with musl to which a folder with the package for glibc was copied.
fn names_the_package_that_is_missing(installed: &Installed) {
    let program = "process.report.getReport = () => ({ header: {} }); require('libspotify-token');";
    let message = fails(
        installed
            .line("node --eval \"$PROGRAM\"", &server())
            .env("PROGRAM", program),
    );
    assert!(
        message.contains("-musl is not installed. Install libspotify-token on this machine"),
        "{message}"
    );
}

fn is_typed(installed: &Installed) {
    if !tools::require("tsc") {
        return;
    }
    let text = fs::read_to_string(root().join("tests/packages/programs/typed.ts")).unwrap();
    for extension in ["mts", "cts"] {
        let program = installed.environment.installed(&format!("typed.{extension}"));
        fs::write(&program, &text).unwrap();
        run(Command::new("tsc")
            .args([
                "--noEmit",
                "--strict",
                "--module",
                "node16",
                "--target",
                "es2022",
                "--types",
                "node",
                "--typeRoots",
            ])
            .arg(std::env::var("NODE_PATH").unwrap() + "/@types")
            .arg(&program));
        fs::remove_file(program).unwrap();
    }
}
