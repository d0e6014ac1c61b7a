//! Renders the C header into `OUT_DIR` and gives the shared library its SONAME. It never writes into the source tree:
//! a test compares the rendered header with `include/spotify_token.h` and says how to renew it.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "src/error/table.rs"]
mod errors;
#[allow(dead_code)]
#[path = "src/config/table.rs"]
mod options;

/// The interfaces, in the order in which the header shows them.
const SOURCES: [&str; 5] = ["token", "fetch", "config", "client", "errors"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));

    for watched in [
        "build.rs",
        "Cargo.toml",
        "cbindgen.toml",
        "src/ffi",
        "src/error/table.rs",
        "src/config/table.rs",
    ] {
        println!("cargo:rerun-if-changed={watched}");
    }

    println!("cargo:rustc-env=SPOTIFY_TOKEN_RELEASE_DATE={}", manual_date(&root));

    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is readable");
    config.after_includes = Some(version() + &error_codes() + &option_table());
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(root.join("src/ffi").join(source).with_extension("rs"));
    }
    let mut header = Vec::new();
    builder
        .generate()
        .expect("cbindgen understands src/ffi")
        .write(&mut header);
    let header = String::from_utf8(header).expect("the sources are UTF-8");
    // Rust's heading for what a caller has to promise; in C those sentences need none.
    let header = header.replace(" * # Safety\n", "");
    fs::write(out.join("spotify_token.h"), header).expect("OUT_DIR can be written");

    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        let major = env::var("CARGO_PKG_VERSION_MAJOR").expect("cargo sets it");
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libspotify_token.so.{major}");
        // Threads of ours may still run when a host calls dlclose.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

/// The date of the manual pages, from `[package.metadata.manual]`.
fn manual_date(root: &Path) -> String {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("cargo has read it");
    let date = manifest.lines().find_map(|line| line.strip_prefix("date = "));
    date.expect("Cargo.toml has the date").trim_matches('"').to_owned()
}

fn version() -> String {
    let version = env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    format!(
        "\n/** The version of this header; spotify_version() gives that of the library. */\n#define SPOTIFY_TOKEN_VERSION \"{version}\"\n"
    )
}

fn error_codes() -> String {
    let mut text = "\n/* Error codes. They are never renumbered. */\n".to_owned();
    for row in &errors::TABLE {
        let (name, number, description) = (row.name(), row.code.number(), row.description());
        let _ = writeln!(text, "\n/** {description} */\n#define {name} {number}");
    }
    text
}

fn option_table() -> String {
    let mut text = "\n/*\n * Options, for spotify_config_set. Names and values are strings; each is also read from the environment\n \
                    * variable beside it when it was not set.\n"
        .to_owned();
    for row in &options::TABLE {
        let (name, variable, default, meaning) = (row.name, row.variable, row.default, row.meaning);
        let _ = write!(
            text,
            " *\n * {name} ({variable}), default: {default}\n *     {meaning}\n"
        );
    }
    text + " */\n"
}
