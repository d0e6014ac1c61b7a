//! The README and what it says: its tables are those of the code, its C and C++ compile and run, its shell lines work.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::installed::{command, compile, prefix, root, run};
use crate::support::markdown::{blocks, document};
use crate::support::{SECRET, server, told, tools};
use spotify_token::stand_in::StandIn;
use spotify_token::{EXIT_STATUSES, ErrorRow, OPTIONS};

fn readme() -> String {
    document("README.md")
}

/// The README with what stands between two marks replaced.
fn with_section(text: &str, name: &str, content: &str) -> String {
    let start = text.find(&format!("<!-- {name}: ")).expect(name);
    let start = start + text[start..].find("-->\n").unwrap() + 4;
    let end = text.find(&format!("<!-- /{name} -->")).expect(name);
    format!("{}{content}{}", &text[..start], &text[end..])
}

fn options_table() -> String {
    let rows = OPTIONS.iter().map(|row| {
        let (name, variable, default, meaning) = (row.name, row.variable, row.default, row.meaning);
        format!("| `{name}` | `{variable}` | {default} | {meaning} |\n")
    });
    let head = "| name | variable | default | meaning |\n|---|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}

fn statuses_table() -> String {
    let rows = EXIT_STATUSES.iter().map(|row| {
        let errors: Vec<&str> = row.errors().map(ErrorRow::description).collect();
        format!("| {} | {} | {} |\n", row.status, row.meaning, errors.join("; "))
    });
    "| status | meaning | errors |\n|---|---|---|\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn the_tables_are_those_of_the_code() {
    let text = readme();
    let renewed = with_section(&text, "options", &options_table());
    let renewed = with_section(&renewed, "exit statuses", &statuses_table());
    if std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some() {
        fs::write(root().join("README.md"), &renewed).unwrap();
    } else {
        assert!(
            text == renewed,
            "renew the README: SPOTIFY_TOKEN_RENEW=1 cargo test --test docs readme"
        );
    }
}

/// A shell in which the installed command and a server are known.
fn shell(shell: &str, prefix: &Path, server: &StandIn) -> Command {
    let mut command = command(Path::new(shell), prefix);
    let path = std::env::var("PATH").unwrap();
    command
        .env("PATH", format!("{}:{path}", prefix.join("bin").display()))
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .env("SPOTIFY_API_URL", server.api_url())
        .env("SPOTIFY_CACHE", "memory");
    told(&mut command, &server.token_url(), SECRET);
    command
}

#[test]
fn the_c_and_cpp_of_the_readme_bring_a_header() {
    let Some(prefix) = prefix() else { return };
    let server = server();
    let scratch = tempfile::tempdir().unwrap();
    let text = readme();
    for (language, compiler, flags) in [
        ("c", "cc", ["-std=c99", "-Werror"]),
        ("cpp", "c++", ["-std=c++17", "-Werror"]),
    ] {
        if !tools::require(compiler) {
            continue;
        }
        let blocks = blocks(&text, language);
        assert_eq!(blocks.len(), 1);
        let source: PathBuf = scratch.path().join(format!("readme_{language}.{language}"));
        fs::write(&source, &blocks[0]).unwrap();
        let program = compile(compiler, &source, prefix, &flags, scratch.path());
        let output = run(shell("sh", prefix, &server).args(["-c", "\"$0\""]).arg(program));
        assert!(output.stdout.starts_with(b"Authorization: Bearer BQ"));
    }
}

#[test]
fn the_shell_lines_of_the_readme_work() {
    let Some(prefix) = prefix().filter(|_| ["curl", "pkg-config"].iter().all(|tool| tools::require(tool))) else {
        return;
    };
    let server = server();
    let text = readme();
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("program.c"), &blocks(&text, "c")[0]).unwrap();
    let mut ran = 0;
    let lines = blocks(&text, "sh").into_iter().filter(|block| !block.starts_with("#!"));
    for line in lines.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()) {
        let line = match line.split(' ').next().unwrap() {
            // `cargo test` runs this test, `demo` has tests of its own, and the prefix is installed already.
            "cargo" | "make" => continue,
            _ => line.replace("https://api.spotify.com/v1", &server.api_url()),
        };
        let mut command = shell("sh", prefix, &server);
        run(command.current_dir(scratch.path()).args(["-ec", &line]));
        ran += 1;
    }
    assert_eq!((ran, server.api_requests().len()), (3, 1));
}

#[test]
fn the_script_of_the_readme_reads_an_artist_in_two_ways() {
    let Some(prefix) = prefix().filter(|_| ["curl", "python3"].iter().all(|tool| tools::require(tool))) else {
        return;
    };
    let server = server();
    let scripts: Vec<String> = blocks(&readme(), "sh")
        .into_iter()
        .filter(|block| block.starts_with("#!"))
        .collect();
    assert_eq!((scripts.len(), scripts[0].lines().count()), (1, 10));
    for interpreter in tools::available(&["dash", "bash"]) {
        let output = run(shell(interpreter, prefix, &server).args(["-c", &scripts[0]]));
        let artists = String::from_utf8(output.stdout).unwrap();
        assert_eq!(artists.matches("\"name\":\"Pitbull\"").count(), 2, "{artists}");
    }
}

#[test]
fn the_shell_examples_are_clean_and_work_in_dash_and_bash() {
    let Some(prefix) = prefix().filter(|_| tools::require("curl")) else {
        return;
    };
    let server = server();
    for name in ["artist.sh", "token.sh"] {
        let script = root().join("examples/shell").join(name);
        if tools::require("shellcheck") {
            run(Command::new("shellcheck").arg(&script));
        }
        for interpreter in tools::available(&["dash", "bash"]) {
            let output = run(shell(interpreter, prefix, &server).arg(&script));
            let answer = String::from_utf8(output.stdout).unwrap();
            assert!(
                answer.contains("Pitbull") || answer.starts_with("BQ") && answer.ends_with(" 3600\n"),
                "{answer}"
            );

            let output = shell(interpreter, prefix, &server)
                .env("CLIENT_SECRET", "wrong")
                .arg(&script)
                .output()
                .unwrap();
            assert_eq!(
                (output.status.code(), output.stdout),
                (Some(77), Vec::new()),
                "{name} in {interpreter}"
            );
        }
    }
}

#[test]
fn no_command_line_ever_holds_secret_or_token() {
    let Some(prefix) = prefix().filter(|_| ["strace", "curl", "bash"].iter().all(|tool| tools::require(tool))) else {
        return;
    };
    let server = server();
    let scratch = tempfile::tempdir().unwrap();
    let log = scratch.path().join("log");
    let script = root().join("examples/shell/artist.sh");
    let mut strace = shell("strace", prefix, &server);
    strace
        .args(["-f", "-qq", "-e", "trace=execve", "-s", "10000", "-o"])
        .arg(&log)
        .arg("bash")
        .arg(script);
    run(&mut strace);
    let calls = fs::read_to_string(&log).unwrap();
    assert!(calls.contains("spotify-token") && calls.contains("curl"), "{calls}");
    assert!(!calls.contains(SECRET) && !calls.contains("BQ"), "{calls}");
}

#[test]
fn every_file_that_is_pointed_to_is_there() {
    for file in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap();
            if !target.starts_with("http") && !target.starts_with('#') {
                assert!(root().join(target).exists(), "{file}: {target}");
            }
        }
    }
}
