//! Every example, in every language, against the installed library and the stand-in: it prints the artist, it says what
//! is wrong, and nothing that a program does wrong makes it crash.

mod blocking;
mod login;
mod login_calls;
mod prefork;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use spotify_token::stand_in::{Accounts, Reply, StandIn};
use support::installed::{command, library_with_another_abi, prefix, root, run, shared_library, target};
use support::{SECRET, server, told, tools};
use table::{Language, Loading};
use tempfile::TempDir;

/// A test for each language, and the list of them.
macro_rules! tested {
    ($($test:ident: $language:ident),* $(,)?) => {
        const TESTED: &[&Language] = &[$(&table::$language),*];
        $(
            #[test]
            fn $test() {
                holds(&table::$language);
            }
        )*
    };
}

tested! {
    c: C, cpp: CPP, rust: RUST, shell: SHELL, python: PYTHON, python_with_asyncio: PYTHON_ASYNC, node: NODE, go: GO,
    go_without_cgo: GO_COMMAND,
    ruby: RUBY, ruby_with_fiddle: FIDDLE, luajit: LUA, php: PHP, php_without_ffi: PHP_COMMAND,
    perl: PERL, java: JAVA, csharp: CSHARP,
}

fn holds(language: &'static Language) {
    let Some(place) = Place::of(language) else { return };
    place.prints_the_artist();
    place.takes_a_token_that_expires_after_the_calendar();
    place.says_that_the_secret_is_wrong();
    place.asks_once_more_after_a_401();
    login::holds(language);
    if language.loading == Loading::Dynamic {
        place.refuses_a_library_that_is_missing();
        place.refuses_a_library_with_another_abi();
        place.accepts_a_library_with_another_version();
    }
    if !language.misuse.is_empty() {
        place.survives_misuse();
    }
}

/// An example that was built, and where.
struct Place {
    language: &'static Language,
    prefix: &'static Path,
    out: TempDir,
}

impl Place {
    /// `None` where a tool is missing.
    fn of(language: &'static Language) -> Option<Place> {
        let there = |check: &&&str| tools::require_that(language.name, check);
        if language.needs.iter().filter(there).count() != language.needs.len() {
            return None;
        }
        let place = Place {
            language,
            prefix: prefix()?,
            out: tempfile::tempdir().unwrap(),
        };
        if !language.build.is_empty() {
            // Compilers need more of the environment than programs: caches, toolchains.
            let mut build = Command::new("sh");
            run(place.located(build.args(["-c", language.build])));
        }
        Some(place)
    }

