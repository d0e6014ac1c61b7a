//! `make install` and what becomes of it: every file in its place, usable after a move, gone after `make uninstall`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::installed::{install, make, prefix, root, run};
use crate::support::{SECRET, server, told, tools};

/// C and C++ from the same house.
const COMPILERS: [(&str, &str); 2] = [("gcc", "g++"), ("clang", "clang++")];

/// All below a directory but the directories: path, and where a link leads.
fn listing(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            match fs::read_link(&path) {
                Ok(target) => found.push(format!("{name} -> {}", target.display())),
                Err(_) if path.is_dir() => left.push(path),
                Err(_) => found.push(name),
            }
        }
    }
    found.sort_unstable();
    found
}

/// What has to be there.
fn expected() -> Vec<String> {
    let version = env!("CARGO_PKG_VERSION");
    let mut files: Vec<String> = [
        "bin/spotify-token",
        "include/spotify_token.h",
        "include/spotify_token.hpp",
        "include/spotify_token_curl.h",
        "include/spotify_token_curl.hpp",
        "lib/cmake/spotify_token/spotify_token-config-version.cmake",
        "lib/cmake/spotify_token/spotify_token-config.cmake",
        "lib/libspotify_token.a",
        "lib/libspotify_token.so -> libspotify_token.so.0",
        "lib/pkgconfig/spotify_token.pc",
        "share/bash-completion/completions/spotify-token",
        "share/fish/vendor_completions.d/spotify-token.fish",
        "share/man/man1/spotify-token.1",
        "share/man/man3/spotify_token.3",
        "share/zsh/site-functions/_spotify-token",
    ]
    .map(str::to_owned)
    .into();
    files.push(format!("lib/libspotify_token.so.0 -> libspotify_token.so.{version}"));
    files.push(format!("lib/libspotify_token.so.{version}"));
    files.sort_unstable();
    files
}

fn uninstall(prefix: &Path, destdir: &str) {
    run(make()
        .arg("uninstall")
        .arg(format!("PREFIX={}", prefix.display()))
        .arg(format!("DESTDIR={destdir}")));
}

/// A copy of the installed prefix in another place.
fn moved(to: &Path) -> Option<PathBuf> {
    let from = prefix()?;
    run(Command::new("cp").arg("-a").arg(from).arg(to));
    Some(to.to_owned())
}

#[test]
fn installing_lays_out_these_files_and_uninstalling_takes_them_away() {
    if prefix().is_none() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();

    let stage = scratch.path().join("a stage");
    let staged = stage.join("opt/some where");
    install(Path::new("/opt/some where"), stage.to_str().unwrap());
    assert_eq!(listing(&staged), expected());

    let stranger = staged.join("lib/cmake/spotify_token/not-ours");
    fs::write(&stranger, "").unwrap();
    uninstall(Path::new("/opt/some where"), stage.to_str().unwrap());
    assert_eq!(listing(&staged), ["lib/cmake/spotify_token/not-ours"]);

    fs::remove_file(stranger).unwrap();
    uninstall(Path::new("/opt/some where"), stage.to_str().unwrap());
    assert_eq!(listing(&stage), [""; 0]);
    assert!(!staged.join("lib/cmake/spotify_token").exists());
}

#[test]
fn installing_again_replaces_and_does_not_rewrite() {
    use std::os::unix::fs::MetadataExt;
    let Some(prefix) = prefix() else { return };
    let library = prefix
        .join("lib")
        .join(format!("libspotify_token.so.{}", env!("CARGO_PKG_VERSION")));
    let scratch = tempfile::tempdir().unwrap();
    // A program that has the old file mapped must go on: the old file keeps its content under another name.
    let old = scratch.path().join("old");
    if fs::hard_link(&library, &old).is_err() {
        return; // another file system
    }
    let before = fs::metadata(&library).unwrap().ino();
    install(prefix, "");
    assert_ne!(fs::metadata(&library).unwrap().ino(), before);
    assert_eq!(fs::metadata(&old).unwrap().len(), fs::metadata(&library).unwrap().len());
}

