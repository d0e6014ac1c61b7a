//! The library as a user has it: installed below a prefix, found with pkg-config, compiled against with a C compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::tools;

/// The prefix, laid out once by `make install` for all tests of a program. `None` where a tool for that is missing.
pub fn prefix() -> Option<&'static Path> {
    static PREFIX: OnceLock<Option<TempDir>> = OnceLock::new();
    let made = PREFIX.get_or_init(|| {
        if !["make", "cc"].iter().all(|tool| tools::require(tool)) {
            return None;
        }
        let prefix = TempDir::new().unwrap();
        install(prefix.path(), "");
        Some(prefix)
    });
    made.as_ref().map(TempDir::path)
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
