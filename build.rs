//! Gives the shared library the name by which programs find it, and the crate the facts that cargo hands on to nobody: the number of the ABI and the
//! date of the release, which are in `Cargo.toml`, and the target and the commit.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.toml");
    let manifest = fs::read_to_string("Cargo.toml").expect("cargo has read it");

    println!(
        "cargo:rustc-env=SPOTIFY_TOKEN_RELEASE_DATE={}",
        value(&manifest, "date")
    );
    let abi = value(&manifest, "soname");
    println!("cargo:rustc-env=SPOTIFY_TOKEN_ABI={abi}");

    println!("cargo:rustc-env=SPOTIFY_TOKEN_TARGET={}", env::var("TARGET").unwrap());
    let commit = commit().unwrap_or("unknown".to_owned());
    println!("cargo:rustc-env=SPOTIFY_TOKEN_COMMIT={commit}");

    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libspotify_token.so.{abi}");
            // Threads of ours may still run when a host calls dlclose.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
            // Names the file of the debug information.
            println!("cargo:rustc-cdylib-link-arg=-Wl,--build-id=sha1");
            println!("cargo:rustc-link-arg-bins=-Wl,--build-id=sha1");
        }
        Ok("macos") => println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libspotify_token.{abi}.dylib"),
        // Elsewhere the file's name is all that a program remembers.
        _ => {}
    }
}

/// The commit of the source, from the file that `cargo package` and `make dist` add to an archive, or from git. Git is asked
/// for release builds of the command alone, because all is compiled again after a commit.
fn commit() -> Option<String> {
    if let Ok(info) = fs::read_to_string(".cargo_vcs_info.json") {
        let (_, sha1) = info.split_once("\"sha1\": \"")?;
        return Some(sha1.split('"').next()?.to_owned());
    }
    let is_release = env::var("PROFILE").as_deref() == Ok("release");
    // The directory itself: that of a program that vendors this crate has another history.
    if !is_release || env::var_os("CARGO_FEATURE_CLI").is_none() || !Path::new(".git").exists() {
        return None;
    }
    let arguments = ["rev-parse", "HEAD", "--git-path", "logs/HEAD"];
    let output = Command::new("git").args(arguments).output().ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    let (commit, log) = printed.trim_end().split_once('\n')?;
    println!("cargo:rerun-if-changed={log}");
    Some(commit.to_owned())
}

/// The value of a key that stands once in the manifest.
fn value<'a>(manifest: &'a str, key: &str) -> &'a str {
    let mut values = manifest
        .lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
    let value = values.next().unwrap_or_else(|| panic!("Cargo.toml has no {key}"));
    assert!(values.next().is_none(), "Cargo.toml has {key} twice");
    value.trim_matches('"')
}
