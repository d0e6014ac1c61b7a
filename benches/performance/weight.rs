//! The size of the library: on disk, in a program that links it statically, while it is loaded, and for each client.

use std::fs;
use std::path::Path;
use std::process::Command;

use spotify_token::stand_in::StandIn;

use super::peers::folder;
use super::peers::{bare, compiled};
use super::support::installed::{command, compile, release_prefix, root, run};
use super::support::{SECRET, server, told};
use super::table::{Table, grouped, median};

const LOADS: usize = 41;

/// Measures sizes on disk.
pub fn sizes(scratch: &Path) -> Table {
    let prefix = release_prefix().expect("make and cc are needed");
    let mut table = Table::new(&["size on disk, stripped", "bytes"]);
    let shared = fs::canonicalize(prefix.join("lib/libspotify_token.so")).unwrap();
    let mut row = |name: &str, path: &Path, goal: u32| {
        let bytes = fs::metadata(path).unwrap().len();
        table.row(name, [grouped(bytes)]);
        table.goal(name, f64::from(u32::try_from(bytes).unwrap()), f64::from(goal));
    };
    row("`libspotify_token.so`", &shared, 1_900_000);
    row("`spotify-token`", &prefix.join("bin/spotify-token"), 3_000_000);
    row(
        "a C program, statically linked, `--gc-sections`",
        &linked_statically(prefix, scratch),
        2_600_000,
    );
    table
}

fn linked_statically(prefix: &Path, scratch: &Path) -> std::path::PathBuf {
    let program = scratch.join("static");
    let pkg_config = |argument: &str| {
        let mut asking = Command::new("pkg-config");
        asking.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
        let output = run(asking.args([argument, "--static", "spotify_token"])).stdout;
        String::from_utf8(output).unwrap()
    };
    let libraries = pkg_config("--libs");
    // The archive itself: a linker that finds both takes the shared library.
    let archive = prefix.join("lib/libspotify_token.a").display().to_string();
    let libraries = libraries.split_whitespace().map(|word| {
        if word == "-lspotify_token" {
            archive.as_str()
        } else {
            word
        }
    });
    run(Command::new("cc")
        .args(["-O2", "-s", "-Wl,--gc-sections"])
        .arg(root().join("examples/c/header.c"))
        .args(pkg_config("--cflags").split_whitespace())
        .args(libraries)
        .arg("-o")
        .arg(&program));
    program
}

/// Microseconds from `dlopen` to the return of the first call, each in a process of its own.
pub fn load_us(scratch: &Path) -> f64 {
    let library = release_prefix()
        .expect("make and cc are needed")
        .join("lib/libspotify_token.so.0");
    let program = compiled("load", &[], &["-ldl"], scratch);
    let once = |_| {
        let output = run(bare(&program).env_clear().arg(&library)).stdout;
        String::from_utf8(output).unwrap().trim().parse().unwrap()
    };
    median((0..LOADS).map(once).collect())
}

/// Bytes of memory for each of 10,000 clients: as they are made, and when each holds a token.
pub fn idle_clients(scratch: &Path) -> Vec<(String, u64)> {
    let number = 10_000;
    let clients = Clients::of(number, &server(), scratch);
    let each = |bytes: u64| bytes / u64::from(number);
    vec![
        ("made".to_owned(), each(clients.made)),
        ("with a token".to_owned(), each(clients.with_tokens)),
    ]
}

/// What clients cost in one process, beyond the first.
pub struct Clients {
    /// Bytes of memory as they are made.
    pub made: u64,
    /// And when each holds a token.
    pub with_tokens: u64,
    /// Microseconds until the last has its token.
    pub took_us: f64,
}

impl Clients {
    /// So many, whose tokens come from this server.
    pub fn of(number: u32, server: &StandIn, scratch: &Path) -> Clients {
        let prefix = release_prefix().expect("make and cc are needed");
        let source = folder().join("idle.c");
        let program = compile("cc", &source, prefix, &["-O2"], scratch);
        let mut measuring = command(&program, prefix);
        measuring.arg(number.to_string());
        let output = run(told(&mut measuring, &server.token_url(), SECRET)).stdout;
        let text = String::from_utf8(output).unwrap();
        let values: Vec<&str> = text.trim().split('\t').collect();
        Clients {
            made: values[0].parse().unwrap(),
            with_tokens: values[1].parse().unwrap(),
            took_us: values[2].parse().unwrap(),
        }
    }
}
