//! The programs that fetch one token and print it: ours and what people use instead, each told of the same server, the same
//! credentials and the same file of authorities. One that is not on this machine is left out, and said so.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::Program;
use super::support::installed::{release_prefix, root, run};
use super::support::{ID, SECRET, told, tools};

/// Compiles one of this bench's C programs.
pub fn compiled(name: &str, flags: &[&str], libraries: &[&str], into: &Path) -> PathBuf {
    let program = into.join(name);
    run(Command::new("cc")
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"])
        .args(flags)
        .arg(root().join("benches/performance").join(name).with_extension("c"))
        .args(libraries)
        .arg("-o")
        .arg(&program));
    program
}

/// A command that knows nothing of this process's environment but where programs are.
pub fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command
}

/// Our command with these arguments. Its token rests below `home`, unless the arguments say otherwise.
pub fn ours(arguments: &[&str], token_url: &str, ca_file: &Path, home: &Path) -> Command {
    let mut command = bare(
        release_prefix()
            .expect("make and cc are needed")
            .join("bin/spotify-token"),
    );
    command.args(arguments).env("HOME", home).env("SSL_CERT_FILE", ca_file);
    told(&mut command, token_url, SECRET);
    command
}

/// The floor.
pub fn prints_only(scratch: &Path) -> Program {
    Program {
        name: "a process that only prints (the floor)",
        command: bare(compiled("print", &[], &[], scratch)),
    }
}

/// Everybody who fetches, curl first.
pub fn fetching(token_url: &str, ca_file: &Path, scratch: &Path) -> Vec<Program> {
    let mut programs = Vec::from_iter(curl(token_url, ca_file));
    let told_plainly = |mut command: Command| {
        command
            .env("TOKEN_URL", token_url)
            .env("CLIENT_ID", ID)
            .env("CLIENT_SECRET", SECRET)
            .env("CA_FILE", ca_file);
        command
    };
    let headers = "printf '#include <curl/curl.h>\\n#include <cjson/cJSON.h>\\n' | cc -E - ";
    if tools::require_that("libcurl or cJSON", headers) {
        programs.push(Program {
            name: "C on libcurl and cJSON",
            command: told_plainly(bare(compiled("libcurl", &[], &["-lcurl", "-lcjson"], scratch))),
        });
    }
    if tools::require_that("Python's requests", "python3 -c 'import requests'") {
        // What starts Python may be a script that looks for it.
        let python = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"])).stdout;
        let mut command = bare(String::from_utf8(python).unwrap().trim());
        command.arg(root().join("benches/performance/requests_peer.py"));
        programs.push(Program {
            name: "Python on requests",
            command: told_plainly(command),
        });
    }
    programs.push(ours_fetching(token_url, ca_file, scratch));
    programs.push(prints_only(scratch));
    programs
}

/// The program curl, where it is on this machine.
pub fn curl(token_url: &str, ca_file: &Path) -> Option<Program> {
    tools::require("curl").then(|| {
        let mut command = bare("curl");
        command
            .args(["--silent", "--fail", "--user", &format!("{ID}:{SECRET}")])
            .args(["--data", "grant_type=client_credentials", "--cacert"])
            .arg(ca_file)
            .arg(token_url);
        Program { name: "curl", command }
    })
}

/// Our command, which fetches.
pub fn ours_fetching(token_url: &str, ca_file: &Path, home: &Path) -> Program {
    Program {
        name: OURS,
        command: ours(&["token", "--cache", "memory"], token_url, ca_file, home),
    }
}

/// How our row is called.
pub const OURS: &str = "`spotify-token token --cache memory`";
