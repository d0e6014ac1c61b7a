//! The verbs that hand a token to other programs, and those by which the command explains itself: `env`, `exec`, `get`,
//! `completions`, `man` and `--help`.

mod support;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use spotify_token::stand_in::{Accounts, Reply, StandIn};
use spotify_token::{EXIT_STATUSES, OPTIONS};
use support::place::{Place, binary, failed, stdout};
use support::{SECRET, server, tools};

const VERBS: [&str; 12] = [
    "token",
    "json",
    "header",
    "env",
    "exec",
    "get",
    "reset",
    "doctor",
    "demo",
    "mock-server",
    "completions",
    "man",
];

#[test]
fn env_is_for_eval() {
    for token in ["BQabc-_.+/=", "~root", "BQ~1"] {
        let server = StandIn::scripted([Reply::token(token, 3600)]).unwrap();
        let line = stdout(&Place::knowing(&server).run(&["env"])).to_owned();
        assert!(line.starts_with("export SPOTIFY_ACCESS_TOKEN=") && line.ends_with('\n'));
        let script = format!("{line}sh -c 'printf %s \"$SPOTIFY_ACCESS_TOKEN\"'");
        for shell in tools::available(&["dash", "bash"]) {
            let output = Command::new(shell).args(["-c", &script]).output().unwrap();
            assert_eq!(stdout(&output), token, "{shell}");
        }
    }
}

#[test]
fn exec_becomes_the_command_with_the_token_and_without_the_secret() {
    let server = server();
    let place = Place::knowing(&server)
        .variable("SPOTIFY_CLIENT_ID", support::ID)
        .variable("SPOTIFY_CLIENT_SECRET", SECRET)
        .variable("SPOTIFY_CLIENT_SECRET_FILE", "/nowhere")
        .variable("CLIENT_SECRET_FILE", "/nowhere")
        .variable("KEPT", "yes");
    let output = place.run(&["exec", "--", "env"]);
    let shown = stdout(&output);
    let value = |name: &str| shown.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    assert!(value("SPOTIFY_ACCESS_TOKEN").is_some_and(|token| token.starts_with("BQ")));
    assert_eq!((value("KEPT"), value("CLIENT_ID")), (Some("yes"), Some(support::ID)));
    assert!(!shown.contains("SECRET") && !shown.contains(SECRET), "{shown}");

    let process = place.command(&["exec", "--refresh", "sh", "-c", "echo $$"]);
    let process = { process }.stdout(Stdio::piped()).spawn().unwrap();
    let id = process.id().to_string();
    let output = process.wait_with_output().unwrap();
    assert_eq!(stdout(&output).trim_end(), id, "the same process");

    assert_eq!(
        place.run(&["exec", "--", "sh", "-c", "exit 42"]).status.code(),
        Some(42)
    );
    assert_eq!(
        place.run(&["exec", "--", "sh", "-c", "kill -9 $$"]).status.signal(),
        Some(9)
    );
    let broken = place.run(&["exec", "--", "sh", "-c", "kill -PIPE $$; echo no"]);
    assert_eq!(
        (broken.status.signal(), broken.stdout),
        (Some(13), Vec::new()),
        "SIGPIPE is as usual"
    );
}

#[test]
fn exec_passes_every_argument_on_as_it_is() {
    let server = server();
    let place = Place::knowing(&server);
    let mut command = place.command(&["exec", "--", "printf", "%s|", "--refresh", "--", "", "a b"]);
    let odd = OsString::from_vec(vec![b'x', 0xff, b'y']);
    let output = command.arg(&odd).output().unwrap();
    assert_eq!(
        output.stdout,
        [b"--refresh|--||a b|".as_slice(), odd.as_bytes(), b"|"].concat()
    );
}

