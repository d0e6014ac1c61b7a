//! One token for many processes of one machine, and what happens when the disk, the clock or another process fails.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::clock::Moved;
use crate::support::fleet::{self, Fleet};
use crate::support::installed::{compile, prefix, root};
use crate::support::{ID, SECRET, parts, server, slow_server, told, tools};
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::unstable::{self, ffi::caller};
use spotify_token::unstable::{Logger, SystemClock};
use spotify_token::{Client, ErrorKind};
use tempfile::TempDir;

/// How often the tests with many processes run.
const ROUNDS: usize = 50;

/// A client with its store below this directory.
fn client(server: &StandIn, directory: &Path, clock: &Moved) -> Client {
    client_and_log(server, directory, clock, &[]).0
}

fn client_and_log(
    server: &StandIn,
    directory: &Path,
    clock: &Moved,
    options: &[(&str, &str)],
) -> (Client, Arc<Mutex<Vec<String>>>) {
    let cache = format!("file:{}", directory.join("cache").display());
    let mut options = options.to_vec();
    options.push(("cache", &cache));
    let mut parts = parts(&server.token_url(), &options);
    parts.clock = Some(Box::new(clock.clone()));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    parts.log = Logger::new(move |level, line| log.lock().unwrap().push(format!("{level:?} {line}")));
    (unstable::client_from(parts), lines)
}

fn warnings(lines: &Mutex<Vec<String>>) -> Vec<String> {
    let lines = lines.lock().unwrap();
    lines
        .iter()
        .filter(|line| line.starts_with("Warning"))
        .cloned()
        .collect()
}

fn token(client: &Client) -> String {
    client.token().unwrap().access_token().to_owned()
}

/// The file in the cache whose name ends so.
fn file(directory: &Path, end: &str) -> PathBuf {
    file_in(&directory.join("cache"), end)
}

fn file_in(directory: &Path, end: &str) -> PathBuf {
    let entries = fs::read_dir(directory).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths.find(|path| path.to_str().unwrap().ends_with(end)).unwrap()
}

/// The command with its cache in this user's home.
fn at_home(server: &StandIn, home: &Path) -> Command {
    let mut command = fleet::command(&server.token_url(), "file");
    command.env("HOME", home);
    command
}

#[test]
fn many_processes_that_find_no_token_make_one_request() {
    for round in 0..ROUNDS {
        let home = TempDir::new().unwrap();
        let server = slow_server(Duration::from_millis(20));
        let tokens = Fleet::start((0..64).map(|_| at_home(&server, home.path()))).tokens();
        assert_eq!((tokens.len(), server.requests().len()), (1, 1), "round {round}");
    }
}

#[test]
fn killed_processes_cost_the_others_no_token() {
    const KILLS: usize = 8;
    for round in 0..3 {
        let home = TempDir::new().unwrap();
        let replies = vec![Reply::hang(); KILLS].into_iter();
        let server = StandIn::scripted(replies.chain([Reply::token("BQabc", 3600)])).unwrap();
        let commands = (0..32).map(|_| at_home(&server, home.path()));
        let fleet = Fleet::start_and_kill(commands, &server, KILLS);
        assert_eq!(fleet.tokens(), ["BQabc"], "round {round}");
        assert_eq!(server.requests().len(), KILLS + 1, "round {round}");
    }
}

#[test]
fn the_next_process_finds_the_token_and_another_secret_does_not() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    let first = client(&server, home.path(), &clock);
    let issued = token(&first);
    clock.advance(Duration::from_secs(600));
    let second = client(&server, home.path(), &clock);
    assert_eq!(token(&second), issued);
    assert_eq!(unstable::expires_in(&second, &second.token().unwrap()), 3000);
    assert_eq!((first.stats().store_hits, second.stats().store_hits), (0, 1));
    assert_eq!((first.stats().requests, second.stats().requests), (1, 0));
    assert_eq!(second.stats().hits, 1, "from memory from then on");

    let options = [("client_secret", "rotated")];
    let (rotated, _) = client_and_log(&server, home.path(), &clock, &options);
    assert_eq!(rotated.token().unwrap_err().kind(), ErrorKind::InvalidClient);
}

