//! The programs that fetch one token and print it: ours and what people use instead, each told of the same server, the same
//! credentials and the same file of CA certificates. One that is not on this machine is left out, and said so.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;

use spotify_token::stand_in::StandIn;

use super::process::{Program, under};
use super::server::Server;
use super::support::installed::{release_prefix, root, run, target};
use super::support::{ID, SECRET, logins, shows_a_token, told, tools};

/// Where the programs of this bench are.
pub fn folder() -> PathBuf {
    root().join("benches/performance")
}

/// Compiles one of this bench's C programs.
pub fn compiled(name: &str, flags: &[&str], libraries: &[&str], into: &Path) -> PathBuf {
    let program = into.join(name);
    run(Command::new("cc")
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"])
        .args(flags)
        .arg(folder().join(name).with_extension("c"))
        .args(libraries)
        .arg("-o")
        .arg(&program));
    program
}

/// A command that knows nothing of this process's environment but where programs are.
pub fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command
}

/// Our command with these arguments. Its token rests below `home`, unless the arguments say otherwise.
pub fn ours(arguments: &[&str], token_url: &str, ca_file: &Path, home: &Path) -> Command {
    let mut command = bare(
        release_prefix()
            .expect("make and cc are needed")
            .join("bin/spotify-token"),
    );
    command.args(arguments).env("HOME", home).env("SSL_CERT_FILE", ca_file);
    told(&mut command, token_url, SECRET);
    command
}

/// The floor.
pub fn prints_only(scratch: &Path) -> Program {
    Program {
        name: "a process that only prints (the floor)",
        command: bare(compiled("print", &[], &[], scratch)),
    }
}

/// The floor for a program in Rust: one that only prints, and one that starts as many threads before as ours does.
pub fn prints_only_in_rust(scratch: &Path) -> [Program; 2] {
    let program = scratch.join("print-rust");
    run(Command::new("rustc")
        .args(["--edition", "2024", "-O", "-C", "strip=symbols", "-o"])
        .arg(&program)
        .arg(folder().join("print.rs")));
    [
        ("a program in Rust that only prints", "0"),
        ("a program in Rust that prints after two threads", "2"),
    ]
    .map(|(name, threads)| {
        let mut command = bare(&program);
        command.arg(threads);
        Program { name, command }
    })
}

/// Everybody who fetches, curl first.
pub fn fetching(server: &Server, ca_file: &Path, scratch: &Path) -> Vec<Program> {
    let token_url = server.url.as_str();
    let mut programs = Vec::from_iter(curl(token_url, ca_file));
    programs.extend(with_libraries(scratch).into_iter().map(|(name, mut command)| {
        command
            .env("TOKEN_URL", token_url)
            .env("CLIENT_ID", ID)
            .env("CLIENT_SECRET", SECRET)
            .env("CA_FILE", ca_file);
        // Each runtime has its own way to be told of a CA certificate.
        for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            command.env(variable, ca_file);
        }
        // Go trusts this directory, too. There is none.
        command.env("SSL_CERT_DIR", scratch.join("none"));
        Program { name, command }
    }));
    programs.push(ours_fetching(token_url, ca_file, scratch));
    programs.push(ours_refreshing(server, ca_file, scratch));
    programs.push(prints_only(scratch));
    programs
}

/// The program curl, where it is on this machine.
pub fn curl(token_url: &str, ca_file: &Path) -> Option<Program> {
    tools::require("curl").then(|| {
        let mut command = bare("curl");
        command
            .args(["--silent", "--fail", "--user", &format!("{ID}:{SECRET}")])
            .args(["--data", "grant_type=client_credentials", "--cacert"])
            .arg(ca_file)
            .arg(token_url);
        Program { name: "curl", command }
    })
}

/// Our command, which fetches.
pub fn ours_fetching(token_url: &str, ca_file: &Path, home: &Path) -> Program {
    Program {
        name: OURS,
        command: ours(&["token", "--cache", "memory"], token_url, ca_file, home),
    }
}