#[test]
fn exec_of_what_cannot_be_run_is_126_or_127_and_nothing_is_run_without_a_token() {
    let server = server();
    let place = Place::knowing(&server);
    let script = place.directory.path().join("script");
    fs::write(&script, "echo ran\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(place.fails(&["exec", "--", "./script"], 126).contains("./script"));
    assert!(place.fails(&["exec", "--", "/"], 126).contains("executed"));
    assert!(place.fails(&["exec", "--", "no-such-command"], 127).contains("PATH"));
    assert!(
        place
            .fails(&["exec", "--", "/no/such/command"], 127)
            .contains("/no/such/command")
    );
    assert!(place.fails(&["exec"], 64).contains("CMD"));
    assert!(place.fails(&["exec", "--"], 64).contains("CMD"));
    let refused = place.variable("CLIENT_SECRET", "wrong");
    refused.fails(&["exec", "--", "sh", "-c", "echo ran"], 77);
}

fn get(place: &Place, request: &str) -> Output {
    place.run_with_stdin(&["get"], request.as_bytes())
}

#[test]
fn get_speaks_the_credential_helper_protocol() {
    let server = server();
    let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "file");
    for request in [
        r#"{"uri":"https://api.spotify.com/v1/artists/x"}"#,
        "\n{ \"other\": [1], \"uri\": \"HTTPS://API.spotify.com:443\" }\n\n",
    ] {
        let output = get(&place, request);
        let line = stdout(&output);
        assert_eq!(line.matches('\n').count(), 1);
        let answer: Value = serde_json::from_str(line).unwrap();
        let json: Value = serde_json::from_str(stdout(&place.run(&["json"]))).unwrap();
        let bearer = format!("Bearer {}", json["access_token"].as_str().unwrap());
        assert_eq!(answer["headers"], serde_json::json!({ "Authorization": [bearer] }));
        let expires = answer["expires"].as_str().unwrap();
        assert_eq!(expires.len(), "2026-01-01T00:00:00Z".len(), "{expires}");
        let seconds = humantime::parse_rfc3339(expires).unwrap();
        let seconds = seconds.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(Some(seconds), json["expires_at"].as_u64());
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn get_gives_nothing_to_other_addresses_and_to_nonsense() {
    let server = server();
    let place = Place::knowing(&server);
    for uri in [
        "http://api.spotify.com/",
        "https://api.spotify.com.evil.example/",
        "https://user@api.spotify.com/",
        "https://api.spotify.com@evil.example/",
        "https://api.spotify.com:8443/",
        "https://accounts.spotify.com/api/token",
    ] {
        let message = failed(&get(&place, &serde_json::json!({ "uri": uri }).to_string()), 65);
        assert!(message.contains("https://api.spotify.com alone"), "{message}");
    }
    for (request, hint) in [
        ("", "ends too early"),
        ("{", "ends too early"),
        ("nonsense canary", "not JSON (line 1"),
        ("[]", "without one text"),
        ("\"https://api.spotify.com/\"", "without one text"),
        ("{}", "without one text"),
        (r#"{"uri":7}"#, "without one text"),
        (r#"{"url":"https://api.spotify.com/"}"#, "without one text"),
        (
            r#"{"uri":"https://a.example/","uri":"https://api.spotify.com/"}"#,
            "without one text",
        ),
        (r#"{"uri":"https://api.spotify.com/"} canary"#, "not JSON"),
        ("{\"uri\":\"https://api.spotify.com/\u{0}\"}", "not JSON"),
    ] {
        let message = failed(&get(&place, request), 65);
        assert!(
            message.contains(hint) && !message.contains("canary"),
            "{request}: {message}"
        );
    }
    let endless = place
        .command(&["get"])
        .stdin(File::open("/dev/zero").unwrap())
        .output()
        .unwrap();
    assert!(failed(&endless, 65).contains("64 KiB"));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_token_goes_through_a_pipe_and_stands_in_no_command_line() {
    if !tools::require("curl") {
        return;
    }
    // The answers take their time, so that everybody involved can be looked at.
    let accounts = Accounts {
        delay: Duration::from_millis(400),
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let place = Place::knowing(&server);
    let api = format!("{}/artists/0TnOYISbd1XYRBk9myaseg", server.api_url());
    for pipe in [
        "\"$0\" header | curl -sS -f -H @- \"$1\"",
        "\"$0\" exec -- sh -c 'printf \"header = \\\"Authorization: Bearer %s\\\"\" \"$SPOTIFY_ACCESS_TOKEN\" | curl -sS -f -K - \"$1\"' - \"$1\"",
    ] {
        let mut shell = Command::new("sh");
        let settings = place.command(&[]);
        let variables: Vec<_> = settings
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let process = shell
            .args(["-c", pipe])
            .arg(binary())
            .arg(&api)
            .envs(variables)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let before = server.api_requests().len();
        let mut seen = Vec::new();
        while server.api_requests().len() == before {
            seen.extend(command_lines());
            std::thread::sleep(Duration::from_millis(5));
        }
        seen.extend(command_lines());
        let output = process.wait_with_output().unwrap();
        assert!(stdout(&output).contains("Pitbull"));
        let request = server.api_requests().pop().unwrap();
        let token = request
            .header("authorization")
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap()
            .to_owned();
        let ours = seen.iter().filter(|line| line.contains("curl")).count();
        assert!(ours > 0, "curl was looked at");
        assert!(!seen.iter().any(|line| line.contains(&token) || line.contains(SECRET)));
    }
}

/// What every process on this machine shows of its command line.
fn command_lines() -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

#[test]
fn help_fits_on_a_screen_and_has_every_verb_flag_and_status() {
    let output = Place::new().run(&["--help"]);
    let help = stdout(&output);
    assert!(
        help.lines().count() <= 24 && help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
    for verb in VERBS {
        assert!(help.contains(&format!("  {verb} ")), "{verb}");
    }
    for row in OPTIONS.iter().filter(|row| row.name != "client_secret") {
        assert!(
            help.contains(&format!("--{} ", row.name.replace('_', "-"))),
            "{}",
            row.name
        );
    }
    assert!(!help.contains("--client-secret "));
    for row in &EXIT_STATUSES {
        assert!(
            help.contains(&format!("{} {}", row.status, row.meaning)),
            "{}",
            row.status
        );
    }
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    assert_eq!(
        examples.lines().filter(|line| line.contains("spotify-token ")).count(),
        3
    );
    assert_eq!(examples.lines().count(), 3);
    assert_eq!(stdout(&Place::new().run(&["-h"])), help);
}

#[test]
fn every_verb_explains_itself_and_refuses_what_it_does_not_know() {
    let place = Place::new();
    for verb in VERBS {
        let output = place.run(&[verb, "--help"]);
        assert!(stdout(&output).contains(&format!("spotify-token {verb}")), "{verb}");
        let message = place.fails(&[verb, "--no-such-flag"], 64);
        assert!(message.contains("--no-such-flag"), "{verb}: {message}");
    }
    for (arguments, suggestion) in [
        (&["heder"][..], "header"),
        (&["docter"], "doctor"),
        (&["header", "--refersh"], "--refresh"),
        (&["--no-inptu"], "--no-input"),
        (&["completions", "bsh"], "bash"),
        (&["completions", "tcsh"], "fish"),
    ] {
        let message = place.fails(arguments, 64);
        assert!(message.contains(suggestion), "{arguments:?}: {message}");
    }
    assert!(place.fails(&["completions"], 64).contains("SHELL"));
}

#[test]
fn a_full_disk_and_a_reader_that_goes_are_the_same_for_every_verb() {
    let server = server();
    let place = Place::knowing(&server);
    let request = place.directory.path().join("request");
    fs::write(&request, r#"{"uri":"https://api.spotify.com/"}"#).unwrap();
    for arguments in [
        &["env"][..],
        &["get"],
        &["header"],
        &["json"],
        &["demo"],
        &["doctor"],
        &["mock-server"],
        &["completions", "zsh"],
        &["man"],
        &["--help"],
        &["--version"],
    ] {
        let writing_to = |stdout: Stdio| {
            let mut command = place.command(arguments);
            command
                .stdin(File::open(&request).unwrap())
                .stdout(stdout)
                .stderr(Stdio::piped());
            command.output().unwrap()
        };
        if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
            assert!(
                failed(&writing_to(full.into()), 74).contains("No space left"),
                "{arguments:?}"
            );
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = writing_to(writer.into());
        assert_eq!(
            (output.status.signal(), output.stderr),
            (Some(13), Vec::new()),
            "{arguments:?}"
        );
    }
}

#[test]
fn what_is_not_utf_8_is_an_error_or_is_passed_on() {
    let odd = OsStr::from_bytes(b"x\xffy");
    let server = server();
    let run = |arguments: &[&OsStr]| Place::knowing(&server).command(&[]).args(arguments).output().unwrap();
    failed(&run(&[odd]), 64);
    failed(&run(&[OsStr::new("--client-id"), odd]), 64);
    failed(&run(&[OsStr::new("completions"), odd]), 64);
    failed(&run(&[OsStr::new("--client-secret-file"), odd]), 66);
    let with = |name: &str| Place::knowing(&server).command(&[]).env(name, odd).output().unwrap();
    failed(&with("CLIENT_SECRET"), 78);
    failed(&with("SPOTIFY_TIMEOUT_MS"), 64);
    assert!(stdout(&with("SOMEBODY_ELSES")).starts_with("BQ"));
}

#[test]
fn the_manual_page_is_clean_and_has_everything() {
    let output = Place::new().run(&["man"]);
    let page = stdout(&output);
    for verb in VERBS {
        assert!(
            page.contains(&format!("\n\\fB{}\\fR\n", verb.replace('-', "\\-"))),
            "{verb}"
        );
    }
    for row in &OPTIONS {
        assert!(page.contains(&format!("\\fB{}\\fR", row.variable)), "{}", row.variable);
    }
    for row in &EXIT_STATUSES {
        assert!(page.contains(&format!("\n\\fB{}\\fR\n", row.status)), "{}", row.status);
    }
    if tools::require("mandoc") {
        let place = Place::new();
        let file = place.directory.path().join("spotify-token.1");
        fs::write(&file, page).unwrap();
        let lint = Command::new("mandoc").args(["-T", "lint"]).arg(&file).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&lint.stdout), "");
        assert!(lint.status.success());
    }
}

#[test]
fn completions_complete_in_their_shells() {
    let place = Place::new();
    let script = |shell: &str| {
        let path = place.directory.path().join(shell);
        fs::write(&path, stdout(&place.run(&["completions", shell]))).unwrap();
        path
    };
    let complete = |shell: &str, line: &str| {
        let output = Command::new(shell)
            .args(["-c", line])
            .arg(script(shell))
            .output()
            .unwrap();
        stdout(&output).to_owned()
    };
    if tools::require("bash") {
        let line = r#"source "$0"; COMP_WORDS=(spotify-token he); COMP_CWORD=1
            "$(complete -p spotify-token | sed 's/.*-F \([^ ]*\).*/\1/')" spotify-token he spotify-token
            printf '%s\n' "${COMPREPLY[@]}""#;
        assert!(complete("bash", line).lines().any(|word| word == "header"));
    }
    if tools::require("fish") {
        let fish = script("fish");
        let line = format!("source {}; complete -C 'spotify-token header --time'", fish.display());
        let output = Command::new("fish")
            .args(["-c", &line])
            .env("HOME", place.directory.path())
            .output()
            .unwrap();
        assert!(stdout(&output).contains("--timeout-ms"));
    }
    if tools::require("zsh") {
        let line = "autoload -U compinit; compinit -D; source $0; whence -w _spotify-token";
        assert!(complete("zsh", line).contains("_spotify-token: function"));
    }
}
