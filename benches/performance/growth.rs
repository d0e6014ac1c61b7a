//! How the cost grows with the number: of clients, threads, processes and logins. Each number is ten times the one before.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::Logins;
use spotify_token::stand_in::{Accounts, StandIn};

use super::lines::Line;
use super::peers::ours;
use super::process::{self, Program, take_turns, under};
use super::report::Report;
use super::support::redis::Redis;
use super::support::{client, eventually, fleet, logins, server, tools};
use super::table::{Table, grouped, median, short};
use super::weight::Clients;

/// How often each number is measured. The numbers take turns.
const ROUNDS: usize = 5;
const NUMBERS: [u32; 5] = [1, 10, 100, 1000, 10_000];
/// How long processes may take, so that none gives up on a slow machine.
const PATIENCE_MS: &str = "60000";

/// Measures all of it.
pub fn measure(runner: &Path, scratch: &Path, report: &mut Report) {
    let mut lines = vec![clients(scratch, report), threads(report)];
    let file = format!("file:{}", scratch.join("shared").display());
    let installed = |server: &StandIn| {
        let mut command = ask(&[], server, scratch);
        command.env("SPOTIFY_CACHE", &file);
        command
    };
    lines.push(processes("file store", &NUMBERS[..4], installed, scratch, report));
    if !cfg!(feature = "redis") {
        println!("skipped: processes with Redis, for this was built without --features redis");
    } else if tools::require("redis-server") {
        let redis = Redis::start(&[]);
        let built = |server: &StandIn| fleet::command(&server.token_url(), &redis.url());
        // An operation on Redis may take a second. A thousand processes on few cores need longer, and pass it over.
        lines.push(processes("Redis", &NUMBERS[..3], built, scratch, report));
    }
    lines.extend(logins(runner, scratch, report));
    report.plot_growth(lines);
}

/// Measures each of these numbers in turns. Gives a line and a row for each number: the time for all, for each one of them,
/// beside a tenth of them.
fn grown(name: &str, numbers: &[u32], us: impl Fn(u32) -> f64) -> (Line, Vec<[String; 4]>) {
    let rounds: Vec<Vec<f64>> = (0..ROUNDS)
        .map(|_| numbers.iter().map(|number| us(*number)).collect())
        .collect();
    let mut line = Line::new(name);
    let row = |(at, number): (usize, &u32)| {
        let all = median(rounds.iter().map(|round| round[at]).collect());
        line.add(*number, all);
        [
            grouped(u64::from(*number)),
            time(all),
            time(all / f64::from(*number)),
            growth(&line),
        ]
    };
    let rows = numbers.iter().enumerate().map(row).collect();
    (line, rows)
}

/// Clients in one process: each asks for its token, one after the other.
fn clients(scratch: &Path, report: &mut Report) -> Line {
    let mut table = Table::new(&[
        "clients in one process",
        "until the last has its token",
        "for each",
        "beside a tenth of them",
        "requests",
        "memory for each",
    ]);
    let bytes = RefCell::new(BTreeMap::new());
    let us = |number| {
        let requests = Arc::<AtomicU32>::default();
        let counted = requests.clone();
        // The server keeps fewer than are made here.
        let server = told_of_requests(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let clients = Clients::of(number, &server, scratch);
        // One more is made first.
        assert_eq!(requests.load(Ordering::SeqCst), number + 1, "one request for each");
        bytes
            .borrow_mut()
            .insert(number, clients.with_tokens / u64::from(number));
        clients.took_us
    };
    let (line, rows) = grown("clients, one after the other", &NUMBERS, us);
    for ([number, times @ ..], (requests, bytes)) in rows.into_iter().zip(bytes.into_inner()) {
        let more = [grouped(u64::from(requests)), format!("{bytes} bytes")];
        table.row(&number, times.into_iter().chain(more));
    }
    report.table("Many clients", &table);
    line
}

/// Threads that wait for one request of one client.
fn threads(report: &mut Report) -> Line {
    let us = |number| {
        let asked = Arc::new(Barrier::new(2));
        let all_wait = asked.clone();
        // Responds when all of them wait.
        let server = told_of_requests(move || {
            all_wait.wait();
        });
        let client = client(&server.token_url(), &[]);
        let ask = || {
            client.token().unwrap();
            Instant::now()
        };
        let took = thread::scope(|scope| {
            let asking: Vec<_> = (0..number).map(|_| scope.spawn(ask)).collect();
            eventually("all of them wait", || client.stats().waits + 1 == u64::from(number));
            thread::sleep(MOMENT);
            asked.wait();
            let response = Instant::now();
            let served = asking.into_iter().map(|thread| thread.join().unwrap());
            served.max().unwrap() - response
        });
        assert_eq!(server.requests().len(), 1, "one request for all");
        micros(took)
    };
    let head = "from the response to the last that has the token";
    shared("threads, one client", head, &NUMBERS[..4], us, report)
}

/// Processes that start at the same moment and share a store with nothing in it.
fn processes(
    store: &str,
    numbers: &[u32],
    command: impl Fn(&StandIn) -> Command,
    scratch: &Path,
    report: &mut Report,
) -> Line {
    let us = |number| {
        // At an address of its own, for which nothing is stored.
        let server = server();
        let took = start_together(&command(&server), number, scratch);
        assert_eq!(server.requests().len(), 1, "one request for all");
        micros(took)
    };
    let head = "from the start of all to the end of the last";
    shared(&format!("processes, one {store}"), head, numbers, us, report)
}

/// The table of those that share one request.
fn shared(name: &str, head: &str, numbers: &[u32], us: impl Fn(u32) -> f64, report: &mut Report) -> Line {
    let mut table = Table::new(&[name, head, "for each", "beside a tenth of them", "requests"]);
    let (line, rows) = grown(name, numbers, us);
    for [number, times @ ..] in rows {
        table.row(&number, times.into_iter().chain(["1".to_owned()]));
    }
    report.table(&format!("Many {name}"), &table);
    line
}

/// Runs so many of this command. Shells hold them back until all are there. Returns the time from then to the last one's end.
fn start_together(command: &Command, number: u32, scratch: &Path) -> Duration {
    let printed = scratch.join("printed");
    let (output, (gate, opener)) = (File::create(&printed).unwrap(), std::io::pipe().unwrap());
    let start = |_| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "read -r _; exec \"$@\"", "sh"]);
        let mut held = under(shell, command);
        held.arg("token")
            .env("SPOTIFY_TIMEOUT_MS", PATIENCE_MS)
            .stdin(gate.try_clone().unwrap())
            .stdout(output.try_clone().unwrap());
        held.spawn().unwrap()
    };
    let processes: Vec<Child> = (0..number).map(start).collect();
    let started = processes.len();
    thread::sleep(MOMENT);
    let start = Instant::now();
    drop(opener);
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let took = start.elapsed();
    let printed = std::fs::read_to_string(&printed).unwrap();
    let mut tokens: Vec<&str> = printed.lines().collect();
    assert_eq!(tokens.len(), started, "a token for each");
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "the same for all");
    took
}

