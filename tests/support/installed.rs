//! The library as a user has it: installed below a prefix, found with pkg-config, compiled against with a C compiler.
//!
//! Release builds take minutes. Tests that do not need one use what `cargo test` has built before it ran them. With
//! SPOTIFY_TOKEN_TEST_ALL=1 they all use what users get.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use super::tools;

/// Returns a prefix that `make install` has filled, the same for all test programs. `None` where a tool is missing.
pub fn prefix() -> Option<&'static Path> {
    static PREFIX: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PREFIX.get_or_init(|| {
        if tools::all() {
            return release_prefix().map(Path::to_owned);
        }
        can_install().then(|| {
            let _lock = lock("debug");
            let prefix = directory().join("prefix");
            let stamp = directory().join("stamp");
            let inputs = inputs();
            if fs::read_to_string(&stamp).is_ok_and(|before| before == inputs) {
                return prefix;
            }
            let _ = fs::remove_file(&stamp);
            built();
            install(&prefix, "");
            fs::write(&stamp, inputs).unwrap();
            prefix
        })
    });
    made.as_deref()
}

/// Returns a prefix with the release builds of everything. `None` where a tool is missing.
pub fn release_prefix() -> Option<&'static Path> {
    static PREFIX: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PREFIX.get_or_init(|| {
        can_install().then(|| {
            let _lock = lock("release");
            let prefix = directory().join("release");
            run(make().arg("install").arg(format!("PREFIX={}", prefix.display())));
            prefix
        })
    });
    made.as_deref()
}

/// Returns a prefix with the shared library as users get it, and the headers. `None` where a tool is missing.
pub fn shared_release() -> Option<&'static Path> {
    static PREFIX: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PREFIX.get_or_init(|| {
        can_install().then(|| {
            let _lock = lock("release");
            run(make().arg("shared"));
            let library = target().join("install/shared/release/libspotify_token.so");
            laid_out(&directory().join("shared"), &library)
        })
    });
    made.as_deref()
}

fn can_install() -> bool {
    tools::require("make") && tools::require("cc")
}

/// Runs `make install`, without a release build unless everything is to be tested.
pub fn install(prefix: &Path, destdir: &str) {
    run(make()
        .args(make_arguments())
        .arg("install")
        .arg(format!("PREFIX={}", prefix.display()))
        .arg(format!("DESTDIR={destdir}")));
}

/// What make is told, so that `make install` takes what `cargo test` has built. [`prefix`] has prepared it.
pub fn make_arguments() -> Vec<String> {
    if tools::all() {
        return vec![format!("BUILD={}", target().join("install").display())];
    }
    // -o: as if this target were up to date.
    let mut arguments = ["-o", "shared", "-o", "static", "-o", "command"]
        .map(str::to_owned)
        .to_vec();
    arguments.push(format!("BUILD={}", directory().join("built").display()));
    arguments
}

/// make, in the source tree.
pub fn make() -> Command {
    let mut make = Command::new("make");
    make.current_dir(root())
        .arg("-s")
        .env("CARGO_TARGET_DIR", target())
        .env_remove("MAKEFLAGS");
    make
}

/// What cargo has built for these tests: the shared and the static library, and the command.
fn artifacts() -> [(&'static str, PathBuf); 3] {
    let program = std::env::current_exe().unwrap();
    [
        (
            "shared/release/libspotify_token.so",
            program.with_file_name("libspotify_token.so"),
        ),
        (
            "static/release/libspotify_token.a",
            program.with_file_name("libspotify_token.a"),
        ),
        ("command/release/spotify-token", super::place::binary().to_owned()),
    ]
}

/// Puts links to that where install.sh looks for release builds.
fn built() {
    let built = directory().join("built");
    for (name, artifact) in artifacts() {
        let link = built.join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&link);
        symlink(artifact, link).unwrap();
    }
    // The system libraries of any static library: this crate needs no others.
    let empty = directory().join("empty.rs");
    fs::write(&empty, "").unwrap();
    let printed = run(Command::new("rustc")
        .args(["--crate-type", "staticlib", "--print", "native-static-libs", "-o"])
        .arg(directory().join("empty.a"))
        .arg(empty));
    let printed = String::from_utf8(printed.stderr).unwrap();
    let (_, libraries) = printed.split_once("native-static-libs: ").unwrap();
    fs::write(
        built.join("static/release/native-static-libs"),
        libraries.lines().next().unwrap(),
    )
    .unwrap();
}