/// Our command, which refreshes the token of a user who has logged in. It has the refresh token from its environment.
fn ours_refreshing(server: &Server, ca_file: &Path, home: &Path) -> Program {
    let (sender, refresh_token) = mpsc::channel();
    let keep = move |new: &str| sender.send(new.to_owned()).unwrap();
    logins::log_in(
        &server.stand_in,
        logins::user(&server.stand_in).refresh_token("none", keep),
    );
    let mut command = ours(&["token", "--user"], &server.url, ca_file, home);
    command.env("SPOTIFY_REFRESH_TOKEN", refresh_token.recv().unwrap());
    Program {
        name: "`spotify-token token --user`, a refresh",
        command,
    }
}

/// Programs that fetch with a library, as its users write them.
fn with_libraries(scratch: &Path) -> Vec<(&'static str, Command)> {
    let mut found = Vec::new();
    let headers = "printf '#include <curl/curl.h>\\n#include <cjson/cJSON.h>\\n' | cc -E - ";
    if tools::require_that("libcurl or cJSON", headers) {
        let program = compiled("libcurl", &[], &["-lcurl", "-lcjson"], scratch);
        found.push(("C, libcurl and cJSON", bare(program)));
    }
    if tools::require_that("Go or x/oauth2", &format!("{GOPATH} go list golang.org/x/oauth2")) {
        let program = scratch.join("oauth2");
        let build = format!("{GOPATH} go build -o '{}' oauth2.go", program.display());
        run(Command::new("sh").args(["-c", &build]).current_dir(folder()));
        found.push(("Go, x/oauth2", bare(program)));
    }
    found.extend(in_rust());
    if tools::require_that("Python's requests", "python3 -c 'import requests'") {
        found.push(("Python, requests", python("requests_peer.py")));
    }
    if tools::require_that("Python's spotipy", "python3 -c 'import spotipy'") {
        found.push(("Python, spotipy", python("spotipy_peer.py")));
    }
    if tools::require_that("Node's simple-oauth2", "node --eval 'require(\"simple-oauth2\")'") {
        let mut command = bare("node");
        command
            .arg(folder().join("simple_oauth2.js"))
            .env("NODE_PATH", std::env::var_os("NODE_PATH").unwrap_or_default());
        found.push(("Node, simple-oauth2, built-in roots too", command));
    }
    found
}

/// Go's packages as Debian has them, so that nothing is asked of a module proxy.
const GOPATH: &str = "GO111MODULE=off GOPATH=/usr/share/gocode";

/// The programs in Rust, which are a package of their own.
fn in_rust() -> Vec<(&'static str, Command)> {
    let manifest = folder().join("rust_peers/Cargo.toml");
    let fetch = format!("cargo fetch --locked --manifest-path '{}'", manifest.display());
    if !tools::require_that("a crate that the peers in Rust depend on", &fetch) {
        return Vec::new();
    }
    let target = target().join("rust_peers");
    run(Command::new("cargo")
        .args(["build", "--quiet", "--release", "--frozen", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target));
    [
        ("Rust, oauth2 over reqwest", "oauth2_over_reqwest"),
        ("Rust, oauth2 over ureq", "oauth2_over_ureq"),
        ("Rust, rspotify over reqwest", "rspotify_over_reqwest"),
        ("Rust, rustls alone (the floor for TLS)", "rustls_alone"),
    ]
    .map(|(name, program)| (name, bare(target.join("release").join(program))))
    .into()
}

/// A program in Python.
fn python(source: &str) -> Command {
    // What starts Python may be a script that looks for it.
    let python = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"])).stdout;
    let mut command = bare(String::from_utf8(python).unwrap().trim());
    command.arg(folder().join(source));
    command
}

/// Checks that each program fetches one token and prints it. Only the floor, which is the last, asks for none.
pub fn check(programs: &[Program], server: &StandIn) {
    let asked_before = server.requests().len();
    for Program { name, command } in programs {
        let printed = run(&mut under(Command::new("env"), command)).stdout;
        let printed = String::from_utf8_lossy(&printed);
        assert!(shows_a_token(&printed), "{name} prints no token");
    }
    let asked = server.requests().len() - asked_before;
    assert_eq!(asked, programs.len() - 1, "one request each");
}

/// How our row is called.
pub const OURS: &str = "`spotify-token token --cache memory`";
