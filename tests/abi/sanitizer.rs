//! Sanitizers on C programs with the library inside, built for them: races; memory that is used after its end, beyond its
//! end, or lost; undefined behaviour in C. Needs a nightly toolchain and clang.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::installed::{root, run};
use crate::support::{SECRET, server, told, tools};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A sanitizer, by the names that rustc and clang have for it.
struct Sanitizer {
    rustc: &'static str,
    clang: &'static str,
    runtime: &'static str,
    flags: &'static str,
}

const THREAD: Sanitizer = Sanitizer {
    rustc: "thread",
    clang: "-fsanitize=thread",
    runtime: "librustc-nightly_rt.tsan.a",
    flags: "--cfg thread_sanitizer",
};
const ADDRESS: Sanitizer = Sanitizer {
    rustc: "address",
    clang: "-fsanitize=address,undefined",
    runtime: "librustc-nightly_rt.asan.a",
    flags: "",
};

impl Sanitizer {
    /// A program for each of these sources; nothing where a tool for that is missing.
    fn programs(&self, sources: &[&str], into: &Path) -> Vec<PathBuf> {
        if !["clang", "clang++", "llvm-symbolizer"]
            .iter()
            .all(|tool| tools::require(tool))
        {
            return Vec::new();
        }
        let Some(runtime) = self.runtime() else {
            tools::missing("a nightly toolchain");
            return Vec::new();
        };
        let library = self.library();
        let link = |source: &&str| self.linked(&root().join(source), &runtime, &library, into);
        sources.iter().map(link).collect()
    }

    /// rustc's own runtime of the sanitizer, where there is one.
    fn runtime(&self) -> Option<PathBuf> {
        let output = Command::new("rustc")
            .args(["+nightly", "--print", "sysroot"])
            .output()
            .ok()?;
        let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
        Some(libraries.join(self.runtime)).filter(|runtime| runtime.exists())
    }

    /// The static library with every access to memory watched.
    fn library(&self) -> PathBuf {
        let directory = root().join("target/sanitizer").join(self.rustc);
        let Sanitizer { rustc, flags, .. } = self;
        let flags = format!("-Zsanitizer={rustc} -Cunsafe-allow-abi-mismatch=sanitizer {flags}");
        run(Command::new("cargo")
            .current_dir(root())
            .args(["+nightly", "rustc", "--quiet", "--lib", "--no-default-features"])
            .args(["--crate-type", "staticlib", "--target", TARGET, "--target-dir"])
            .arg(&directory)
            .env("RUSTFLAGS", flags));
        directory.join(TARGET).join("debug/libspotify_token.a")
    }

    fn linked(&self, source: &Path, runtime: &Path, library: &Path, scratch: &Path) -> PathBuf {
        let program = scratch.join(source.file_stem().unwrap());
        let object = program.with_extension("o");
        run(Command::new("clang")
            .args(["-g", self.clang, "-fno-sanitize-recover=undefined", "-c", "-I"])
            .arg(root().join("include"))
            .arg(source)
            .arg("-o")
            .arg(&object));
        // rustc's runtime in the place of clang's: the two know different functions.
        run(Command::new("clang++")
            .arg(object)
            .arg("-Wl,--whole-archive")
            .arg(runtime)
            .arg("-Wl,--no-whole-archive")
            .arg(library)
            .args([
                "-Wl,--export-dynamic",
                "-lpthread",
                "-ldl",
                "-lm",
                "-lrt",
                "-lresolv",
                "-o",
            ])
            .arg(&program));
        program
    }
}

/// Runs a program against the stand-in; it has nothing to say on stderr.
fn check_quiet(program: &Path, options: (&str, &str)) {
    let server = server();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap()) // llvm-symbolizer: without names nothing can be suppressed
        .env(options.0, options.1)
        .env("SPOTIFY_DOTENV", "");
    let output = run(told(&mut command, &server.token_url(), SECRET));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{}", program.display());
}

#[test]
fn the_thread_sanitizer_is_quiet() {
    let scratch = tempfile::tempdir().unwrap();
    let suppressions = root().join("tests/c/tsan.supp");
    let options = format!("suppressions={}", suppressions.display());
    for program in THREAD.programs(&["tests/c/threads.c"], scratch.path()) {
        check_quiet(&program, ("TSAN_OPTIONS", &options));
    }
}

#[test]
fn the_address_leak_and_undefined_behaviour_sanitizers_are_quiet() {
    let scratch = tempfile::tempdir().unwrap();
    let sources = [
        "tests/c/rules.c",
        "tests/c/threads.c",
        "examples/c/fetch.c",
        "examples/c/header.c",
    ];
    for program in ADDRESS.programs(&sources, scratch.path()) {
        check_quiet(
            &program,
            ("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1"),
        );
    }
}

#[test]
fn the_address_sanitizer_sees_into_the_library() {
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("wrong.c");
    // Reads a token after it was cleared, in Rust.
    let wrong = "#include <spotify_token.h>\nint main(void) {\n    \
                 spotify_token token = spotify_fetch_token(\"id\", 0), copy = token;\n    \
                 spotify_token_clear(&token);\n    return (int)spotify_token_retry_after(&copy);\n}\n";
    std::fs::write(&source, wrong).unwrap();
    for program in ADDRESS.programs(&[source.to_str().unwrap()], scratch.path()) {
        let output = Command::new(program).env("SPOTIFY_DOTENV", "").output().unwrap();
        let report = String::from_utf8(output.stderr).unwrap();
        assert!(report.contains("heap-use-after-free"), "{report}");
    }
}
