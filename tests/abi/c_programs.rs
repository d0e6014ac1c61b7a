//! C and C++ programs, compiled and run against the installed header and library, as a user would.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use rustls::ALL_VERSIONS;
use spotify_token::stand_in::{Accounts, StandIn};

use crate::support::installed::{command, compile, library_with_another_abi, prefix, root, run};
use crate::support::network;
use crate::support::tls::{Ca, Flaw};
use crate::support::{SECRET, server, slow_server, told, tools};

const STRICT: [&str; 5] = ["-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// The same program from each compiler that is there.
fn built(source: &str, compilers: &[&str], flags: &[&str], prefix: &Path) -> Vec<(tempfile::TempDir, PathBuf)> {
    let build = |compiler: &&str| {
        let scratch = tempfile::tempdir().unwrap();
        let flags = [flags, &STRICT[..]].concat();
        let program = compile(compiler, &root().join(source), prefix, &flags, scratch.path());
        (scratch, program)
    };
    tools::available(compilers).iter().map(build).collect()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn the_examples_print_a_token_or_say_why_not() {
    let Some(prefix) = prefix() else { return };
    let server = server();
    let examples: [(&str, &[&str], &[&str], &str); 3] = [
        ("examples/c/fetch.c", &["gcc", "clang"], &["-std=c99"], "BQ"),
        (
            "examples/c/header.c",
            &["gcc", "clang"],
            &["-std=c99"],
            "Authorization: Bearer BQ",
        ),
        (
            "examples/cpp/header.cpp",
            &["g++", "clang++"],
            &["-std=c++17"],
            "Authorization: Bearer BQ",
        ),
    ];
    for (source, compilers, flags, answer) in examples {
        for (_scratch, program) in built(source, compilers, flags, prefix) {
            let output = run(told(&mut command(&program, prefix), &server.token_url(), SECRET));
            assert!(
                stdout(&output).starts_with(answer) && stdout(&output).ends_with('\n'),
                "{source}"
            );
            assert_eq!(stderr(&output), "", "{source}");

            let output = told(
                &mut command(&program, prefix),
                &server.token_url(),
                "canary-wrong-secret",
            )
            .output()
            .unwrap();
            assert_eq!(output.status.code(), Some(1), "{source}");
            assert_eq!(stdout(&output), "", "{source}");
            assert!(
                stderr(&output).starts_with("SPOTIFY_ERROR_INVALID_CLIENT: "),
                "{source}: {}",
                stderr(&output)
            );
            assert!(!stderr(&output).contains("canary"), "{}", stderr(&output));
        }
    }
}

#[test]
fn the_rules_of_the_header_hold() {
    let Some(prefix) = prefix() else { return };
    let server = server();
    for (_scratch, program) in built("tests/c/rules.c", &["gcc", "clang"], &["-std=c99"], prefix) {
        let output = run(told(&mut command(&program, prefix), &server.token_url(), SECRET));
        assert_eq!((stdout(&output), stderr(&output)), ("", ""));
    }
}

#[test]
fn valgrind_finds_nothing_wrong_and_nothing_lost() {
    let Some(prefix) = prefix().filter(|_| tools::require("valgrind")) else {
        return;
    };
    let server = server();
    for (source, standard) in [
        ("examples/c/fetch.c", "-std=c99"),
        ("examples/c/header.c", "-std=c99"),
        ("tests/c/rules.c", "-std=c99"),
        ("tests/c/threads.c", "-std=c11"),
    ] {
        for (_scratch, program) in built(source, &["gcc"], &[standard], prefix) {
            let mut valgrind = command(Path::new("valgrind"), prefix);
            valgrind.args([
                "-q",
                "--leak-check=full",
                "--show-leak-kinds=definite,indirect",
                "--errors-for-leak-kinds=definite,indirect",
                "--error-exitcode=99",
            ]);
            let output = told(valgrind.arg(&program), &server.token_url(), SECRET)
                .output()
                .unwrap();
            assert!(output.status.success(), "{source}: {}", stderr(&output));
            assert_eq!(stderr(&output), "", "{source}");
        }
    }
}

#[test]
fn children_of_a_busy_process_all_get_a_token() {
    let Some(prefix) = prefix() else { return };
    let server = server();
    for (_scratch, program) in built("tests/c/fork.c", &["gcc"], &["-std=gnu11"], prefix) {
        let mut forking = command(&program, prefix);
        let output = run(told(&mut forking, &server.token_url(), SECRET).arg("1000"));
        assert_eq!((stdout(&output), stderr(&output)), ("1000 of 1000\n", ""));
    }
}

/// Threads of the parent are in the resolver, which has a lock that glibc does not reset in a child.
#[test]
fn children_of_a_process_that_looks_up_names_all_get_a_token() {
    const HOST: &str = "accounts.wild.example";
    let Some(prefix) = prefix().filter(|_| network::is_there()) else {
        return;
    };
    let (server, ca, directory) = (server(), Ca::new(), tempfile::tempdir().unwrap());
    let port = ca.front(Flaw::Wildcard, ALL_VERSIONS, server.address());
    let file = ca.file_in(directory.path());
    for (_scratch, program) in built("tests/c/fork.c", &["gcc"], &["-std=gnu11"], prefix) {
        let mut shell = command(Path::new("/bin/sh"), prefix);
        shell.args(["-ec", &network::names(HOST, &["127.0.0.1"]), "sh"]);
        let url = format!("https://{HOST}:{port}/api/token");
        let output = run(told(&mut shell, &url, SECRET)
            .env("SPOTIFY_CA_FILE", &file)
            .arg(&program)
            .arg("300"));
        assert_eq!((stdout(&output), stderr(&output)), ("300 of 300\n", ""));
    }
}

/// Runs `tests/c/hosts.c` with this argument, so many times, against a server that takes its time.
fn host_does(what: &str, times: usize) {
    let Some(prefix) = prefix() else { return };
    let server = slow_server(Duration::from_millis(30));
    for (_scratch, program) in built("tests/c/hosts.c", &["gcc"], &["-std=gnu11"], prefix) {
        for _ in 0..times {
            let mut host = command(&program, prefix);
            let output = run(told(&mut host, &server.token_url(), SECRET).arg(what));
            assert_eq!((stdout(&output), stderr(&output)), ("", ""), "{what}");
        }
    }
}

#[test]
fn no_logger_is_called_once_its_client_is_freed() {
    host_does("logger", 1);
}

#[test]
fn a_logger_may_free_its_own_client() {
    host_does("in-logger", 1);
}

#[test]
fn a_cancelled_thread_ends_after_its_call() {
    host_does("cancel", 1);
}

#[test]
fn a_child_forked_during_the_first_call_can_make_its_own() {
    host_does("first", 100);
}

#[test]
fn counters_never_go_backwards_in_a_child() {
    host_does("stats", 1);
}

#[test]
fn a_child_in_a_new_pid_namespace_knows_that_it_is_one() {
    if tools::require_that("root", "test \"$(id -u)\" = 0") {
        host_does("namespace", 1);
    }
}

/// Flags for C++ that has to compile without a warning.
const STRICT_CPP: [&str; 3] = ["-Wshadow", "-Wconversion", "-Wold-style-cast"];
const CPP_STANDARDS: [&str; 3] = ["-std=c++17", "-std=c++20", "-std=c++2b"];

/// A server whose tokens live for so many seconds.
fn server_of(expires_in: i64, delay: Duration) -> StandIn {
    StandIn::spotify(Accounts {
        expires_in,
        delay,
        ..Accounts::default()
    })
    .unwrap()
}

#[test]
fn the_objects_in_cpp_hold_in_every_standard_with_and_without_exceptions() {
    let Some(prefix) = prefix() else { return };
    let server = server();
    let long_lived = server_of(9_300_000_000, Duration::ZERO);
    for standard in CPP_STANDARDS {
        for exceptions in [&[][..], &["-fno-exceptions", "-fno-rtti"]] {
            let flags = [&[standard], &STRICT_CPP[..], exceptions].concat();
            for (_scratch, program) in built("tests/c/owners.cpp", &["g++", "clang++"], &flags, prefix) {
                run(told(&mut command(&program, prefix), &server.token_url(), SECRET).arg(long_lived.token_url()));
            }
        }
    }
}

#[test]
fn a_cpp_program_may_mix_standards_flags_and_compilers() {
    let Some(prefix) = prefix() else { return };
    let server = server();
    let scratch = tempfile::tempdir().unwrap();
    let object = |compiler: &str, source: &str, name: &str, flags: &[&str]| {
        let object = scratch.path().join(name).with_extension("o");
        run(Command::new(compiler)
            .args(STRICT)
            .args(STRICT_CPP)
            .args(flags)
            .arg("-I")
            .arg(prefix.join("include"))
            .arg("-c")
            .arg(root().join(source))
            .arg("-o")
            .arg(&object));
        object
    };
    let compilers = tools::available(&["g++", "clang++"]);
    let mut parts = Vec::new();
    let mut names = String::new();
    for compiler in &compilers {
        for standard in CPP_STANDARDS {
            for flags in [
                &[][..],
                &["-fno-rtti"],
                &["-fno-exceptions"],
                &["-fno-exceptions", "-fno-rtti"],
            ] {
                let name = format!("part{}", parts.len());
                let part = format!("-DPART={name}");
                let flags = [flags, &[standard, &part]].concat();
                parts.push(object(compiler, "tests/c/mixed.cpp", &name, &flags));
                names += &format!(" X({name})");
            }
        }
    }
    let Some(compiler) = compilers.first() else { return };
    let list = format!("-DPARTS(X)={names}");
    let main = object(compiler, "tests/c/mixed_main.cpp", "main", &["-std=c++17", &list]);
    // Of the functions with one name the linker takes the first. One end has exceptions, the other has not.
    for _ in 0..2 {
        parts.reverse();
        let program = scratch.path().join("mixed");
        run(Command::new(compiler)
            .args(&parts)
            .arg(&main)
            .arg("-L")
            .arg(prefix.join("lib"))
            .args(["-lspotify_token", "-lpthread", "-o"])
            .arg(&program));
        run(told(&mut command(&program, prefix), &server.token_url(), SECRET));
    }
}

#[test]
fn a_logger_in_cpp_lives_as_long_as_its_clients() {
    let Some(prefix) = prefix() else { return };
    let server = server_of(3, Duration::from_millis(300));
    for exceptions in [&[][..], &["-fno-exceptions"]] {
        let flags = [&["-std=c++17"], &STRICT_CPP[..], exceptions].concat();
        for (_scratch, program) in built("tests/c/logger.cpp", &["g++"], &flags, prefix) {
            run(told(&mut command(&program, prefix), &server.token_url(), SECRET));
        }
    }
}

#[test]
fn a_cpp_program_says_that_the_library_does_not_fit() {
    let Some(prefix) = prefix() else { return };
    let other = tempfile::tempdir().unwrap();
    for (size, abi) in [(24, 0), (64, 9)] {
        library_with_another_abi(other.path(), size, abi);
        for exceptions in [&[][..], &["-fno-exceptions"]] {
            let flags = [&["-std=c++17"], &STRICT_CPP[..], exceptions].concat();
            for (_scratch, program) in built("tests/c/misfit.cpp", &["g++"], &flags, prefix) {
                run(command(&program, prefix).env("LD_LIBRARY_PATH", other.path()));
            }
        }
    }
}