#[test]
fn what_is_installed_names_no_place() {
    let Some(prefix) = prefix() else { return };
    let here = [root(), prefix.to_owned()].map(|path| path.display().to_string());
    for file in [
        "lib/pkgconfig/spotify_token.pc",
        "lib/cmake/spotify_token/spotify_token-config.cmake",
        "lib/cmake/spotify_token/spotify_token-config-version.cmake",
    ] {
        let text = fs::read_to_string(prefix.join(file)).unwrap();
        assert!(
            here.iter().all(|place| !text.contains(place)) && !text.contains('@'),
            "{file}: {text}"
        );
    }
}

/// The program prints a header, against a server.
fn prints_a_header(program: &Path, library_path: &Path) {
    let server = server();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LD_LIBRARY_PATH", library_path)
        .env("SPOTIFY_DOTENV", "");
    let output = run(told(&mut command, &server.token_url(), SECRET));
    assert!(output.stdout.starts_with(b"Authorization: Bearer BQ"), "{program:?}");
}

#[test]
fn a_moved_prefix_is_found_by_pkg_config_alone() {
    if !tools::require("pkg-config") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let Some(prefix) = moved(&scratch.path().join("moved")) else {
        return;
    };
    let nowhere = scratch.path().join("nowhere");
    let flags = "$(pkg-config --cflags --libs spotify_token)";
    let static_flags =
        "$(pkg-config --cflags --libs --static spotify_token | sed 's/-lspotify_token/-l:libspotify_token.a/')";
    for (c, cpp) in COMPILERS {
        let sources = [(c, "-std=c99", "c/header.c"), (cpp, "-std=c++17", "cpp/header.cpp")];
        for (compiler, standard, source) in sources {
            if !tools::require(compiler) {
                continue;
            }
            for (flags, libraries) in [(flags, prefix.join("lib")), (static_flags, nowhere.clone())] {
                let program = scratch.path().join("program");
                let line = format!("{compiler} {standard} \"$SOURCE\" {flags} -o \"$PROGRAM\"");
                run(Command::new("sh")
                    .args(["-ec", &line])
                    .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
                    .env("SOURCE", root().join("examples").join(source))
                    .env("PROGRAM", &program));
                prints_a_header(&program, &libraries);
            }
        }
    }
}

/// Configures the consumer project for this version.
fn configure(c: &str, cpp: &str, prefix: &Path, build: &Path, wanted: &str) -> Command {
    let mut cmake = Command::new("cmake");
    cmake
        .arg("-S")
        .arg(root().join("tests/cmake"))
        .arg("-B")
        .arg(build)
        .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()))
        .arg(format!("-DEXAMPLES={}", root().join("examples").display()))
        .arg(format!("-DWANTED={wanted}"))
        .env("CC", c)
        .env("CXX", cpp)
        .env_remove("PKG_CONFIG_PATH");
    cmake
}

#[test]
fn a_moved_prefix_is_found_by_cmake_alone() {
    if !tools::require("cmake") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let Some(prefix) = moved(&scratch.path().join("moved elsewhere")) else {
        return;
    };
    for (c, cpp) in COMPILERS {
        if tools::available(&[c, cpp]).len() < 2 {
            continue;
        }
        let build = scratch.path().join(c);
        run(&mut configure(c, cpp, &prefix, &build, "0.1"));
        run(Command::new("cmake").arg("--build").arg(&build));
        for kind in ["shared", "static"] {
            let libraries = if kind == "shared" {
                prefix.join("lib")
            } else {
                scratch.path().join("nowhere")
            };
            prints_a_header(&build.join(format!("c_{kind}")), &libraries);
            prints_a_header(&build.join(format!("cpp_{kind}")), &libraries);
        }
    }
}

#[test]
fn cmake_is_not_given_a_version_that_it_did_not_ask_for() {
    let Some(prefix) = prefix().filter(|_| tools::require("cmake")) else {
        return;
    };
    for wanted in ["1.0", "0.9", "0.0.9"] {
        let scratch = tempfile::tempdir().unwrap();
        let output = configure("cc", "c++", prefix, scratch.path(), wanted).output().unwrap();
        assert!(!output.status.success(), "{wanted}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("version"), "{wanted}");
    }
}
