//! The thread sanitizer on a C program with the library inside, built for it. Needs a nightly toolchain and clang.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::installed::{root, run};
use support::{SECRET, server, told, tools};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// rustc's own runtime of the sanitizer, where there is one.
fn runtime() -> Option<PathBuf> {
    let output = Command::new("rustc")
        .args(["+nightly", "--print", "sysroot"])
        .output()
        .ok()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let runtime = sysroot
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib/librustc-nightly_rt.tsan.a");
    runtime.exists().then_some(runtime)
}

/// The static library with every access to memory watched.
fn library() -> PathBuf {
    let directory = root().join("target/sanitizer");
    let flags = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg thread_sanitizer";
    run(Command::new("cargo")
        .current_dir(root())
        .args([
            "+nightly",
            "rustc",
            "--quiet",
            "--lib",
            "--no-default-features",
            "--crate-type",
            "staticlib",
        ])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&directory)
        .env("RUSTFLAGS", flags));
    directory.join(TARGET).join("debug/libspotify_token.a")
}

fn linked(runtime: &Path, library: &Path, scratch: &Path) -> PathBuf {
    let (object, program) = (scratch.join("threads.o"), scratch.join("threads"));
    run(Command::new("clang")
        .args(["-g", "-fsanitize=thread", "-c", "-I"])
        .arg(root().join("include"))
        .arg(root().join("tests/c/threads.c"))
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

#[test]
fn the_thread_sanitizer_is_quiet() {
    if !["clang", "clang++", "llvm-symbolizer"]
        .iter()
        .all(|tool| tools::require(tool))
    {
        return;
    }
    let Some(runtime) = runtime() else {
        tools::missing("a nightly toolchain");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let program = linked(&runtime, &library(), scratch.path());
    let server = server();
    let suppressions = root().join("tests/c/tsan.supp");
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap()) // llvm-symbolizer: without names nothing can be suppressed
        .env("TSAN_OPTIONS", format!("suppressions={}", suppressions.display()))
        .env("SPOTIFY_DOTENV", "");
    let output = run(told(&mut command, &server.token_url(), SECRET));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
