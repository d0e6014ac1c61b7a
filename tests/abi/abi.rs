//! What the ABI promises, read back: the header, the layout, the symbols, the SONAME.

use std::fs;
use std::mem::offset_of;
use std::process::Command;

use crate::support::installed::{compile, prefix, root, run, shared_release, symbols};
use crate::support::tools;
use spotify_token::unstable::OPTIONS;
use spotify_token::unstable::ffi::{spotify_abi_version, spotify_token as Layout};

const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

#[test]
#[cfg(target_pointer_width = "64")]
fn the_layout_is_frozen() {
    let offsets = [
        offset_of!(Layout, access_token),
        offset_of!(Layout, token_type),
        offset_of!(Layout, scope),
        offset_of!(Layout, error_message),
        offset_of!(Layout, expires_at),
        offset_of!(Layout, expires_in),
        offset_of!(Layout, error_code),
        offset_of!(Layout, http_status),
        offset_of!(Layout, owner),
        size_of::<Layout>(),
    ];
    assert_eq!(offsets, [0, 8, 16, 24, 32, 40, 48, 52, 56, 64]);
}

/// Every constant of the header with a number, and that number: programs are compiled with them.
const NUMBERS: &str = "\
OK 0
ERROR_INVALID_ARGUMENT 1
ERROR_MISSING_CREDENTIALS 2
ERROR_MALFORMED_CREDENTIALS 3
ERROR_FILE 4
ERROR_DNS 10
ERROR_CONNECT 11
ERROR_TLS 12
ERROR_TIMEOUT 13
ERROR_PROXY 14
ERROR_NETWORK 15
ERROR_CANCELLED 16
ERROR_INVALID_CLIENT 20
ERROR_OAUTH 21
ERROR_RATE_LIMITED 22
ERROR_SERVER 23
ERROR_HTTP 24
ERROR_LOGIN_REQUIRED 25
ERROR_BAD_RESPONSE 30
ERROR_RESPONSE_TOO_LARGE 31
ERROR_NOT_CACHED 40
ERROR_BUFFER_TOO_SMALL 41
ERROR_INTERNAL 90
LOG_ERROR 1
LOG_WARNING 2
LOG_INFO 3
LOG_DEBUG 4
STAT_REQUESTS 0
STAT_HITS 1
STAT_WAITS 2
STAT_RETRIES 3
STAT_FAILURES 4
STAT_STORE_HITS 5
STAT_BACKGROUND_REFRESHES 6
STAT_REFUSED 7
STAT_RATE_LIMITED 8
STAT_SERVER_FAILURES 9
STAT_NETWORK_FAILURES 10
STAT_TIMEOUTS 11
STAT_TOKEN_SECONDS 12
STAT_LOGIN_SECONDS 13
STAT_LAST_SUCCESS 14
";

#[test]
fn the_numbers_are_frozen() {
    let header = fs::read_to_string(root().join("include/spotify_token.h")).unwrap();
    let defined = header.lines().filter_map(|line| line.strip_prefix("#define SPOTIFY_"));
    let mut numbers: Vec<&str> = defined
        .filter(|definition| definition.ends_with(|c: char| c.is_ascii_digit()) && !definition.contains("0x"))
        .collect();
    let mut frozen: Vec<&str> = NUMBERS.lines().collect();
    numbers.sort_unstable();
    frozen.sort_unstable();
    assert_eq!(numbers, frozen);
    for row in &OPTIONS {
        assert!(header.contains(&format!("{} ({})", row.name, row.variable)));
    }
}

#[test]
fn cargo_c_gives_the_library_the_same_soname() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, library) = manifest.split_once("[package.metadata.capi.library]\n").unwrap();
    let library = library.split("\n[").next().unwrap();
    let value = |key: &str| library.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    let version = value("version = ").trim_matches('"');
    assert_eq!(version.split('.').next(), Some(&*spotify_abi_version().to_string()));
    assert_eq!(value("version_suffix_components = "), "1");
}

#[test]
fn the_header_compiles_in_every_c_and_cpp_without_a_warning() {
    let scratch = tempfile::tempdir().unwrap();
    let include = root().join("include");
    let check = |compiler: &str, name: &str, header: &str, standards: &[&str], extra: &[&str]| {
        let source = scratch.path().join(name);
        fs::write(
            &source,
            format!("#include <{header}>\nint main(void) {{ return 0; }}\n"),
        )
        .unwrap();
        for standard in standards {
            let standard = format!("-std={standard}");
            let mut command = Command::new(compiler);
            command
                .arg(standard)
                .args(STRICT)
                .args(extra)
                .arg("-I")
                .arg(&include)
                .arg("-fsyntax-only")
                .arg(&source);
            run(&mut command);
        }
    };
    let has_curl = tools::require_that("libcurl", "pkg-config --exists libcurl");
    for compiler in tools::available(&["gcc", "clang"]) {
        check(
            compiler,
            "header.c",
            "spotify_token.h",
            &["c99", "c11", "c17", "c2x"],
            &[],
        );
        if has_curl {
            check(compiler, "curl.c", "spotify_token_curl.h", &["c99", "c2x"], &[]);
        }
    }
    for compiler in tools::available(&["g++", "clang++"]) {
        let standards = ["c++11", "c++14", "c++17", "c++20", "c++2b"];
        check(compiler, "header.cpp", "spotify_token.h", &standards, &[]);
        let strict = ["-Wshadow", "-Wconversion"];
        check(compiler, "owners.cpp", "spotify_token.hpp", &standards[2..], &strict);
        check(
            compiler,
            "plain.cpp",
            "spotify_token.hpp",
            &standards[2..],
            &["-fno-exceptions", "-fno-rtti"],
        );
        if has_curl {
            check(compiler, "curl.cpp", "spotify_token_curl.hpp", &standards[2..], &strict);
        }
    }
}

