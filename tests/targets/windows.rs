//! Windows, as far as wine goes: the command, and the DLL with C programs.

use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustls::ALL_VERSIONS;
use serde_json::Value;
use spotify_token::stand_in::StandIn;

use crate::programs;
use crate::release::{Release, mingw};
use crate::support::fleet::Fleet;
use crate::support::installed::{run, symbols};
use crate::support::place::{MockServer, failed, stdout};
use crate::support::proxy::{Manner, Proxy};
use crate::support::running::Running;
use crate::support::tls::{Ca, Flaw};
use crate::support::{ID, SECRET, eventually, server, slow_server, told, tools};
use crate::wine::{Wine, windows_path};

/// All that a file of ours may load. They are part of Windows, msvcrt.dll included.
const LIBRARIES: [&str; 10] = [
    "advapi32.dll",
    "api-ms-win-core-synch-l1-2-0.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "crypt32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "userenv.dll",
    "ws2_32.dll",
];

fn built() -> Option<(Release, Wine)> {
    let release = Release::of("x86_64-pc-windows-gnu")?;
    let wine = Wine::new(&release)?;
    Some((release, wine))
}

/// A user of Windows, with a profile of their own.
struct User {
    release: Release,
    wine: Wine,
    folder: tempfile::TempDir,
    /// The values of LOCALAPPDATA and USERPROFILE.
    profile: [String; 2],
}

impl User {
    fn new() -> Option<User> {
        let (release, wine) = built()?;
        let folder = tempfile::tempdir().unwrap();
        let profile = ["local", "profile"].map(|name| windows_path(&folder.path().join(name)));
        fs::create_dir(folder.path().join("local")).unwrap();
        Some(User {
            release,
            wine,
            folder,
            profile,
        })
    }

    /// A file or a directory in the user's folder.
    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command, in this directory, with nothing in the environment but the profile. Arguments have no blanks in them.
    fn command_in(&self, directory: &Path, arguments: &[&str]) -> Command {
        let program = "spotify-token.exe";
        fs::copy(self.release.command(), directory.join(program)).unwrap();
        // wine sets these variables itself, so another program has to change them.
        let [local, profile] = &self.profile;
        let line = format!("set LOCALAPPDATA={local}&set USERPROFILE={profile}&{program}");
        let mut command = self.wine.command(Path::new("cmd"));
        command
            .args(["/c", &line])
            .args(arguments)
            .current_dir(directory)
            .env("SPOTIFY_DOTENV", "");
        command
    }

    /// The same in the user's folder, told of this server.
    fn command(&self, server: &StandIn, arguments: &[&str]) -> Command {
        let mut command = self.command_in(self.folder.path(), arguments);
        told(&mut command, &server.token_url(), SECRET);
        command
    }

    /// Runs it to its end.
    fn output(&self, server: &StandIn, arguments: &[&str]) -> Output {
        self.command(server, arguments).output().unwrap()
    }
}

#[test]
fn the_command_shows_the_demo() {
    let Some(user) = User::new() else { return };
    let demo = user.command_in(user.folder.path(), &["demo"]).output().unwrap();
    let shown = stdout(&demo);
    assert!(shown.contains("\"access_token\":\"BQ"), "{shown}");
    assert!(
        shown.contains("$env:CLIENT_ID=") && shown.contains("curl.exe -H @-"),
        "{shown}"
    );
    let demo = user
        .command_in(user.folder.path(), &["demo", "--user"])
        .output()
        .unwrap();
    let shown = stdout(&demo);
    assert!(shown.contains("spotify-token login --scope"), "{shown}");
}

#[test]
fn help_says_nothing_about_other_systems() {
    let Some(user) = User::new() else { return };
    let shown = |arguments: &[&str]| {
        let output = user.command_in(user.folder.path(), arguments).output().unwrap();
        stdout(&output).to_owned()
    };
    let verbs = ["exec", "keep", "mock-server", "reset"];
    let texts = verbs.map(|verb| shown(&[verb, "--help"])).into_iter();
    for text in texts.chain([shown(&["--help"]), shown(&["man"])]) {
        for other in [
            "SIG",
            "XDG_",
            ".cache",
            "export CLIENT_ID",
            "; CLIENT_SECRET=",
            "| curl -H",
        ] {
            assert!(!text.contains(other), "{other}: {text}");
        }
    }
}

