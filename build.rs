//! Gives the shared library its SONAME, and the crate the two facts of `Cargo.toml` that cargo hands on to nobody: the
//! number of the ABI and the date of the release.

use std::env;
use std::fs;

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

    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libspotify_token.so.{abi}");
        // Threads of ours may still run when a host calls dlclose.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
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
