//! macOS: what can be seen of the library where it cannot run.

use std::path::Path;
use std::process::Command;

use crate::release::Release;
use crate::support::installed::{run, symbols};
use crate::support::tools;

const TARGETS: [(&str, &str); 2] = [("aarch64-apple-darwin", "ARM64"), ("x86_64-apple-darwin", "X86_64")];

/// What llvm-objdump says of a file.
fn objdump(flag: &str, file: &Path) -> String {
    let output = run(Command::new("llvm-objdump").args(["--macho", flag]).arg(file));
    String::from_utf8(output.stdout).unwrap()
}

/// The builds that are there, each with the name of its processor.
fn built() -> impl Iterator<Item = (Release, &'static str)> {
    let there = TARGETS
        .into_iter()
        .filter_map(|(target, processor)| Some((Release::of(target)?, processor)));
    there.filter(|_| tools::require("llvm-objdump"))
}

#[test]
fn the_library_is_found_by_rpath_and_exports_the_abi() {
    for (release, processor) in built() {
        let library = release.library();
        assert!(objdump("--private-header", &library).contains(processor));
        let id = objdump("--dylib-id", &library);
        assert!(id.ends_with("\n@rpath/libspotify_token.0.dylib\n"), "{id}");
        let exports = objdump("--exports-trie", &library);
        let names = exports.lines().filter_map(|line| line.split_whitespace().nth(1));
        let (ours, others): (Vec<&str>, Vec<&str>) = names.partition(|name| name.starts_with("_spotify_"));
        // The linker that is used here exports names of Rust as well: docs/platforms.md. Releases have few left.
        assert!(Release::is_quick() || others.len() < 10, "{others:?}");
        let mut ours: Vec<&str> = ours.iter().map(|name| &name["_spotify_".len()..]).collect();
        ours.sort_unstable();
        let listed = symbols();
        let expected: Vec<&str> = listed.iter().map(|name| &name["spotify_".len()..]).collect();
        assert_eq!(ours, expected);
    }
}

#[test]
fn the_library_and_the_command_load_nothing_but_the_system() {
    for (release, _) in built() {
        for file in [release.library(), release.command()] {
            let used = objdump("--dylibs-used", &file);
            let mut names = used.lines().skip(1).map(|line| line.split_whitespace().next().unwrap());
            assert!(
                names.all(|name| name.starts_with("/usr/lib/") || name == "@rpath/libspotify_token.0.dylib"),
                "{used}"
            );
        }
    }
}

#[test]
fn c_programs_link_with_the_library() {
    for (release, _) in built() {
        let folder = tempfile::tempdir().unwrap();
        let program = release.compile("examples/c/fetch.c", folder.path());
        let used = objdump("--dylibs-used", &program);
        assert!(used.contains("@rpath/libspotify_token.0.dylib"), "{used}");
    }
}
