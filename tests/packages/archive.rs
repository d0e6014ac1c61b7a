//! The archive for C and C++: unpacked anywhere, it is found with pkg-config.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::{Builder, TempDir, tempdir};

use crate::installed::{knowing, prints_the_artist, says_that_the_secret_is_wrong};
use crate::package::{install_line, this_target};
use crate::release::{archive_name, archives};
use crate::support::installed::{make, make_arguments, prefix, root, run};
use crate::support::markdown::document;
use crate::support::{server, tools};

/// Unpacks as the README says, but not into /opt itself.
fn unpacked(archives: &Path, folder: &Path) {
    let line = install_line("C and C++, any folder")
        .replace("VERSION", env!("CARGO_PKG_VERSION"))
        .replace("TARGET", &this_target())
        .replace("/opt", folder.to_str().unwrap());
    run(Command::new("sh").args(["-euc", &line]).current_dir(archives));
}

/// A temporary folder, and one in /opt, where this user may make it.
fn folders() -> Vec<TempDir> {
    let in_opt = Builder::new().prefix("spotify-token-test").tempdir_in("/opt");
    [tempdir(), in_opt].into_iter().flatten().collect()
}

#[test]
fn the_archive_needs_nothing_but_pkg_config_path() {
    if !tools::require("cmake")
        || !tools::require("man")
        || !tools::require_that("libcurl", "pkg-config --exists libcurl")
    {
        return;
    }
    let Some(archives) = prefix().and_then(archives) else {
        return;
    };
    for folder in folders() {
        unpacked(archives.path(), folder.path());
        let place = folder.path().join(archive_name());
        let scratch = tempdir().unwrap();
        let shell = |line: &str| {
            let mut shell = Command::new("sh");
            shell
                .args(["-euc", line])
                .current_dir(scratch.path())
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("EXAMPLES", root().join("examples"))
                .env("PKG_CONFIG_PATH", place.join("lib/pkgconfig"));
            shell
        };
        run(&mut shell(
            "cc \"$EXAMPLES/c/artist.c\" $(pkg-config --cflags --libs spotify_token libcurl) -o artist \
             -Wl,-rpath,\"$(pkg-config --variable=libdir spotify_token)\"",
        ));
        let consumer = root().join("tests/packages/programs/archive");
        let cmake = "cmake -S \"$CONSUMER\" -B cmake -DEXAMPLES=\"$EXAMPLES\" && cmake --build cmake";
        run(shell(cmake).env("CONSUMER", consumer));
        let server = server();
        for program in ["./artist", "cmake/artist_c", "cmake/artist_cpp"] {
            prints_the_artist(&mut knowing(shell(program), &server));
            says_that_the_secret_is_wrong(&mut knowing(shell(program), &server));
        }
        let page = run(&mut shell(
            "man -M \"$(pkg-config --variable=prefix spotify_token)/share/man\" spotify_token",
        ));
        assert!(String::from_utf8_lossy(&page.stdout).contains("spotify_client_new"));
    }
}

#[test]
fn cargo_binstall_finds_the_command_in_the_archive() {
    let Some(archives) = prefix().and_then(archives) else {
        return;
    };
    let metadata = run(Command::new("cargo")
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root()));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let filled = |name: &str| {
        let template = &metadata["packages"][0]["metadata"]["binstall"][name];
        [
            ("{ version }", env!("CARGO_PKG_VERSION")),
            ("{ target }", &this_target()),
            ("{ bin }", "spotify-token"),
            ("{ binary-ext }", ""),
        ]
        .into_iter()
        .fold(template.as_str().unwrap().to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    };
    let archive = archives.path().join(filled("pkg-url").rsplit('/').next().unwrap());
    let listed = run(Command::new("tar").arg("-tf").arg(archive));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let command = filled("bin-dir");
    assert!(listed.lines().any(|line| line == command), "{command}\n{listed}");
}

