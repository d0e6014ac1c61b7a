//! The README and what it says: its tables are those of the code, its C and C++ compile and run, its shell lines work.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::installed::{command, compile, make_arguments, prefix, root, run, target};
use crate::support::markdown::{blocks, document};
use crate::support::place::binary;
use crate::support::{ID, SECRET, server, told, tools};
use spotify_token::stand_in::StandIn;
use spotify_token::unstable::{ERRORS, EXIT_STATUSES, OPTIONS};

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

fn errors_table() -> String {
    let rows = ERRORS.iter().filter(|row| row.exit_status != 0).map(|row| {
        let name = row.name().strip_prefix("SPOTIFY_ERROR_").unwrap();
        let (number, status, description) = (row.code, row.exit_status, row.description());
        let retry = if row.retryable { "yes" } else { "" };
        format!("| {number} | `{name}` | {status} | {retry} | {description} |\n")
    });
    let head = "| code | name | exit status | retry | meaning |\n|---|---|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}

fn statuses_table() -> String {
    let rows = EXIT_STATUSES
        .iter()
        .map(|row| format!("| {} | {} |\n", row.status, row.meaning));
    "| status | meaning |\n|---|---|\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn the_tables_are_those_of_the_code() {
    let text = readme();
    let renewed = with_section(&text, "options", &options_table());
    let renewed = with_section(&renewed, "errors", &errors_table());
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

/// Runs the commands of the README as a new user does: one after the other, in one shell, with a new home directory and
/// nothing in the environment that says where things are installed.
#[test]
fn the_commands_of_the_readme_work_for_a_new_user() {
    if prefix().is_none() || tools::available(&["curl", "pkg-config"]).len() < 2 {
        return;
    }
    let server = server();
    let text = readme();
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("program.c"), &blocks(&text, "c")[0]).unwrap();
    let commands: Vec<String> = blocks(&text, "sh")
        .into_iter()
        .filter(|block| !block.starts_with("#!") && !block.contains("spotify-token login"))
        .map(|block| block.replace("https://api.spotify.com/v1", &server.api_url()))
        .collect();
    // The commands that a user runs in the source tree run there. cargo builds the command once more only where everything
    // is tested: without the tests' dependencies it is another build, in the place of the one that these tests use.
    let cargo = if tools::all() {
        "(cd \"$ROOT\" && command cargo \"$@\")"
    } else {
        "{ [ \"$1 $2\" = 'run --' ] && shift 2 && \"$COMMAND\" \"$@\"; }"
    };
    let script = format!(
        "make() {{ command make -s {} -C \"$ROOT\" \"$@\"; }}\ncargo() {cargo}\n{}",
        make_arguments()
            .iter()
            .map(|argument| format!("'{argument}'"))
            .collect::<Vec<_>>()
            .join(" "),
        commands.join("echo '-----'\n")
    );
    let home = scratch.path().join("home");
    fs::create_dir(&home).unwrap();
    let rust = |variable: &str, directory: &str| {
        let default = || Path::new(&std::env::var_os("HOME").unwrap()).join(directory).into();
        std::env::var_os(variable).unwrap_or_else(default)
    };
    let mut shell = Command::new("sh");
    shell
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("CARGO_HOME", rust("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", rust("RUSTUP_HOME", ".rustup"))
        .env("CARGO_TARGET_DIR", target().join("tmp/readme"))
        .env("COMMAND", binary())
        .env("HOME", &home)
        .env("ROOT", root())
        .current_dir(scratch.path())
        .args(["-euc", &script]);
    let output = run(told(&mut shell, &server.token_url(), SECRET));
    let output = String::from_utf8(output.stdout).unwrap();
    let outputs: Vec<&str> = output.split("-----\n").collect();
    let [demo, install, program, shell] = outputs[..] else {
        panic!("{output}")
    };
    assert!(demo.contains("grant_type=client_credentials"), "{demo}");
    assert_eq!(install, "");
    assert!(home.join(".local/share/man/man3/spotify_token.3").exists());
    assert!(program.starts_with("Authorization: Bearer BQ"), "{program}");
    assert!(
        shell.contains("Pitbull") && shell.contains("\"access_token\""),
        "{shell}"
    );
}

#[test]
fn the_three_commands_of_the_readme_bring_the_users_playlists() {
    if tools::available(&["curl"]).is_empty() {
        return;
    }
    let server = server();
    let home = tempfile::tempdir().unwrap();
    let browser = home.path().join("browser");
    // Agrees on the page, and goes where that leads.
    let script = "#!/bin/sh\nset -e\npage=$(curl -sSf \"$1\")\n\
                  ticket=$(printf %s \"$page\" | sed -n 's/.*name=\"ticket\" value=\"\\([^\"]*\\)\".*/\\1/p')\n\
                  curl -sSf -L -o /dev/null --data-urlencode \"ticket=$ticket\" --data decision=agree \"${1%%\\?*}\"\n";
    fs::write(&browser, script).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o700)).unwrap();
    let blocks = blocks(&readme(), "sh");
    let block = blocks
        .iter()
        .find(|block| block.contains("spotify-token login"))
        .unwrap();
    let line = block
        .replace("https://api.spotify.com/v1", &server.api_url())
        .replace("CLIENT_ID=...", &format!("CLIENT_ID={ID}"))
        .replace(
            "spotify-token login",
            &format!("spotify-token login --api-url {}", server.api_url()),
        );
    let path = format!(
        "{}:{}",
        binary().parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let output = run(Command::new("sh")
        .env_clear()
        .env("PATH", path)
        .env("HOME", home.path())
        .env("BROWSER", &browser)
        .env("SPOTIFY_TOKEN_URL", server.token_url())
        .env("SPOTIFY_AUTHORIZE_URL", server.authorize_url())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .args(["-euc", &line]));
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.contains("is logged in") && output.contains("Monday Morning"),
        "{output}"
    );
}

