//! The wheel, and what is true of Python alone.

use std::process::Command;

use crate::holds;
use crate::installed::{Installed, fails};
use crate::package::{NAME, Package, file_with};
use crate::support::installed::{library_lacking, prefix, root, run};
use crate::support::{server, tools};

const PYTHON: Package = Package {
    language: "Python",
    name: NAME,
    binding: "python",
    needs: &["python3 -m hatchling --help"],
    dependencies: "",
    tools: &["python3"],
    prepare: "python3 -m venv .",
    path: "bin",
    variables: &[],
    local: "--no-index --find-links \"$FILES\" libspotify-token",
    artist: "python \"$EXAMPLES/python/artist.py\"",
    uninstall: "pip uninstall --quiet --yes libspotify-token",
};

#[test]
fn python() {
    holds(&PYTHON, |installed| {
        installed.brings_the_command();
        works_beside_another_copy_in_the_process(installed);
        refuses_an_older_library(installed);
        refuses_a_wheel_for_another_platform(installed);
        passes_the_checks_of_the_index(installed);
        is_typed(installed);
    });
}

fn works_beside_another_copy_in_the_process(installed: &Installed) {
    let server = server();
    let line = "python \"$PROGRAM\" \"$LIBRARY\" \"$EXAMPLES/python/artist.py\"";
    let output = run(installed
        .line(line, &server)
        .env("PROGRAM", root().join("tests/packages/programs/beside.py"))
        .env("LIBRARY", prefix().unwrap().join("lib/libspotify_token.so.0")));
    assert_eq!(output.stdout, b"Pitbull\n");
}

fn refuses_an_older_library(installed: &Installed) {
    let older = tempfile::tempdir().unwrap();
    let library = library_lacking(older.path(), "spotify_logout");
    let message = fails(
        installed
            .line("python -c 'import libspotify_token'", &server())
            .env("SPOTIFY_TOKEN_LIBRARY", &library),
    );
    assert!(
        message.contains("ImportError: ") && message.contains("an older version"),
        "{message}"
    );
    assert!(
        message.contains("spotify_logout") && message.contains(library.to_str().unwrap()),
        "{message}"
    );
}

fn refuses_a_wheel_for_another_platform(installed: &Installed) {
    let line = "pip install --no-index --force-reinstall \"$FILES\"/*musllinux*.whl";
    let message = fails(&mut installed.line(line, &server()));
    assert!(
        message.contains("is not a supported wheel on this platform"),
        "{message}"
    );
}

fn passes_the_checks_of_the_index(installed: &Installed) {
    let wheel = file_with(installed.files.path(), &["manylinux", ".whl"]);
    let source = file_with(installed.files.path(), &[".tar.gz"]);
    if tools::require("twine") {
        run(Command::new("twine")
            .args(["check", "--strict"])
            .args([&wheel, &source]));
    }
    if tools::require("auditwheel") {
        let output = run(Command::new("auditwheel").arg("show").arg(&wheel));
        let output = String::from_utf8(output.stdout).unwrap();
        // The exact number is that of the system that built the library.
        assert!(output.contains("\"manylinux_2_"), "{output}");
    }
}

fn is_typed(installed: &Installed) {
    let program = root().join("tests/packages/programs/typed.py");
    let python = installed.environment.installed("bin/python");
    if tools::require("mypy") {
        run(Command::new("mypy")
            .args(["--strict", "--cache-dir=/dev/null", "--python-executable"])
            .arg(&python)
            .arg(&program));
    }
    if tools::require("pyright") {
        run(Command::new("pyright").arg("--pythonpath").arg(&python).arg(&program));
    }
}