#[test]
fn a_c_program_sees_the_same_layout() {
    let Some(prefix) = prefix() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let source = root().join("tests/c/layout.c");
    for compiler in tools::available(&["gcc", "clang"]) {
        let flags = [&["-std=c11"], &STRICT[..]].concat();
        let program = compile(compiler, &source, prefix, &flags, scratch.path());
        run(&mut crate::support::installed::command(&program, prefix));
    }
}

/// The exported functions with their versions, as the version script has them.
fn versioned_symbols() -> Vec<String> {
    let map = fs::read_to_string(root().join("abi/spotify_token.map")).unwrap();
    let mut version = "";
    let mut symbols = Vec::new();
    for line in map.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(" {") {
            version = name;
        } else if let Some(symbol) = line.strip_suffix(';').filter(|symbol| symbol.starts_with("spotify_")) {
            symbols.push(format!("{symbol}@@{version}"));
        }
    }
    symbols.sort_unstable();
    symbols
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_exports_the_listed_symbols_with_their_versions_and_nothing_else() {
    let Some(prefix) = shared_release().filter(|_| tools::require("nm")) else {
        return;
    };
    let library = prefix.join("lib/libspotify_token.so");
    let output = run(Command::new("nm")
        .args(["-D", "--defined-only", "--with-symbol-versions", "--format=posix"])
        .arg(library));
    let text = String::from_utf8(output.stdout).unwrap();
    // GNU ld lists the versions themselves too, as absolute symbols.
    let symbols = text.lines().filter(|line| !line.contains(" A "));
    let mut symbols: Vec<&str> = symbols.filter_map(|line| line.split(' ').next()).collect();
    symbols.sort_unstable();
    assert_eq!(
        symbols,
        versioned_symbols(),
        "abi/spotify_token.map lists what is exported"
    );
}

#[test]
fn the_header_declares_what_is_exported() {
    let header = fs::read_to_string(root().join("include/spotify_token.h")).unwrap();
    let mut declared: Vec<&str> = header
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()) && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .collect();
    declared.sort_unstable();
    assert_eq!(declared, symbols());
}

#[test]
fn the_library_has_its_soname_stays_loaded_and_needs_little() {
    let Some(prefix) = shared_release().filter(|_| tools::require("readelf")) else {
        return;
    };
    let library = prefix.join("lib/libspotify_token.so");
    let output = run(Command::new("readelf").args(["-d", "-W"]).arg(library));
    let dynamic = String::from_utf8(output.stdout).unwrap();
    let soname = format!("Library soname: [libspotify_token.so.{}]", spotify_abi_version());
    assert!(dynamic.contains(&soname), "{dynamic}");
    assert!(dynamic.contains("NODELETE"), "{dynamic}");
    let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    for line in needed {
        let allowed = ["libc.", "libm.", "libgcc_s.", "libpthread.", "libdl.", "ld-linux"];
        assert!(allowed.iter().any(|name| line.contains(name)), "{line}");
    }
}

#[test]
fn the_library_has_packed_relocations_where_the_loader_knows_them() {
    if !tools::require("readelf") || !tools::require_that("glibc", "getconf GNU_LIBC_VERSION") {
        return;
    }
    let Some(prefix) = shared_release() else { return };
    let version = String::from_utf8(run(Command::new("getconf").arg("GNU_LIBC_VERSION")).stdout).unwrap();
    let numbers = version.trim().strip_prefix("glibc ").unwrap();
    let numbers: Vec<u32> = numbers.split('.').map(|number| number.parse().unwrap()).collect();
    let output = run(Command::new("readelf")
        .args(["-d", "-W"])
        .arg(prefix.join("lib/libspotify_token.so")));
    let dynamic = String::from_utf8(output.stdout).unwrap();
    assert_eq!(dynamic.contains("(RELR)"), numbers >= vec![2, 36], "{version}{dynamic}");
}

#[test]
fn the_static_library_links_beside_another_rust_archive() {
    let Some(prefix) = prefix().filter(|_| tools::require("rustc")) else {
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::write(
        at("other.rs"),
        "#[unsafe(no_mangle)] pub extern \"C\" fn other() -> i32 {\n    \
         std::panic::catch_unwind(|| std::env::args().count() as i32).unwrap_or(0)\n}\n",
    )
    .unwrap();
    run(Command::new("rustc")
        .args(["--crate-type", "staticlib", "--edition", "2024", "-O", "-o"])
        .arg(at("libother.a"))
        .arg(at("other.rs")));
    fs::write(
        at("main.c"),
        "#include <spotify_token.h>\nint other(void);\nint main(void) {\n    \
         spotify_client_free(spotify_client_new(0));\n    return other() != 1;\n}\n",
    )
    .unwrap();
    for order in [["libother.a", "spotify"], ["spotify", "libother.a"]] {
        let archive = |name: &str| {
            if name == "spotify" {
                prefix.join("lib/libspotify_token.a")
            } else {
                at(name)
            }
        };
        run(Command::new("cc")
            .arg(at("main.c"))
            .args(order.map(archive))
            .arg("-I")
            .arg(prefix.join("include"))
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(at("main")));
        run(&mut Command::new(at("main")));
    }
}