    /// In the example's folder, with all it needs to find things.
    fn located<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let path = std::env::var("PATH").unwrap();
        let jna = std::env::var_os("JNA_JAR").unwrap_or_else(|| OsString::from("/usr/share/java/jna.jar"));
        command
            .current_dir(root().join("examples").join(self.language.folder))
            .env("PATH", format!("{}:{path}", self.prefix.join("bin").display()))
            .env("PKG_CONFIG_PATH", self.prefix.join("lib/pkgconfig"))
            .env("JNA_JAR", jna)
            .env("PROGRAMS", root().join("tests/languages/programs"))
            .env("BINDING", root().join("bindings").join(self.language.binding))
            .env("PYTHONPATH", root().join("bindings/python"))
            .env("RUBYLIB", root().join("bindings/ruby/lib"))
            .env("PERL5LIB", root().join("bindings/perl/lib"))
            .env(
                "LUA_PATH",
                format!("{};;", root().join("bindings/lua/src/?.lua").display()),
            )
            .env("OUT", self.out.path())
            .env("TARGET", target())
    }

    /// A line of shell in an environment that knows the server.
    fn line(&self, line: &str, server: &StandIn) -> Command {
        // exec: so that the end by a signal is seen as that.
        let line = format!("exec {line}");
        let mut command = command(Path::new("sh"), self.prefix);
        told(self.located(command.args(["-c", &line])), &server.token_url(), SECRET)
            .env("SPOTIFY_API_URL", server.api_url())
            .env("SPOTIFY_CACHE", "memory")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs(["HOME", "NODE_PATH"].map(|name| (name, std::env::var_os(name).unwrap_or_default())));
        command
    }

    fn artist(&self, server: &StandIn) -> Command {
        self.line(self.language.artist, server)
    }

    fn prints_the_artist(&self) {
        let server = server();
        let output = run(&mut self.artist(&server));
        assert_eq!((stdout(&output), stderr(&output)), ("Pitbull\n", ""));
        assert_eq!(server.requests().len(), 1);
    }

    fn takes_a_token_that_expires_after_the_calendar(&self) {
        // The asyncio example makes three requests at once, which no script can put in order.
        if self.language.name.contains("asyncio") {
            return;
        }
        let artist = Reply::json(200, r#"{"id":"x","name":"Pitbull"}"#);
        let server = StandIn::scripted([Reply::token("BQlong", 9_000_000_000_000_000_000), artist]).unwrap();
        let output = run(&mut self.artist(&server));
        assert_eq!((stdout(&output), stderr(&output)), ("Pitbull\n", ""));
    }

    fn says_that_the_secret_is_wrong(&self) {
        let server = server();
        let output = self
            .artist(&server)
            .env("CLIENT_SECRET", "canary-wrong")
            .output()
            .unwrap();
        refused(&output);
        let message = stderr(&output);
        assert!(
            message.contains("the server rejected the client id or secret"),
            "{message}"
        );
        assert!(!message.contains("canary"), "{message}");
        if !self.language.loads.contains("command") {
            assert!(message.contains("SPOTIFY_ERROR_INVALID_CLIENT"), "{message}");
        }
        assert_eq!(server.api_requests().len(), 0);
    }

    fn asks_once_more_after_a_401(&self) {
        let artist = Reply::json(200, r#"{"id":"x","name":"Pitbull"}"#);
        let rejected = || Reply::json(401, r#"{"error":{"status":401,"message":"The access token expired"}}"#);
        let first = || {
            [
                Reply::token("BQfirst", 3600),
                rejected(),
                Reply::token("BQsecond", 3600),
            ]
        };
        // The asyncio example makes three requests at once, which no script can put in order.
        if self.language.name.contains("asyncio") {
            return;
        }
        let server = StandIn::scripted(first().into_iter().chain([artist])).unwrap();
        let output = run(&mut self.artist(&server));
        assert_eq!((stdout(&output), stderr(&output)), ("Pitbull\n", ""));
        let requests = server.api_requests();
        let presented: Vec<_> = requests.iter().map(|request| request.header("authorization")).collect();
        assert_eq!(presented, [Some("Bearer BQfirst"), Some("Bearer BQsecond")]);
        assert_eq!(server.requests().len(), 2);

        let server = StandIn::scripted(first().into_iter().chain([rejected()])).unwrap();
        let output = self.artist(&server).output().unwrap();
        refused(&output);
        assert!(stderr(&output).contains("401"), "{}", stderr(&output));
        assert_eq!(server.api_requests().len(), 2, "one more try, not more");
    }

    fn refuses_a_library_that_is_missing(&self) {
        let server = server();
        let nowhere = tempfile::tempdir().unwrap();
        let output = self
            .artist(&server)
            .env("LD_LIBRARY_PATH", nowhere.path())
            .output()
            .unwrap();
        refused(&output);
        assert!(stderr(&output).contains("libspotify_token.so.0"), "{}", stderr(&output));
    }

    fn refuses_a_library_with_another_abi(&self) {
        let server = server();
        let other = tempfile::tempdir().unwrap();
        library_with_another_abi(other.path(), 24, 9);
        let output = self
            .artist(&server)
            .env("LD_LIBRARY_PATH", other.path())
            .output()
            .unwrap();
        refused(&output);
        assert!(stderr(&output).contains("spotify-token 9.0.0"), "{}", stderr(&output));
    }

    fn accepts_a_library_with_another_version(&self) {
        let server = server();
        let other = tempfile::tempdir().unwrap();
        another_version(&self.prefix.join("lib/libspotify_token.so.0"), other.path());
        let output = run(self.artist(&server).env("LD_LIBRARY_PATH", other.path()));
        assert_eq!((stdout(&output), stderr(&output)), ("Pitbull\n", ""));
    }

    fn survives_misuse(&self) {
        let server = server();
        let output = run(&mut self.line(self.language.misuse, &server));
        let told = [
            "token cleared twice: ",
            "client closed twice: ",
            "used after close: ",
            "bad option: ",
            "logger raised: ",
        ];
        let lines: Vec<&str> = stdout(&output).lines().collect();
        assert_eq!(lines.len(), told.len(), "{lines:?}");
        for (line, start) in lines.iter().zip(told) {
            assert!(line.starts_with(start) && line.len() > start.len(), "{lines:?}");
        }
        assert_eq!(lines[3], "bad option: SPOTIFY_ERROR_INVALID_ARGUMENT");
    }
}

/// It failed as a program does that notices: no signal, nothing on stdout, a word on stderr.
fn refused(output: &Output) {
    assert_eq!(output.status.signal(), None, "{}", stderr(output));
    assert!(!output.status.success());
    assert_eq!(stdout(output), "");
    assert_ne!(stderr(output), "");
}

/// The library with another version and the same ABI: everything but the version comes from a copy with another name.
fn another_version(library: &Path, directory: &Path) {
    let renamed = directory.join("libspotify_tokem.so.0");
    let mut bytes = fs::read(library).unwrap();
    let (name, other) = (b"libspotify_token.so.0\0", b"libspotify_tokem.so.0\0");
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at..at + other.len()].copy_from_slice(other);
    fs::write(&renamed, bytes).unwrap();
    let source = "const char *spotify_version(void) { return \"9.0.0\"; }\n";
    let renamed = renamed.to_str().unwrap();
    shared_library(
        directory,
        source,
        &["-Wl,--no-as-needed", "-Wl,-rpath,$ORIGIN", renamed],
    );
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Runs a program of this language's that counts what goes on while a token takes its time.
fn goes_on(language: &'static Language, line: &str) {
    let Some(place) = Place::of(language) else { return };
    let server = StandIn::spotify(Accounts {
        delay: Duration::from_millis(300),
        ..Accounts::default()
    })
    .unwrap();
    let output = run(&mut place.line(line, &server));
    let turns: u32 = stdout(&output).trim().parse().unwrap();
    assert!(turns > 3, "{turns} turns in 300 ms");
}

#[test]
fn nodes_event_loop_goes_on_while_a_token_is_fetched() {
    let program = "const { Client } = require(\"libspotify-token\"); let turns = 0; setInterval(() => turns++, 1).unref(); \
                   new Client().token().then(() => console.log(turns));";
    goes_on(&table::NODE, &format!("env -C \"$OUT\" node --eval '{program}'"));
}

#[test]
fn pythons_event_loop_goes_on_while_a_token_is_fetched() {
    let program = "import asyncio\nfrom libspotify_token import Client\nasync def main():\n    turns = 0\n    \
                   task = asyncio.create_task(Client().token_async())\n    while not task.done():\n        \
                   turns += 1\n        await asyncio.sleep(0.001)\n    await task\n    print(turns)\nasyncio.run(main())";
    goes_on(&table::PYTHON_ASYNC, &format!("python3 -c '{program}'"));
}

#[test]
fn rubys_threads_go_on_while_a_token_is_fetched() {
    let program = "client = SpotifyToken::Client.new; turns = 0; other = Thread.new { loop { turns += 1; sleep 0.001 } }; \
                   client.token; other.kill; puts turns";
    goes_on(&table::RUBY, &format!("ruby -W -rlibspotify_token -e '{program}'"));
}

/// docs/languages.md with the table made from what is tested.
fn with_matrix(text: &str) -> String {
    let rows = TESTED.iter().map(|language| {
        let (name, folder, read) = (language.name, language.folder, language.read);
        format!(
            "| [{name}](../examples/{folder}/) | {} | {} | [`{read}`](../{}/{read}) |\n",
            language.loads,
            language.blocks,
            language.folder_to_read()
        )
    });
    let head =
        "| language | how it loads | a call that asks the server blocks | the file to read |\n|---|---|---|---|\n";
    let (before, rest) = text.split_once("-->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /languages").unwrap();
    format!("{before}-->\n{head}{}<!-- /languages{after}", rows.collect::<String>())
}

#[test]
fn the_matrix_lists_what_is_tested() {
    let path = root().join("docs/languages.md");
    let text = fs::read_to_string(&path).unwrap();
    let renewed = with_matrix(&text);
    if std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some() {
        fs::write(&path, &renewed).unwrap();
    } else {
        assert!(
            text == renewed,
            "renew it: SPOTIFY_TOKEN_RENEW=1 cargo test --test languages"
        );
    }
    for language in TESTED {
        let example = root().join("examples").join(language.folder).join("README.md");
        let folder = root().join(language.folder_to_read());
        for file in [example, folder.join("README.md"), folder.join(language.read)] {
            assert!(file.is_file(), "{}", file.display());
        }
    }
}