/// What the README has users write into their Cargo.toml.
#[test]
fn a_program_in_rust_does_not_build_what_the_command_needs() {
    let dependency = blocks(&readme(), "toml")[0].replace("../spotify-token", root().to_str().unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let manifest = format!("[package]\nname = \"program\"\nedition = \"2024\"\n\n{dependency}");
    fs::write(scratch.path().join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), scratch.path().join("Cargo.lock")).unwrap();
    fs::create_dir(scratch.path().join("src")).unwrap();
    fs::write(scratch.path().join("src/main.rs"), "fn main() {}\n").unwrap();
    let output = run(Command::new("cargo")
        .args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none"])
        .current_dir(scratch.path()));
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("\nrustls v"), "{tree}");
    for command_only in ["clap", "roff", "signal-hook", "cbindgen"] {
        assert!(!tree.contains(&format!("\n{command_only} v")), "{tree}");
    }
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
    let is_an_artist: fn(&str) -> bool = |answer| answer == "Pitbull\n";
    let is_a_token: fn(&str) -> bool = |answer| answer.starts_with("BQ") && answer.ends_with(" 3600\n");
    for (name, is_right) in [("artist.sh", is_an_artist), ("token.sh", is_a_token)] {
        let script = root().join("examples/shell").join(name);
        if tools::require("shellcheck") {
            run(Command::new("shellcheck").arg(&script));
        }
        for interpreter in tools::available(&["dash", "bash"]) {
            let output = run(shell(interpreter, prefix, &server).arg(&script));
            let answer = String::from_utf8(output.stdout).unwrap();
            assert!(is_right(&answer), "{name} in {interpreter}: {answer}");

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
fn every_link_to_a_file_leads_somewhere() {
    let mut checked = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for part in text.split("](").skip(1) {
            let target = part.split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.starts_with("http") {
                let path = document.parent().unwrap().join(target);
                assert!(path.exists(), "{}: {target}", document.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "{checked}");
}

/// Every Markdown file of the project.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![root()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                left.push(path);
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found
}
