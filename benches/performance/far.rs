//! A server that is far away: each packet takes 50 ms, in each direction. The server runs on a machine of its own behind a TUN
//! device that is slow (link.c), and so do the programs that ask it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustls::version::TLS13;

use super::peers::{self, compiled};
use super::process::{ROUNDS, RUNS, take_turns};
use super::support::running::Running;
use super::support::tls::{ACCOUNTS, Ca, Flaw};
use super::support::{network, server, tools};
use super::table::{Table, short};

/// What a network with such a device takes.
const RIGHTS: &str = "unshare -rnm ip tuntap add dev far mode tun && command -v nsenter";
/// What makes it usable. The addresses are for benchmarks (RFC 2544).
const SET_UP: &str = "ip link set lo up && ip address add 198.18.0.1/30 dev far && ip link set far up && exec \"$@\"";
/// Where the server listens.
const HERE: &str = "198.18.0.1:443";
/// Where that is, for who is at the other end of the link.
const THERE: &str = "198.18.0.2";
const DELAY_MS: u32 = 50;
/// TCP's handshake, that of TLS 1.3, the request.
const ROUND_TRIPS: u32 = 3;
/// The argument with which this program is the server.
const SERVES: &str = "--far-away";

/// A whole process that fetches one token from there: ours, and curl.
pub fn measure(runner: &Path, scratch: &Path) -> Option<Table> {
    if !tools::require_that("a network of one's own with a TUN device", RIGHTS) || !network::is_there() {
        return None;
    }
    let directory = scratch.join("far");
    fs::create_dir_all(&directory).unwrap();
    let machine = network::name_server(&format!("hosts:{ACCOUNTS}={THERE}"));
    let mut server = Running::start(
        Command::new("sh")
            .args(["-c", &machine, "sh"])
            .arg(compiled("link", &[], &[], scratch))
            .args([&DELAY_MS.to_string(), "sh", "-c", SET_UP, "sh"])
            .arg(std::env::current_exe().unwrap())
            .arg(SERVES)
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped()),
    );
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let ca = PathBuf::from(said.next().expect("the server starts").unwrap());

    let url = format!("https://{ACCOUNTS}/api/token");
    let mut programs = Vec::from_iter(peers::curl(&url, &ca));
    programs.push(peers::ours_fetching(&url, &ca, scratch));
    let costs = take_turns(&runner_inside(server.id(), runner, scratch), &programs);
    drop(server.stdin.take());
    let requests: usize = said.next().expect("the server ends").unwrap().parse().unwrap();
    assert_eq!(requests, programs.len() * RUNS, "one request a run");

    let physical = f64::from(2 * DELAY_MS * ROUND_TRIPS);
    let head = format!("whole process, medians of {ROUNDS} rounds");
    let above = format!("above {ROUND_TRIPS} round trips of {} ms", 2 * DELAY_MS);
    let mut table = Table::new(&[&head, "wall", &above, "CPU"]);
    for (program, cost) in programs.iter().zip(costs) {
        let ms = cost.wall.value / 1000.0;
        let cells = [
            format!("{} · {ms:.1} ms", short(cost.wall.ratio)),
            format!("{:.1} ms", ms - physical),
            format!("{} · {:.1} ms", short(cost.cpu.ratio), cost.cpu.value / 1000.0),
        ];
        table.row(program.name, cells);
    }
    Some(table)
}

/// The program that measures others, started on the machine of this process.
fn runner_inside(process: u32, runner: &Path, scratch: &Path) -> PathBuf {
    let script = scratch.join("far/run");
    let enter = format!("nsenter --preserve-credentials -U -n -m -t {process}");
    let lines = format!("#!/bin/sh\nexec {enter} {} \"$@\"\n", runner.display());
    fs::write(&script, lines).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

/// Is the server where the first argument says so. Returns whether that was all there is to do.
pub fn serves() -> bool {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().is_none_or(|first| first != SERVES) {
        return false;
    }
    let (stand_in, ca) = (server(), Ca::new());
    let listener = TcpListener::bind(HERE).unwrap();
    ca.front_at(listener, Flaw::None, &[&TLS13], stand_in.address());
    let directory = arguments.next().expect("a directory");
    println!("{}", ca.file_in(Path::new(&directory)).display());
    std::io::stdout().flush().unwrap();
    // Until whoever started it has had enough.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    println!("{}", stand_in.requests().len());
    true
}
