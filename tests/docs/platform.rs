//! Code for one system alone is in src/platform. There, every system has the same modules.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::installed::root;

/// What only code for one system writes.
const MARKS: [&str; 8] = [
    "target_os",
    "target_family",
    "target_vendor",
    "cfg(unix",
    "cfg(windows",
    "std::os::",
    "libc::",
    "windows_sys",
];

/// What rustix has for every system that this crate runs on: sockets, and waiting for them.
const PORTABLE: [&str; 3] = ["rustix::event", "rustix::net", "rustix::io::Errno"];

pub fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(sources(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The code of a file without its comments and its tests.
pub fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let (code, _tests) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn is_of_one_system(line: &str) -> bool {
    let is_portable = |line: &str| PORTABLE.iter().any(|portable| line.contains(portable));
    MARKS.iter().any(|mark| line.contains(mark)) || (line.contains("rustix::") && !is_portable(line))
}

#[test]
fn code_for_one_system_is_in_src_platform_alone() {
    let src = root().join("src");
    let platform = src.join("platform");
    let mut found_there = 0;
    for path in sources(&src) {
        let is_test = path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests");
        if is_test {
            continue;
        }
        for line in code(&path).lines().filter(|line| is_of_one_system(line)) {
            assert!(path.starts_with(&platform), "{}: {line}", path.display());
            found_there += 1;
        }
    }
    assert!(found_there > 20, "{found_there}");
}

/// What the modules of a system offer to the rest: the path of each file with the names in it.
fn offered(system: &str) -> BTreeSet<(PathBuf, String)> {
    let folder = root().join("src/platform").join(system);
    let mut offered = BTreeSet::new();
    for path in sources(&folder) {
        let module = path.strip_prefix(&folder).unwrap();
        for line in code(&path).lines() {
            let item = line.strip_prefix("pub ").or(line.strip_prefix("pub(crate) "));
            let Some(item) = item.filter(|item| !item.starts_with("use ")) else {
                continue;
            };
            let item = item
                .split([':', '(', '<', ';', ' '])
                .take(2)
                .collect::<Vec<_>>()
                .join(" ");
            offered.insert((module.to_owned(), item));
        }
    }
    offered
}

#[test]
fn every_system_offers_the_same() {
    let (unix, windows) = (offered("unix"), offered("windows"));
    assert!(unix.len() > 30, "{unix:?}");
    let differ: Vec<_> = unix.symmetric_difference(&windows).collect();
    assert!(differ.is_empty(), "one system has, and the other lacks: {differ:#?}");
}
