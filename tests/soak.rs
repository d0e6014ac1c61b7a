//! One process for long: cached calls, requests, refusals and TLS, and memory, threads and descriptors that stay as they
//! were. `cargo test` runs a short one; `cargo test --release --test soak -- full` a million calls and ten thousand requests.
//! The servers are a process of their own, this program once more. glibc gives threads arenas of their own, which fill by
//! chance; the soak has only one, so that memory says something about the library.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::unstable;
use spotify_token::{Client, ErrorKind};

use support::tls::{Ca, Flaw};
use support::{client, server};

/// How often each thing is done.
struct Size {
    cached: usize,
    plain: usize,
    refused: usize,
    tls: usize,
}

const SHORT: Size = Size {
    cached: 20_000,
    plain: 500,
    refused: 100,
    tls: 60,
};
const FULL: Size = Size {
    cached: 1_000_000,
    plain: 10_000,
    refused: 1_000,
    tls: 500,
};
/// What memory may grow by in a phase, after its first fifth.
const NOISE_KIB: u64 = 128;
/// How often a phase may be gone through.
const ROUNDS: usize = 3;
const ONE_ARENA: (&str, &str) = ("MALLOC_ARENA_MAX", "1");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("serve") => serve(Path::new(&arguments[1])),
        Some("full") => soak(&FULL),
        // cargo test NAME: the name of another test.
        Some(filter) if !filter.starts_with('-') && !"soak".contains(filter) => {}
        _ if cfg!(target_os = "linux") => soak(&SHORT),
        _ => {}
    }
}

/// The servers, until whoever started them goes.
fn serve(scratch: &Path) {
    let server = server();
    let ca = Ca::new();
    ca.file_in(scratch);
    let tls = ca.front(Flaw::None, rustls::ALL_VERSIONS, server.address());
    println!("{} {tls}", server.token_url());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn soak(size: &Size) {
    if std::env::var_os(ONE_ARENA.0).is_none() {
        let arguments = std::env::args_os().skip(1);
        let mut again = Command::new(std::env::current_exe().unwrap());
        panic!("{}", again.args(arguments).env(ONE_ARENA.0, ONE_ARENA.1).exec());
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut servers = Command::new(std::env::current_exe().unwrap())
        .arg("serve")
        .arg(scratch.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (plain_url, tls_url) = addresses(&mut servers);
    let ca = scratch.path().join("ca.pem").display().to_string();

    println!("phase      calls      seconds   KiB before  KiB after  threads  descriptors");
    let plain = client(&plain_url, &[]);
    plain.token().unwrap();
    phase("cached", size.cached, || drop(plain.token().unwrap()));
    let tokens = phase("plain", size.plain, || fresh(&plain));
    let refused = client(&plain_url, &[("client_secret", "not-the-secret")]);
    phase("refused", size.refused, || {
        assert_eq!(refused.token().unwrap_err().kind(), ErrorKind::InvalidClient);
        unstable::invalidate(&refused, None);
    });
    let tls = client(&tls_url, &[("ca_file", &ca)]);
    phase("tls", size.tls, || fresh(&tls));
    // A client for each request, as a program does that knows no better.
    phase("clients", size.plain / 10, || fresh(&client(&plain_url, &[])));

    let requests = usize::try_from(plain.stats().requests).unwrap();
    assert_eq!(requests, tokens + 1, "one request for each token that was dropped");
    drop(servers.stdin.take());
    assert!(servers.wait().unwrap().success());
}

fn addresses(servers: &mut Child) -> (String, String) {
    let mut line = String::new();
    BufReader::new(servers.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let (plain, port) = line.trim().split_once(' ').unwrap();
    (plain.to_owned(), format!("https://localhost:{port}/api/token"))
}

fn fresh(client: &Client) {
    unstable::invalidate(client, None);
    let token = client.token().unwrap();
    assert!(token.authorization().starts_with("Bearer BQ"));
}

/// Does something so many times; what the process holds has to be the same after a fifth of them and at the end. Gives
/// how often it was done: memory may grow once, for a stack or for a page that nobody needed before, so a phase in which it
/// does is gone through again, and what leaks grows each time.
fn phase(name: &str, times: usize, mut once: impl FnMut()) -> usize {
    let start = Instant::now();
    (0..times / 5).for_each(|_| once());
    let mut done = times / 5;
    for round in 1..=ROUNDS {
        let before = Held::now();
        (times / 5..times).for_each(|_| once());
        done += times - times / 5;
        let after = Held::now();
        println!(
            "{name:8} {done:9} {:10.2} {:12} {:10} {:8} {:12}",
            start.elapsed().as_secs_f64(),
            before.kib,
            after.kib,
            after.threads,
            after.descriptors
        );
        assert_eq!(before.threads, after.threads, "{name}: threads");
        assert_eq!(before.descriptors, after.descriptors, "{name}: descriptors");
        if after.kib <= before.kib + NOISE_KIB {
            break;
        }
        assert!(
            round < ROUNDS,
            "{name}: memory grew again, from {} to {} KiB",
            before.kib,
            after.kib
        );
    }
    done
}

/// What the process holds at rest.
struct Held {
    kib: u64,
    threads: usize,
    descriptors: usize,
}

impl Held {
    /// Waits for the threads of requests to end, which they do a moment after the answer.
    fn now() -> Held {
        let entries = |path: &str| std::fs::read_dir(path).unwrap().count();
        let patience = Instant::now() + Duration::from_secs(60);
        while entries("/proc/self/task") > 1 && Instant::now() < patience {
            thread::yield_now();
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        Held {
            kib: resident.trim().trim_end_matches(" kB").parse().unwrap(),
            threads: entries("/proc/self/task"),
            descriptors: entries("/proc/self/fd") - 1, // the one that counts them
        }
    }
}