/// In which a thread or a shell that is there comes to the line where it waits.
const MOMENT: Duration = Duration::from_millis(50);

/// Logins in one store: the token of one of them, and the list of all.
fn logins(runner: &Path, scratch: &Path, report: &mut Report) -> [Line; 2] {
    let head = format!("logins in one store, medians of {} rounds", process::ROUNDS);
    let mut table = Table::new(&[
        &head,
        HEADER,
        "beside a tenth of them",
        STATUS,
        "beside a tenth of them",
    ]);
    let mut lines = [HEADER, STATUS].map(|name| Line::new(&name.replace('`', "")));
    for number in &NUMBERS[..3] {
        let (server, directory) = (server(), scratch.join(format!("{number}-logins")));
        for account in 0..*number {
            log_in(&server, &directory, &format!("user{account}"));
        }
        let before = server.requests().len();
        let program = |name, arguments: &[&str]| {
            let mut command = ask(arguments, &server, scratch);
            command.env("SPOTIFY_LOGINS", format!("file:{}", directory.display()));
            Program { name, command }
        };
        let programs = [
            program(HEADER, &["header", "--user", "--account", "user0"]),
            program(STATUS, &["status"]),
        ];
        let mut cells = Vec::new();
        for (line, cost) in lines.iter_mut().zip(take_turns(runner, &programs)) {
            line.add(*number, cost.wall.value);
            cells.extend([time(cost.wall.value), growth(line)]);
        }
        assert_eq!(server.requests().len(), before, "the tokens are in the store");
        table.row(&grouped(u64::from(*number)), cells);
    }
    report.table("Many logins", &table);
    lines
}

const HEADER: &str = "`header --user --account NAME`";
const STATUS: &str = "`status`";

fn log_in(server: &StandIn, directory: &Path, account: &str) {
    let place = Logins::Directory(directory.to_owned());
    logins::log_in(server, logins::user(server).logins(place).account(account));
}

/// The installed command, told of a server that speaks plain HTTP: it needs no certificate.
fn ask(arguments: &[&str], server: &StandIn, scratch: &Path) -> Command {
    ours(arguments, &server.token_url(), Path::new(""), scratch)
}

/// The stand-in. It tells of each request before it responds.
fn told_of_requests(tell: impl Fn() + Send + Sync + 'static) -> StandIn {
    StandIn::spotify(Accounts {
        log: Some(Arc::new(move |_| tell())),
        ..Accounts::default()
    })
    .unwrap()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// What the last number costs beside the one before, in a word.
fn growth(line: &Line) -> String {
    let Some(factor) = line.last_factor() else {
        return String::new();
    };
    let word = match factor {
        f if f < 1.5 => "flat",
        f if f > 5.0 => "linear",
        _ => "partly linear",
    };
    format!("× {}, {word}", short(factor))
}

/// A time with its unit.
fn time(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.0} µs"),
        us if us < 1e6 => format!("{:.1} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}