#[test]
fn the_archive_lists_what_is_compiled_in() {
    let Some(archives) = prefix().and_then(archives) else {
        return;
    };
    let folder = tempdir().unwrap();
    unpacked(archives.path(), folder.path());
    let doc = folder.path().join(archive_name()).join("share/doc/spotify-token");
    let licenses = fs::read_to_string(doc.join("THIRD-PARTY-LICENSES")).unwrap();
    let bill = archives.path().join(archive_name() + ".cdx.json");
    let bill_of_materials = fs::read_to_string(&bill).unwrap();

    let dependencies = document("docs/dependencies.md");
    let (_, table) = dependencies.split_once("\n## The library\n").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let crates: Vec<&str> = table
        .lines()
        .filter(|row| !row.contains("| on Windows: "))
        .filter_map(|row| row.strip_prefix("| `")?.split('`').next())
        .collect();
    assert!(crates.contains(&"rustls"), "{crates:?}");
    for name in crates {
        assert!(licenses.contains(&format!("\n{name} ")), "{name}");
        assert!(bill_of_materials.contains(&format!("\"pkg:cargo/{name}@")), "{name}");
    }
    assert!(licenses.contains("Permission to use, copy, modify, and"), "{licenses}");
    for not_compiled_in in ["cbindgen", "serde_derive"] {
        assert!(
            !licenses.contains(&format!("\n{not_compiled_in} ")),
            "{not_compiled_in}"
        );
    }

    let validator = "import cyclonedx.validation.json as json, cyclonedx.schema as schema, sys\n\
                     error = json.JsonStrictValidator(schema.SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())\n\
                     sys.exit(error and str(error))";
    if tools::require_that("cyclonedx-python-lib", "python3 -c 'import cyclonedx.validation'") {
        run(Command::new("python3").args(["-c", validator]).arg(bill));
    }
}

#[test]
fn the_debug_information_is_an_archive_of_its_own() {
    let Some(prefix) = prefix().filter(|_| tools::require("addr2line")) else {
        return;
    };
    let with_debug = tempdir().unwrap();
    run(Command::new("cp")
        .arg("-R")
        .arg(prefix.join("."))
        .arg(with_debug.path()));
    run(make()
        .args(make_arguments())
        .arg("install-debug")
        .arg(format!("PREFIX={}", with_debug.path().display())));
    let Some(archives) = archives(with_debug.path()) else {
        return;
    };

    let folder = tempdir().unwrap();
    unpacked(archives.path(), folder.path());
    let place = folder.path().join(archive_name());
    assert!(!place.join("lib/debug").exists());
    run(Command::new("tar")
        .arg("xf")
        .arg(archives.path().join(archive_name() + "-debug.tar.xz"))
        .arg("-C")
        .arg(folder.path()));
    let shell = |line: &str| {
        let output = run(Command::new("sh").args(["-euc", line]).current_dir(&place));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let debug_of = |object: &str| {
        let id = shell(&format!("readelf -n {object} | sed -n 's/^ *Build ID: //p'"));
        let (folder, name) = id.split_at(2);
        format!("lib/debug/.build-id/{folder}/{name}.debug")
    };
    let of_command = debug_of("bin/spotify-token");
    assert!(place.join(&of_command).exists(), "{of_command}");
    let of_library = debug_of("lib/libspotify_token.so.0");
    let address = shell(&format!("nm {of_library} | sed -n 's/ T spotify_client_new$//p'"));
    let line = shell(&format!("addr2line -e {of_library} {address}"));
    assert!(line.contains("src/ffi/client.rs:"), "{line}");
}

#[test]
fn the_same_prefix_makes_the_same_archive() {
    let Some(prefix) = prefix() else { return };
    let copy = tempdir().unwrap();
    run(Command::new("cp").arg("-R").arg(prefix.join(".")).arg(copy.path()));
    let (Some(one), Some(other)) = (archives(prefix), archives(copy.path())) else {
        return;
    };
    let names = |folder: &TempDir| {
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&one), names(&other));
    for name in names(&one) {
        let bytes = |folder: &TempDir| fs::read(folder.path().join(&name)).unwrap();
        assert!(bytes(&one) == bytes(&other), "{}", name.display());
    }
}