/// What the prefix depends on: each file with its size and the time of its last change.
fn inputs() -> String {
    let mut files: Vec<PathBuf> = artifacts().map(|(_, artifact)| artifact).into();
    files.extend(["Cargo.toml", "Makefile"].map(|name| root().join(name)));
    for folder in ["include", "packaging"] {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    let lines = files.iter().map(|file| {
        let metadata = fs::metadata(file).unwrap();
        let changed = metadata.modified().unwrap().duration_since(UNIX_EPOCH).unwrap();
        format!("{} {} {changed:?}\n", file.display(), metadata.len())
    });
    lines.collect()
}

/// Where everything here is laid out.
fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("installed");
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// Where cargo puts what it builds for these tests.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// Held by the one test program that lays this out; the others wait.
fn lock(what: &str) -> File {
    let file = File::create(directory().join(what).with_extension("lock")).unwrap();
    file.lock().unwrap();
    file
}

/// Returns a prefix with the shared library built for tests with this feature.
pub fn library_with(feature: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(feature);
    run(Command::new("cargo")
        .current_dir(root())
        .args([
            "rustc",
            "--quiet",
            "--lib",
            "--crate-type",
            "cdylib",
            "--no-default-features",
        ])
        .args(["--features", feature, "--target-dir"])
        .arg(&directory));
    laid_out(&directory.join("prefix"), &directory.join("debug/libspotify_token.so"))
}

/// Fills a prefix with a shared library and the headers, which is what a program needs to be linked and run.
fn laid_out(prefix: &Path, library: &Path) -> PathBuf {
    fs::create_dir_all(prefix.join("lib")).unwrap();
    for (link, to) in [
        ("include", &*root().join("include")),
        ("lib/libspotify_token.so", library),
        ("lib/libspotify_token.so.0", library),
    ] {
        // From the last time, and it leads to the same place.
        let _ = symlink(to, prefix.join(link));
        assert!(prefix.join(link).exists(), "{link}");
    }
    prefix.to_owned()
}

/// A shared library with all the symbols and another ABI. Its functions abort, but those that tell what it is.
pub fn library_with_another_abi(directory: &Path, token_size: usize, abi_version: i32) {
    let functions = symbols().into_iter().map(|symbol| match &*symbol {
        "spotify_token_size" => format!("unsigned long {symbol}(void) {{ return {token_size}; }}\n"),
        "spotify_abi_version" => format!("int {symbol}(void) {{ return {abi_version}; }}\n"),
        "spotify_version" => format!("const char *{symbol}(void) {{ return \"9.0.0\"; }}\n"),
        _ => aborting(&symbol),
    });
    shared_library(directory, &functions.collect::<String>(), &[]);
}

/// A shared library without one of the symbols, as an older version is. Returns the file.
pub fn library_lacking(directory: &Path, lacking: &str) -> PathBuf {
    let functions = symbols().into_iter().filter(|symbol| symbol != lacking);
    shared_library(
        directory,
        &functions.map(|symbol| aborting(&symbol)).collect::<String>(),
        &[],
    )
}

fn aborting(symbol: &str) -> String {
    format!("void {symbol}(void) {{ abort(); }}\n")
}

/// Compiles a shared library with the library's name and the versions of its symbols. Returns the file.
pub fn shared_library(directory: &Path, functions: &str, flags: &[&str]) -> PathBuf {
    let source = directory.join("library.c");
    let library = directory.join("libspotify_token.so.0");
    fs::write(&source, "#include <stdlib.h>\n".to_owned() + functions).unwrap();
    run(Command::new("cc")
        .args(["-shared", "-fPIC", "-Wl,-soname,libspotify_token.so.0"])
        .arg(format!(
            "-Wl,--version-script={}",
            root().join("abi/spotify_token.map").display()
        ))
        .arg(&source)
        .args(flags)
        .arg("-o")
        .arg(&library));
    library
}

/// Returns the exported functions, in the order of the alphabet.
pub fn symbols() -> Vec<String> {
    let map = fs::read_to_string(root().join("abi/spotify_token.map")).unwrap();
    let names = map.lines().filter_map(|line| line.trim().strip_suffix(';'));
    let mut symbols: Vec<String> = names
        .filter(|name| name.starts_with("spotify_"))
        .map(str::to_owned)
        .collect();
    symbols.sort_unstable();
    symbols
}

/// The source tree.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command that has to succeed, and gives its output.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Compiles one source file against the shared library below `prefix`; gives the program.
pub fn compile(compiler: &str, source: &Path, prefix: &Path, flags: &[&str], into: &Path) -> PathBuf {
    let program = into.join(source.file_stem().unwrap());
    run(Command::new(compiler)
        .args(flags)
        .arg(source)
        .arg("-I")
        .arg(prefix.join("include"))
        .arg("-L")
        .arg(prefix.join("lib"))
        .args(["-lspotify_token", "-lpthread", "-o"])
        .arg(&program));
    program
}

/// A command for a program that needs the installed library, in an environment that says nothing else.
pub fn command(program: &Path, prefix: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("LD_LIBRARY_PATH", prefix.join("lib"))
        .env("SPOTIFY_DOTENV", "");
    command
}