#[test]
fn one_process_refreshes_for_the_others() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    let clients = [(); 3].map(|()| client(&server, home.path(), &clock));
    let old = token(&clients[0]);
    assert!(clients.iter().all(|client| token(client) == old));
    clock.advance(Duration::from_secs(3400));
    let renewed: Vec<String> = clients
        .iter()
        .map(|client| {
            let end = Instant::now() + Duration::from_secs(20);
            while token(client) == old && Instant::now() < end {
                thread::yield_now();
            }
            token(client)
        })
        .collect();
    assert!(renewed.iter().all(|token| *token == renewed[0] && *token != old));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_token_that_expires_soon_is_not_used() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    let issued = token(&client(&server, home.path(), &clock));
    clock.advance(Duration::from_secs(3569));
    assert_eq!(token(&client(&server, home.path(), &clock)), issued, "31 s are left");
    clock.advance(Duration::from_secs(2));
    assert_ne!(token(&client(&server, home.path(), &clock)), issued);
}

#[test]
fn a_rejected_token_does_not_come_back() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    let clients = [(); 3].map(|()| client(&server, home.path(), &clock));
    let rejected = token(&clients[0]);
    assert!(clients.iter().all(|client| token(client) == rejected));
    for client in &clients {
        unstable::invalidate(client, Some(&rejected));
        assert_ne!(token(client), rejected);
    }
    assert_eq!(server.requests().len(), 2, "a storm of rejections costs one request");
    let before = token(&clients[0]);
    clients[0].clear().unwrap();
    assert!(unstable::stored(&clients[0]).unwrap().is_none());
    assert_ne!(token(&clients[0]), before);
    assert_eq!(
        unstable::stored(&clients[0]).unwrap().unwrap().access_token(),
        token(&clients[0])
    );
}

