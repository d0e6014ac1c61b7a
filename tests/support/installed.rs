//! The library as a user has it: installed below a prefix, found with pkg-config, compiled against with a C compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::tools;

/// The prefix, laid out once by `make install` for all tests of a program. `None` where a tool for that is missing.
pub fn prefix() -> Option<&'static Path> {
    static PREFIX: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PREFIX.get_or_init(|| {
        if !["make", "cc"].iter().all(|tool| tools::require(tool)) {
            return None;
        }
        // A static is never dropped, so a directory that cleans up after itself would not: this one is used again.
        let program = std::env::current_exe().unwrap();
        let name = program.file_stem().unwrap();
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).join("prefix");
        install(&prefix, "");
        Some(prefix)
    });
    made.as_deref()
}

/// Runs `make install`.
pub fn install(prefix: &Path, destdir: &str) {
    run(Command::new("make")
        .current_dir(root())
        .args(["-s", "install"])
        .arg(format!("PREFIX={}", prefix.display()))
        .arg(format!("DESTDIR={destdir}"))
        .env_remove("MAKEFLAGS"));
}

/// The shared library with this feature, built for tests; laid out like a prefix, with what a program needs to be linked
/// and run.
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
    let prefix = directory.join("prefix");
    std::fs::create_dir_all(prefix.join("lib")).unwrap();
    for name in ["libspotify_token.so", "libspotify_token.so.0"] {
        std::fs::copy(
            directory.join("debug/libspotify_token.so"),
            prefix.join("lib").join(name),
        )
        .unwrap();
    }
    std::fs::create_dir_all(prefix.join("include")).unwrap();
    std::fs::copy(
        root().join("include/spotify_token.h"),
        prefix.join("include/spotify_token.h"),
    )
    .unwrap();
    prefix
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