#[test]
fn the_command_caches_a_token_below_localappdata() {
    let Some(user) = User::new() else { return };
    let server = server();
    let [first, second] = [(); 2].map(|()| {
        let output = user.output(&server, &["json"]);
        let json: Value = serde_json::from_str(stdout(&output)).unwrap();
        json["access_token"].as_str().unwrap().to_owned()
    });
    assert!(first.starts_with("BQ"));
    assert_eq!(first, second);
    assert_eq!(server.requests().len(), 1);
    assert!(user.at("local/spotify-token/cache").is_dir());

    stdout(&user.output(&server, &["reset"]));
    assert_ne!(stdout(&user.output(&server, &["token"])).trim_end(), first);
}

#[test]
fn twenty_processes_that_find_no_token_make_one_request() {
    let Some(user) = User::new() else { return };
    let server = slow_server(Duration::from_millis(200));
    let commands = (0..20).map(|_| {
        let mut command = user.command(&server, &["token"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    });
    let outputs = Fleet::start(commands.collect::<Vec<_>>()).outputs();
    let tokens: Vec<&str> = outputs.iter().map(stdout).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_dotenv_file_of_powershell_is_read() {
    let Some(user) = User::new() else { return };
    let server = server();
    let text = format!("CLIENT_ID={ID}\r\nCLIENT_SECRET={SECRET}\r\n");
    // PowerShell 5.1: UTF-16 with its mark by >, and UTF-8 with its mark by Set-Content -Encoding utf8.
    let utf_16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for content in [utf_16, format!("\u{feff}{text}").into_bytes()] {
        fs::write(user.at(".env"), content).unwrap();
        let mut command = user.command_in(user.folder.path(), &["token", "--cache", "memory"]);
        let token = command
            .env_remove("SPOTIFY_DOTENV")
            .env("SPOTIFY_TOKEN_URL", server.token_url())
            .output()
            .unwrap();
        assert!(stdout(&token).starts_with("BQ"));
    }
}

#[test]
fn a_proxy_is_taken_from_variables_in_capitals_or_not() {
    const URL: &str = "https://accounts.wild.example/api/token";
    let Some(user) = User::new() else { return };
    let (server, ca) = (server(), Ca::new());
    let front = ca.front(Flaw::Wildcard, ALL_VERSIONS, server.address());
    let proxy = Proxy::new(Manner::Open(front));
    ca.file_in(user.folder.path());
    let token = |proxy_variable: &str, more: (&str, &str)| {
        let flags = [
            "token",
            "--cache",
            "memory",
            "--ca-file",
            "ca.pem",
            "--max-retries",
            "0",
        ];
        user.command(&server, &flags)
            .env("SPOTIFY_TOKEN_URL", URL)
            .env(proxy_variable, format!("http://127.0.0.1:{}", proxy.port))
            .env(more.0, more.1)
            .output()
            .unwrap()
    };
    for (asked, variable) in ["https_proxy", "HTTPS_PROXY", "Https_Proxy", "ALL_PROXY"]
        .into_iter()
        .enumerate()
    {
        assert!(stdout(&token(variable, ("a", "b"))).starts_with("BQ"), "{variable}");
        assert_eq!(proxy.asked().len(), asked + 1, "{variable}");
    }
    // Nobody there has that name.
    let excepted = ("No_Proxy", ".wild.example");
    failed(&token("HTTPS_PROXY", excepted), 69);
    assert_eq!(proxy.asked().len(), 4);
}

#[test]
fn paths_may_be_long_and_have_blanks_and_any_letter() {
    let Some(mut user) = User::new() else { return };
    let server = server();
    let folder = user.at("Jörg Müller ژ");
    let deep = folder
        .join("a ä".repeat(40))
        .join("ö o".repeat(40))
        .join("u ü".repeat(40));
    fs::create_dir_all(&deep).unwrap();
    let secret_file = deep.join("das Geheimnis.txt");
    fs::write(&secret_file, format!("{SECRET}\r\n")).unwrap();
    user.profile = [windows_path(&deep), String::new()];
    assert!(windows_path(&secret_file).encode_utf16().count() > 260);
    let token = || {
        let output = user
            .command_in(&folder, &["token"])
            .env("SPOTIFY_TOKEN_URL", server.token_url())
            .env("CLIENT_ID", ID)
            .env("CLIENT_SECRET_FILE", windows_path(&secret_file))
            .output()
            .unwrap();
        stdout(&output).to_owned()
    };
    assert_eq!(token(), token());
    assert_eq!(server.requests().len(), 1);
    assert!(deep.join("spotify-token/cache").is_dir());
}

#[test]
fn without_a_profile_the_command_warns_and_asks_the_server() {
    let Some(mut user) = User::new() else { return };
    let server = server();
    user.profile = [String::new(), String::new()];
    let token = user.output(&server, &["token"]);
    assert!(token.stdout.starts_with(b"BQ"));
    let warning = String::from_utf8(token.stderr).unwrap();
    assert!(
        warning.contains("neither LOCALAPPDATA nor USERPROFILE names a directory") && warning.contains("memory"),
        "{warning}"
    );
    let quiet = user.output(&server, &["token", "--cache", "memory"]);
    assert!(stdout(&quiet).starts_with("BQ"));

    // A login is never kept elsewhere.
    let message = failed(&user.output(&server, &["token", "--user"]), 66);
    assert!(message.contains("neither LOCALAPPDATA nor USERPROFILE"), "{message}");
}

#[test]
fn a_profile_that_cannot_be_written_is_a_warning() {
    let Some(mut user) = User::new() else { return };
    let server = server();
    // Not even root creates anything there.
    user.profile = [windows_path(Path::new("/sys")), String::new()];
    let token = user.output(&server, &["token"]);
    assert!(token.stdout.starts_with(b"BQ"));
    let warning = String::from_utf8(token.stderr).unwrap();
    assert!(warning.contains("the directory cannot be created"), "{warning}");
}

#[test]
fn what_others_may_use_is_refused_with_advice_for_windows() {
    let Some(user) = User::new() else { return };
    let server = server();
    let shared = user.at("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, Permissions::from_mode(0o777)).unwrap();
    let cache = format!("file:{}", windows_path(&shared));
    let token = user.output(&server, &["token", "--cache", &cache]);
    assert!(token.stdout.starts_with(b"BQ"));
    let warning = String::from_utf8(token.stderr).unwrap();
    assert!(
        warning.contains("other users may write to the directory") && warning.contains("icacls"),
        "{warning}"
    );

    // No program expands variables there.
    let mut command = user.command(&server, &["token"]);
    let unexpanded = command.env("SPOTIFY_CACHE", r"file:%LOCALAPPDATA%\cache").output();
    let message = failed(&unexpanded.unwrap(), 64);
    assert!(message.contains("a ~, $ or % at its start"), "{message}");
}

#[test]
fn a_user_logs_in_and_out() {
    let Some(user) = User::new() else { return };
    let server = server();
    let with_login = |arguments: &[&str]| {
        let mut command = user.command(&server, arguments);
        command.env("SPOTIFY_AUTHORIZE_URL", server.authorize_url());
        command
    };
    let api_url = server.api_url();
    let mut login = Running::start(
        with_login(&["login", "--no-browser", "--no-input", "--api-url", &api_url])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    );
    let mut lines = BufReader::new(login.stderr.take().unwrap()).lines();
    let url = lines.find_map(|line| Some(line.unwrap().trim().to_owned()).filter(|line| line.starts_with("http://")));
    let page = ureq::get(server.agree(&url.unwrap())).call().unwrap();
    assert_eq!(page.status(), 200);
    let said = login.output();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("is logged in, as account default"), "{said}");

    let output = with_login(&["token", "--user"]).output().unwrap();
    assert!(stdout(&output).starts_with("BQ"));
    let logins = user.at("local/spotify-token/logins");
    let files = fs::read_dir(logins).unwrap().map(|file| file.unwrap().path());
    let records: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|end| end == "json"))
        .collect();
    let [record] = &records[..] else { panic!("{records:?}") };
    fs::set_permissions(record, Permissions::from_mode(0o644)).unwrap();
    let message = failed(&with_login(&["token", "--user"]).output().unwrap(), 66);
    assert!(
        message.contains("other users may read or write it") && message.contains("icacls"),
        "{message}"
    );
    fs::set_permissions(record, Permissions::from_mode(0o600)).unwrap();

    assert!(with_login(&["logout"]).output().unwrap().status.success());
    failed(&with_login(&["token", "--user"]).output().unwrap(), 77);
}

#[test]
fn the_mock_server_serves_programs_of_other_systems() {
    let Some((release, wine)) = built() else { return };
    let server = MockServer::of(wine.command(&release.command()).arg("mock-server"));
    assert!(stdout(&server.place().run(&["token"])).starts_with("BQ"));
}

#[test]
fn a_refused_secret_is_status_77() {
    let Some(user) = User::new() else { return };
    let server = server();
    let mut command = user.command(&server, &["token"]);
    let refused = command.env("CLIENT_SECRET", "not-the-secret").output().unwrap();
    let message = failed(&refused, 77);
    assert!(message.contains("invalid_client"), "{message}");
}

#[test]
fn exec_waits_for_its_command_and_ends_with_its_status() {
    let Some(user) = User::new() else { return };
    let server = server();
    let exec = |words: &[&str]| user.output(&server, &[&["exec", "--"], words].concat());
    let ended = exec(&["cmd", "/c", "exit", "7"]);
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(7), &b""[..]));

    let variables = exec(&["cmd", "/c", "set"]);
    let variables = String::from_utf8_lossy(&variables.stdout).into_owned();
    assert!(variables.contains("SPOTIFY_ACCESS_TOKEN=BQ"), "{variables}");
    assert!(!variables.contains(SECRET), "{variables}");

    // As npm is one: found without its end.
    let folder = windows_path(user.folder.path());
    fs::write(user.at("batch.cmd"), "@echo %1 %SPOTIFY_ACCESS_TOKEN%\r\n@exit 5\r\n").unwrap();
    for name in [r".\batch", "batch", "batch.cmd"] {
        let mut command = user.command(&server, &["exec", "--", name, "first"]);
        let ended = command.env("WINEPATH", &folder).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(said.starts_with("first BQ"), "{name}: {said}");
        assert_eq!((ended.status.code(), &*ended.stderr), (Some(5), &b""[..]), "{name}");
    }

    let missing = failed(&exec(&["no-such-program"]), 127);
    assert!(missing.contains("cannot run no-such-program"), "{missing}");
    fs::write(user.at("text.exe"), "no program").unwrap();
    failed(&exec(&["./text.exe"]), 126);
}