#[test]
fn a_rejected_token_that_cannot_be_removed_is_not_used() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    let cache = home.path().join("cache");
    for by_name in [true, false] {
        let rejected = token(&client(&server, home.path(), &clock));
        let client = client(&server, home.path(), &clock);
        fs::set_permissions(&cache, Permissions::from_mode(0o777)).unwrap();
        unstable::invalidate(&client, by_name.then_some(&rejected));
        fs::set_permissions(&cache, Permissions::from_mode(0o700)).unwrap();
        assert_eq!(
            unstable::stored(&client).unwrap().unwrap().access_token(),
            rejected,
            "it is still stored"
        );
        assert_ne!(token(&client), rejected);
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_store_that_cannot_be_used_fails_no_call_and_is_logged_once() {
    let server = server();
    let clock = Moved::new();
    for (what, spoil) in [
        (
            "a file in the directory's place",
            (|cache| fs::write(cache, "").unwrap()) as fn(&Path),
        ),
        ("a link in the directory's place", |cache| {
            symlink("/tmp", cache).unwrap()
        }),
        ("an open directory", |cache| {
            fs::create_dir(cache).unwrap();
            fs::set_permissions(cache, Permissions::from_mode(0o777)).unwrap();
        }),
    ] {
        let home = TempDir::new().unwrap();
        spoil(&home.path().join("cache"));
        let (client, lines) = client_and_log(&server, home.path(), &clock, &[]);
        for _ in 0..3 {
            unstable::invalidate(&client, None);
            client.token().unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        let warnings = warnings(&lines);
        assert_eq!(warnings.len(), 1, "{what}: {warnings:?}");
        assert!(warnings[0].contains("falling back to the token server"), "{what}");
        assert_eq!(client.clear().unwrap_err().kind(), ErrorKind::File, "{what}");
    }
}

#[test]
fn without_a_home_tokens_are_kept_in_memory() {
    let server = server();
    let mut command = fleet::command(&server.token_url(), "file");
    fleet::token_of(&mut command);
    fleet::token_of(&mut command);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_damaged_record_is_replaced() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    let issued = token(&client(&server, home.path(), &clock));
    fs::write(file(home.path(), ".json"), "{\"version\":1,").unwrap();
    let (next, lines) = client_and_log(&server, home.path(), &clock, &[]);
    let replaced = token(&next);
    assert_ne!(replaced, issued);
    assert_eq!(warnings(&lines).len(), 1);
    assert_eq!(token(&client(&server, home.path(), &clock)), replaced);
}

#[test]
fn a_clock_that_is_an_hour_off_costs_requests_and_nothing_else() {
    let (home, server) = (TempDir::new().unwrap(), server());
    let (right, ahead) = (Moved::new(), Moved::new());
    ahead.step_wall(3_600_000);
    for clock in [&right, &ahead, &right, &ahead] {
        let client = client(&server, home.path(), clock);
        let token = client.token().unwrap();
        assert!((1..=3600).contains(&unstable::expires_in(&client, &token)));
    }
    assert_eq!(server.requests().len(), 4);
    let slightly = Moved::new();
    slightly.step_wall(3_600_000 - 10_000);
    let client = client(&server, home.path(), &slightly);
    client.token().unwrap();
    assert_eq!(client.stats().store_hits, 1, "ten seconds are forgiven");
}

#[test]
fn a_lease_that_is_held_for_too_long_is_not_waited_for() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    client(&server, home.path(), &clock).token().unwrap();
    fs::remove_file(file(home.path(), ".json")).unwrap();
    let held = File::open(file(home.path(), ".lock")).unwrap();
    held.lock().unwrap();

    let patient = client(&server, home.path(), &clock);
    patient.token().unwrap();
    // Two thirds of the call's time, and what the machine took of it.
    let waited = clock.waited().as_secs_f64();
    assert!((19.0..=20.0).contains(&waited), "{waited}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_call_that_waits_for_another_process_can_be_cancelled() {
    let (home, server, clock) = (TempDir::new().unwrap(), server(), Moved::new());
    client(&server, home.path(), &clock).token().unwrap();
    fs::remove_file(file(home.path(), ".json")).unwrap();
    let held = File::open(file(home.path(), ".lock")).unwrap();
    held.lock().unwrap();

    let cache = format!("file:{}", home.path().join("cache").display());
    let mut parts = parts(&server.token_url(), &[("cache", &cache)]);
    parts.clock = Some(Box::new(SystemClock));
    let client = unstable::client_from(parts);
    let asking = client.clone();
    let asked = thread::spawn(move || asking.token().map(|_| ()));
    while !asked.is_finished() {
        client.cancel();
        thread::yield_now();
    }
    assert_eq!(asked.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(server.requests().len(), 1);
}

/// A refused secret and a rate limit, each with the code and the HTTP status that the caller gets.
fn refusals() -> [(Reply, ErrorKind, u16); 2] {
    [
        (
            Reply::json(400, r#"{"error":"invalid_client","error_description":"no"}"#),
            ErrorKind::InvalidClient,
            400,
        ),
        (
            Reply::empty(429).header("Retry-After", "50"),
            ErrorKind::RateLimited,
            429,
        ),
    ]
}

#[test]
fn processes_in_a_row_share_a_refusal() {
    for (reply, code, status) in refusals() {
        let (home, clock) = (TempDir::new().unwrap(), Moved::new());
        let replies = [reply, Reply::token("BQother", 3600), Reply::token("BQa", 3600)];
        let server = StandIn::scripted(replies).unwrap();
        let options = [("max_retries", "0")];
        let asking = || client_and_log(&server, home.path(), &clock, &options).0;
        let mut messages: Vec<String> = Vec::new();
        for _ in 0..5 {
            let error = asking().token().unwrap_err();
            assert_eq!((error.kind(), error.http_status()), (code, Some(status)));
            messages.push(error.message().to_owned());
        }
        messages.dedup();
        assert_eq!((messages.len(), server.requests().len()), (1, 1), "{messages:?}");

        // Other credentials do not meet it.
        let other = [
            ("max_retries", "0"),
            ("client_secret", "0123456789abcdef0123456789abcdef"),
        ];
        assert_eq!(
            token(&client_and_log(&server, home.path(), &clock, &other).0),
            "BQother"
        );

        // A client that met it in the store remembers it no longer than the one that asked.
        clock.advance(Duration::from_secs(45));
        let late = asking();
        let error = late.token().unwrap_err();
        let left = error.retry_after().map_or(0, |wait| wait.as_secs());
        assert_eq!(left, if code == ErrorKind::RateLimited { 5 } else { 0 });
        clock.advance(Duration::from_secs(16));
        assert_eq!(token(&late), "BQa");
        assert_eq!(token(&asking()), "BQa");
        assert_eq!(server.requests().len(), 3);
    }
}

#[test]
fn processes_at_once_share_a_refusal() {
    let (home, refusing) = (TempDir::new().unwrap(), slow_server(Duration::from_millis(100)));
    let commands = (0..20).map(|_| {
        let mut command = at_home(&refusing, home.path());
        command.env("CLIENT_SECRET", "0123456789abcdef0123456789abcdef");
        command
    });
    let outputs = Fleet::start(commands).outputs();
    assert!(outputs.iter().all(|output| !output.status.success()));
    assert_eq!(refusing.requests().len(), 1);
}

#[test]
fn a_refusal_is_removed_by_a_reset_and_passed_over_by_a_refresh() {
    for reset in [true, false] {
        for (reply, code, _) in refusals() {
            let (home, clock) = (TempDir::new().unwrap(), Moved::new());
            let server = StandIn::scripted([reply, Reply::token("BQa", 3600)]).unwrap();
            let options = [("max_retries", "0")];
            let asking = || client_and_log(&server, home.path(), &clock, &options).0;
            assert_eq!(asking().token().unwrap_err().kind(), code);
            if reset {
                asking().clear().unwrap();
            } else {
                assert_eq!(asking().refresh().unwrap().access_token(), "BQa");
            }
            assert_eq!(token(&asking()), "BQa");
            assert_eq!(server.requests().len(), 2);
        }
    }
}

#[test]
fn a_refusal_that_cannot_be_removed_is_not_repeated_to_the_client_that_was_reset() {
    let (home, clock) = (TempDir::new().unwrap(), Moved::new());
    let server = StandIn::scripted([refusals()[0].0.clone(), Reply::token("BQa", 3600)]).unwrap();
    let refused = client(&server, home.path(), &clock);
    refused.token().unwrap_err();
    let cache = home.path().join("cache");
    fs::set_permissions(&cache, Permissions::from_mode(0o777)).unwrap();
    unstable::invalidate(&refused, None);
    fs::set_permissions(&cache, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(token(&refused), "BQa");
}

#[test]
fn a_rate_limited_refresh_leaves_the_token_to_every_process() {
    let (home, clock) = (TempDir::new().unwrap(), Moved::new());
    let replies = [Reply::token("BQa", 3600), Reply::empty(429).header("Retry-After", "50")];
    let server = StandIn::scripted(replies).unwrap();
    let options = [("max_retries", "0")];
    let asking = || client_and_log(&server, home.path(), &clock, &options).0;
    let first = asking();
    assert_eq!(token(&first), "BQa");
    clock.advance(Duration::from_secs(3400));
    for client in [&first, &asking(), &asking()] {
        assert_eq!(token(client), "BQa");
        let end = Instant::now() + Duration::from_secs(20);
        while client.stats().background_refreshes == 1 && server.requests().len() < 2 && Instant::now() < end {
            thread::yield_now();
        }
        assert_eq!(token(client), "BQa");
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_refresh_replaces_what_is_stored() {
    let (home, clock) = (TempDir::new().unwrap(), Moved::new());
    let replies = [Reply::token("BQlong", 7200), Reply::token("BQshort", 600)];
    let server = StandIn::scripted(replies).unwrap();
    assert_eq!(token(&client(&server, home.path(), &clock)), "BQlong");
    clock.advance(Duration::from_secs(1));
    client(&server, home.path(), &clock).refresh().unwrap();
    clock.advance(Duration::from_secs(1));
    assert_eq!(token(&client(&server, home.path(), &clock)), "BQshort");
}

/// The command under strace, which makes system calls fail or hang.
fn with_injected(command: &Command, trace: &Path, options: &[&str]) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o"]).arg(trace).args(options);
    strace.arg(command.get_program()).args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        strace.env(name, value.unwrap());
    }
    strace.stdout(Stdio::piped()).stderr(Stdio::piped());
    strace
}

#[test]
fn a_file_system_without_fsync_is_used() {
    if !tools::require("strace") {
        return;
    }
    for (errno, is_stored) in [("EINVAL", true), ("ENOSYS", true), ("EOPNOTSUPP", true), ("EIO", false)] {
        let (home, server) = (TempDir::new().unwrap(), server());
        let command = at_home(&server, home.path());
        let inject = format!("inject=fsync:error={errno}");
        let options = ["-e", "trace=fsync", "-e", &inject];
        fleet::token_of(&mut with_injected(&command, &home.path().join("trace"), &options));
        let trace = fs::read_to_string(home.path().join("trace")).unwrap();
        assert!(trace.contains("INJECTED"), "{trace}");
        fleet::token_of(&mut at_home(&server, home.path()));
        assert_eq!(server.requests().len() == 1, is_stored, "{errno}");
    }
}

#[test]
fn a_file_system_that_hangs_costs_a_part_of_the_time() {
    if !tools::require("strace") {
        return;
    }
    // When the directory is opened; when the lock is taken; when the token is written.
    for call in ["openat", "flock", "fsync"] {
        let (home, server) = (TempDir::new().unwrap(), server());
        let directory = home.path().join(".cache/spotify-token");
        fleet::token_of(&mut at_home(&server, home.path()));
        fs::remove_file(file_in(&directory, ".json")).unwrap();
        let mut command = at_home(&server, home.path());
        command.env("SPOTIFY_TIMEOUT_MS", "4000");
        // A minute: much more than the call may take.
        let inject = format!("inject={call}:delay_enter=60000000");
        let trace = format!("trace={call}");
        let mut options = vec!["-e", &trace, "-e", &inject];
        if call == "openat" {
            options.extend(["-P", directory.to_str().unwrap()]);
        }
        let start = Instant::now();
        let mut strace = with_injected(&command, &home.path().join("trace"), &options)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(strace.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let took = start.elapsed();
        // It waits for the end of its delay, whether or not the process has ended.
        strace.kill().unwrap();
        let log = String::from_utf8(strace.wait_with_output().unwrap().stderr).unwrap();
        assert!(line.starts_with("BQ"), "{call}: {log}");
        assert!(took < Duration::from_secs(4), "{call}: {took:?}");
        assert!(
            log.contains("the file system has not responded within 1000 ms"),
            "{call}: {log}"
        );
    }
}

#[test]
fn a_lock_ends_with_its_process_although_a_child_lives_on() {
    let Some(prefix) = prefix() else { return };
    let (home, clock) = (TempDir::new().unwrap(), Moved::new());
    let server = StandIn::scripted([Reply::hang(), Reply::token("BQa", 3600)]).unwrap();
    let source = root().join("tests/c/lock_holder.c");
    let flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"];
    let program = compile("cc", &source, prefix, &flags, home.path());
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LD_LIBRARY_PATH", prefix.join("lib"))
        .env("SPOTIFY_CACHE", format!("file:{}", home.path().join("cache").display()))
        .env("SPOTIFY_DOTENV", "")
        .stdout(Stdio::piped());
    let mut holder = told(&mut command, &server.token_url(), SECRET).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let held = File::open(file(home.path(), ".lock")).unwrap();
    assert!(held.try_lock().is_err(), "the parent has it");
    holder.kill().unwrap();
    holder.wait().unwrap();

    let asked = token(&client(&server, home.path(), &clock));
    let child_lived = Command::new("kill")
        .args(["-9", line.trim()])
        .status()
        .unwrap()
        .success();
    assert_eq!((asked.as_str(), child_lived), ("BQa", true));
    let waited = clock.waited();
    assert!(waited < Duration::from_secs(1), "{waited:?}");
}

#[test]
fn a_token_from_a_store_has_no_http_status() {
    let (home, server) = (TempDir::new().unwrap(), server());
    let cache = format!("file:{}", home.path().join("cache").display());
    let url = server.token_url();
    let options = [
        ("client_id", ID),
        ("client_secret", SECRET),
        ("token_url", url.as_str()),
        ("proxy", ""),
        ("cache", cache.as_str()),
    ];
    let statuses: Vec<i32> = (0..2)
        .map(|_| caller::get_tokens(&options, 1).unwrap().results[0].http_status)
        .collect();
    assert_eq!((statuses, server.requests().len()), (vec![200, 0], 1));
}

#[test]
fn the_shell_lines_of_the_documentation_work() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/stores.md")).unwrap();
    let block = text.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let (home, server) = (TempDir::new().unwrap(), server());
    let command = at_home(&server, home.path());
    let program = Path::new(command.get_program()).parent().unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-ec", block]).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap());
    }
    let output = shell.env("PATH", program).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(home.path().join(".cache/spotify-token").is_dir() && home.path().join("service").is_dir());
}

#[test]
fn full_and_read_only_disks_fail_no_call() {
    if !tools::require("unshare") || !tools::can_mount() {
        return;
    }
    let (home, server) = (TempDir::new().unwrap(), server());
    let script = "
        set -e
        mount -t tmpfs -o size=64k,mode=700 none \"$HOME\"
        head -c 100000 /dev/zero >\"$HOME/filler\" 2>/dev/null || true
        \"$0\" token; \"$0\" token
        rm \"$HOME/filler\"
        \"$0\" token
        mount -o remount,ro \"$HOME\"
        \"$0\" token
        CLIENT_SECRET=rotated \"$0\" token || echo refused
        \"$0\" --refresh token";
    let command = at_home(&server, home.path());
    let mut unshared = Command::new("unshare");
    unshared.args(["-m", "sh", "-c", script]).arg(command.get_program());
    unshared.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    for (name, value) in command.get_envs() {
        unshared.env(name, value.unwrap());
    }
    let output = unshared.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let [full, still_full, stored, read_only, rotated, refreshed] = lines[..] else {
        panic!("{said}");
    };
    assert_ne!(full, still_full, "a full disk: nothing is stored");
    assert_eq!(stored, read_only, "a read-only one: what is there is read");
    assert_eq!(rotated, "refused", "and by nobody else");
    assert_ne!(refreshed, read_only, "what cannot be forgotten is not taken again");
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn the_file_is_0600_from_its_creation_and_no_secret_is_written() {
    if !tools::require("strace") {
        return;
    }
    let (home, server) = (TempDir::new().unwrap(), server());
    let traced = |what: &str| {
        let trace = home.path().join("trace");
        let command = at_home(&server, home.path());
        let mut strace = Command::new("strace");
        strace.args(["-f", "-s", "65536", "-e", what, "-o"]).arg(&trace);
        strace.arg(command.get_program()).arg("header").env_clear();
        for (name, value) in command.get_envs() {
            strace.env(name, value.unwrap());
        }
        let output = strace.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(&trace).unwrap()
    };
    let first =
        traced("trace=open,openat,creat,mkdir,chmod,fchmod,write,pwrite64,writev,rename,renameat,renameat2,fsync");
    let created: Vec<&str> = first.lines().filter(|line| line.contains("O_CREAT")).collect();
    assert_eq!(created.len(), 2, "the lock and the temporary file: {created:?}");
    assert!(
        created
            .iter()
            .all(|line| line.contains("O_NOFOLLOW") && line.contains(", 0600)")),
        "{created:?}"
    );
    assert!(
        created
            .iter()
            .any(|line| line.contains(".tmp\"") && line.contains("O_EXCL")),
        "{created:?}"
    );
    let position = |what: &str| first.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(position("\\\"access_token\\\"") < position("fsync(") && position("fsync(") < position("rename"));
    assert!(
        first.contains("spotify-token\", 0700)") && !first.contains("chmod("),
        "{first}"
    );
    assert!(
        !first.contains(SECRET) && !first.contains("Basic "),
        "no secret is written"
    );
    assert_eq!(server.requests().len(), 1);

    let second = traced("trace=%network");
    assert!(!second.contains("socket("), "a cached token opens no socket: {second}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_token_dropped_by_invalidate_does_not_come_back_whatever_other_threads_do() {
    let server = server();
    let home = tempfile::tempdir().unwrap();
    let cache = format!("file:{}", home.path().display());
    let client = crate::support::client(&server.token_url(), &[("cache", &cache)]);
    let stop = Arc::new(AtomicBool::new(false));
    let others: Vec<_> = (0..2)
        .map(|_| {
            let (client, stop) = (client.clone(), stop.clone());
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    client.token().unwrap();
                }
            })
        })
        .collect();
    let text = || client.token().unwrap().access_token().to_owned();
    for round in 0..300 {
        let dropped = text();
        unstable::invalidate(&client, None);
        assert_ne!(text(), dropped, "round {round}");
    }
    stop.store(true, Ordering::Relaxed);
    others.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_late_rejection_of_an_older_token_does_not_bring_a_newer_rejected_one_back() {
    let server = server();
    let home = tempfile::tempdir().unwrap();
    let cache = format!("file:{}", home.path().display());
    let client = crate::support::client(&server.token_url(), &[("cache", &cache)]);
    let text = || client.token().unwrap().access_token().to_owned();
    let older = text();
    unstable::invalidate(&client, Some(&older));
    let newer = text();
    let records = records_in(home.path());
    unstable::invalidate(&client, Some(&newer));
    unstable::invalidate(&client, Some(&older));
    // Another process, which has not heard of the rejection, stores it once more.
    for (path, content) in &records {
        fs::write(path, content).unwrap();
    }
    assert!(![older, newer].contains(&text()));
}

/// The files in which tokens are stored, with their contents.
fn records_in(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}
