//! What a program asks of the kernel, seen with strace: how many system calls, how many connections, how many round trips.

use std::path::Path;
use std::process::Command;

use super::process::under;
use super::support::installed::run;

/// The system calls of one run.
pub struct Calls {
    /// All of them.
    pub count: usize,
    /// TCP connections that were opened.
    pub connections: usize,
    /// How often the program waited for the other side: once for the connection, and once for each time it read after
    /// it had written.
    pub round_trips: usize,
}

/// Runs the command under strace.
pub fn of(command: &Command, scratch: &Path) -> Calls {
    let log = scratch.join("strace");
    let mut tracer = Command::new("strace");
    tracer.args(["-f", "-qq", "-e", "signal=none", "-o"]).arg(&log);
    run(&mut under(tracer, command));
    read(&std::fs::read_to_string(&log).unwrap())
}

/// Reads a log of strace: a process id, and a call, on each line. A call that another one interrupts takes two lines.
fn read(log: &str) -> Calls {
    let calls: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split_once(' ').map(|(_, call)| call.trim_start()))
        .filter(|call| !call.starts_with("<...") && !call.starts_with("+++") && !call.starts_with("---"))
        .collect();
    let connects: Vec<usize> = (0..calls.len())
        .filter(|at| calls[*at].starts_with("connect(") && calls[*at].contains("AF_INET"))
        .collect();
    Calls {
        count: calls.len(),
        connections: connects.len(),
        round_trips: connects.iter().map(|at| round_trips(&calls[*at..])).sum(),
    }
}

/// Those of the connection that the first of these calls opens.
fn round_trips(calls: &[&str]) -> usize {
    let socket = calls[0]["connect(".len()..].split(',').next().unwrap();
    let is_one_of =
        |call: &str, names: &[&str]| names.iter().any(|name| call.starts_with(&format!("{name}({socket},")));
    let (mut round_trips, mut wrote) = (1, false);
    for call in calls
        .iter()
        .take_while(|call| !call.starts_with(&format!("close({socket})")))
    {
        if is_one_of(call, &["write", "writev", "send", "sendto", "sendmsg"]) {
            wrote = true;
        } else if wrote && is_one_of(call, &["read", "readv", "recv", "recvfrom", "recvmsg"]) {
            wrote = false;
            round_trips += 1;
        }
    }
    round_trips
}