#[test]
fn a_file_is_kept_for_another_program() {
    let Some(user) = User::new() else { return };
    let server = server();
    let words = ["exec", "--file", "token.txt", "--", "cmd", "/c", "type", "token.txt"];
    let shown = user.output(&server, &words);
    assert!(stdout(&shown).starts_with("BQ"));
    assert!(!user.at("token.txt").exists());

    let mut command = user.wine.command(&user.release.command());
    let kept = user.at("kept.txt");
    told(&mut command, &server.token_url(), SECRET)
        .args(["keep", "--cache", "memory", "--file", "kept.txt"])
        .current_dir(user.folder.path());
    let keep = Running::start(command.stderr(Stdio::piped()));
    eventually("the file", || {
        fs::read(&kept).is_ok_and(|content| content.starts_with(b"BQ"))
    });
    drop(keep);
}

#[test]
fn a_secret_may_come_on_stdin() {
    let Some(user) = User::new() else { return };
    let server = server();
    let mut command = user.wine.command(&user.release.command());
    let mut process = command
        .args([
            "token",
            "--cache",
            "memory",
            "--client-id",
            ID,
            "--client-secret-file",
            "-",
        ])
        .env("SPOTIFY_TOKEN_URL", server.token_url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(format!("{SECRET}\r\n").as_bytes()).unwrap();
    drop(stdin);
    assert!(stdout(&process.wait_with_output().unwrap()).starts_with("BQ"));
}

#[test]
fn a_closed_pipe_ends_it_silently_and_a_full_disk_is_an_error() {
    let Some(user) = User::new() else { return };
    let ends = |stdout: Stdio| {
        let mut command = user.command_in(user.folder.path(), &["man"]);
        let process = command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        let output = process.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    assert_eq!(ends(writer.into()), (Some(74), String::new()));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (status, message) = ends(full.into());
    assert_eq!(status, Some(74));
    assert!(message.contains("cannot write to standard output"), "{message}");
}

#[test]
fn the_locale_has_no_say() {
    let Some(user) = User::new() else { return };
    let server = server();
    // Turkish has another capital i.
    for locale in ["C", "tr_TR.UTF-8"] {
        let output = user
            .command_in(user.folder.path(), &["json", "--refresh"])
            .env("LC_ALL", locale)
            .env("spotify_token_url", server.token_url())
            .env("client_id", ID)
            .env("client_secret", SECRET)
            .output()
            .unwrap();
        assert!(stdout(&output).starts_with("{\"access_token\":\"BQ"), "{locale}");
        let nowhere = user
            .command(&server, &["token", "--refresh", "--max-retries", "0"])
            .env("LC_ALL", locale)
            .env("SPOTIFY_TOKEN_URL", "http://127.0.0.1:1/")
            .output()
            .unwrap();
        let message = failed(&nowhere, 69);
        assert!(message.contains("connection refused"), "{locale}: {message}");
    }
}

/// What `objdump -p` says about a file.
fn headers(file: &Path) -> Option<String> {
    let objdump = mingw("objdump").arg("--version").output();
    if objdump.is_err() {
        tools::missing("objdump for Windows");
        return None;
    }
    let output = run(mingw("objdump").arg("-p").arg(file));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_dll_exports_the_functions_of_the_abi_and_nothing_else() {
    let Some(release) = Release::of("x86_64-pc-windows-gnu") else {
        return;
    };
    let Some(headers) = headers(&release.library()) else {
        return;
    };
    let (_, table) = headers.split_once("[Ordinal/Name Pointer] Table").unwrap();
    let names = table
        .lines()
        .skip(1)
        .map_while(|line| line.trim().strip_prefix('[')?.split_once("] "));
    let mut names: Vec<&str> = names.map(|(_, name)| name.trim()).collect();
    names.sort_unstable();
    assert_eq!(names, symbols());
    let listed = fs::read_to_string(release.prefix.join("lib/spotify_token.def")).unwrap();
    let (_, listed) = listed.split_once("EXPORTS\n").unwrap();
    assert_eq!(listed.lines().collect::<Vec<_>>(), symbols());
}

#[test]
fn the_list_of_exports_makes_an_import_library() {
    let Some((release, wine)) = built() else { return };
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    let library = folder.path().join("imports.a");
    run(mingw("dlltool")
        .arg("-d")
        .arg(release.prefix.join("lib/spotify_token.def"))
        .arg("-l")
        .arg(&library));
    fs::copy(release.library(), folder.path().join("spotify_token.dll")).unwrap();
    let program = release.compile_with("examples/c/fetch.c", &[library.to_str().unwrap()], folder.path());
    let fetched = run(told(&mut wine.command(&program), &server.token_url(), SECRET));
    assert!(fetched.stdout.starts_with(b"BQ"));
}

#[test]
fn the_dll_and_the_command_load_nothing_but_windows() {
    let Some(release) = Release::of("x86_64-pc-windows-gnu") else {
        return;
    };
    for file in [release.library(), release.command()] {
        let Some(headers) = headers(&file) else { return };
        let names: Vec<String> = headers
            .lines()
            .filter_map(|line| line.trim().strip_prefix("DLL Name: "))
            .map(str::to_ascii_lowercase)
            .collect();
        assert!(names.len() > 3, "{headers}");
        for name in names {
            assert!(LIBRARIES.contains(&&*name), "{} loads {name}", file.display());
        }
    }
}

#[test]
fn c_programs_run_with_the_dll() {
    let Some((release, wine)) = built() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::copy(release.library(), folder.path().join("spotify_token.dll")).unwrap();
    programs::run_all(&release, folder.path(), |program| {
        wine.command(&folder.path().join(program))
    });
}

#[test]
fn a_c_program_has_the_library_inside() {
    let Some((release, wine)) = built() else { return };
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    let facts = fs::read_to_string(release.prefix.join("lib/pkgconfig/spotify_token.pc")).unwrap();
    let needed = facts.lines().find_map(|line| line.strip_prefix("Libs.private: "));
    let libraries = ["-Wl,-Bstatic", "-lspotify_token", "-Wl,-Bdynamic"];
    let libraries: Vec<&str> = libraries.into_iter().chain(needed.unwrap().split(' ')).collect();
    let program = release.compile_with("examples/c/fetch.c", &libraries, folder.path());
    let fetched = run(told(&mut wine.command(&program), &server.token_url(), SECRET));
    assert!(fetched.stdout.starts_with(b"BQ"));
}

#[test]
fn two_copies_of_the_dll_share_a_process_and_a_cache() {
    let Some((release, wine)) = built() else { return };
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    for name in ["one.dll", "two.dll"] {
        fs::copy(release.library(), folder.path().join(name)).unwrap();
    }
    let program = release.compile_with("tests/c/two_dlls.c", &[], folder.path());
    let cache = format!("file:{}", windows_path(&folder.path().join("cache")));
    let mut command = wine.command(&program);
    let output = run(told(&mut command, &server.token_url(), SECRET).env("SPOTIFY_CACHE", cache));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(server.requests().len(), 1);
}
