//! The time of a call that returns a cached token in other languages, with our binding and with what people use there. Each
//! program measures both in turns.

use std::path::Path;
use std::process::Command;

use super::peers::folder;
use super::support::installed::{command, release_prefix, root, run};
use super::support::{SECRET, server, told, tools};
use super::table::{Table, short};

/// A language: lines of shell that run in an empty directory, with the bindings in `$BINDINGS` and the programs in `$PROGRAMS`.
struct Language {
    name: &'static str,
    needs: &'static str,
    prepare: &'static str,
    program: &'static str,
}

const LANGUAGES: [Language; 3] = [
    Language {
        name: "Python",
        needs: "command -v python3",
        prepare: "",
        program: "env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=\"$BINDINGS/python\" python3 \"$PROGRAMS/memory.py\"",
    },
    Language {
        name: "Node",
        needs: "node --eval 'require(\"koffi\")'",
        prepare: "cp \"$PROGRAMS/memory.mjs\" . && mkdir node_modules && ln -s \"$BINDINGS/node\" node_modules/libspotify-token",
        program: "node memory.mjs",
    },
    Language {
        name: "Go",
        needs: "command -v go && command -v cc && test -d /usr/share/gocode/src/golang.org/x/oauth2",
        // In GOPATH mode, so that nothing is asked of a module proxy.
        prepare: "mkdir -p go/src/example.org go/src/program && ln -s \"$BINDINGS/go\" go/src/example.org/libspotify-token && \
                  cp \"$PROGRAMS/memory.go\" go/src/program && \
                  GO111MODULE=off GOPATH=\"$PWD/go:/usr/share/gocode\" GOCACHE=\"$PWD/cache\" go build -o memory program",
        program: "./memory",
    },
];

/// Measures each language that is there.
pub fn table(scratch: &Path) -> Table {
    let prefix = release_prefix().expect("make and cc are needed");
    let mut table = Table::new(&["one call from memory", "binding", "what people use there", "ratio"]);
    for language in &LANGUAGES {
        if !tools::require_that(language.name, language.needs) {
            continue;
        }
        let directory = scratch.join(language.name);
        std::fs::create_dir(&directory).unwrap();
        let server = server();
        let line = |line: &str| {
            let mut shell = command(Path::new("sh"), prefix);
            told(shell.args(["-c", line]), &server.token_url(), SECRET)
                .current_dir(&directory)
                .env("BINDINGS", root().join("bindings"))
                .env("PROGRAMS", folder().join("languages"))
                .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
                .envs(["NODE_PATH", "HOME"].map(|name| (name, std::env::var_os(name).unwrap_or_default())));
            timed(&mut shell)
        };
        line(language.prepare);
        let times = line(language.program);
        let [(_, ours), others @ ..] = times.as_slice() else {
            panic!("{} printed nothing", language.name);
        };
        let other = others.first();
        let theirs = other.map_or("not on this machine".to_owned(), |(name, time)| {
            format!("{name}: {}", shown(*time))
        });
        let ratio = other.map_or(String::new(), |(_, theirs)| short(ours / theirs));
        table.row(language.name, [shown(*ours), theirs, ratio]);
    }
    table
}

/// The lines that a program printed: names and nanoseconds.
fn timed(program: &mut Command) -> Vec<(String, f64)> {
    let output = String::from_utf8(run(program).stdout).unwrap();
    let lines = output.lines().map(|line| line.split_once('\t').expect(line));
    lines
        .map(|(name, time)| (name.to_owned(), time.parse().expect(time)))
        .collect()
}

fn shown(nanoseconds: f64) -> String {
    format!("{:.2} µs", nanoseconds / 1000.0)
}
